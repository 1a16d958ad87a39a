const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

interface Counted {
  readonly count?: number;
}

/**
 * The number of a signal's listeners that belong to the package `signal-exit`, which many packages depend on. They end
 * the process only when there is no other listener: they would wait for this listener, and this one for them.
 */
function signalExitListeners(): number {
  const version3 = (process as { __signal_exit_emitter__?: Counted }).__signal_exit_emitter__;
  const version4 = (globalThis as { [key: symbol]: Counted | undefined })[Symbol.for('signal-exit emitter')];
  return (version3?.count ?? 0) + (version4?.count ?? 0);
}

/**
 * Runs `beforeEnd` on SIGTERM and SIGINT, then lets the process end as it would without this listener: where there is
 * no other one, the signal is sent again after this one is removed. Where there is another one, it decides, and this
 * one stays for the next signal unless `beforeEnd` removes it.
 *
 * @param beforeEnd - must settle within its own deadline.
 * @returns a function that stops listening.
 */
export function onTerminationSignals(beforeEnd: () => Promise<unknown>): () => void {
  const remove = (): void => {
    for (const signal of SIGNALS) process.removeListener(signal, listener);
  };
  const listener = (signal: NodeJS.Signals): void => {
    const alone = process.listenerCount(signal) - signalExitListeners() === 1;
    void beforeEnd()
      // What failed has been reported already, and there is no caller to reject to.
      .catch(() => undefined)
      .finally(() => {
        if (!alone || isInit()) return;
        remove();
        process.kill(process.pid, signal);
      });
  };
  // Prepended, because a `once` listener of the user that runs earlier would be missing from the count.
  for (const signal of SIGNALS) process.prependListener(signal, listener);
  return remove;
}

/**
 * Whether this process is the first one of its container. The kernel ignores a signal that the first process does not
 * handle, so that without this package the process would continue until it is killed: it has that time for the requests
 * that are open.
 */
function isInit(): boolean {
  return process.pid === 1;
}
