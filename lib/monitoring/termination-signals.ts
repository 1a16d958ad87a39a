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
 * Runs `stop` on the first SIGTERM or SIGINT, then lets the process end as it would without this listener: where there
 * is no other one, the signal is sent again after this one is removed.
 *
 * @param stop - must settle within its own deadline.
 * @returns a function that stops listening.
 */
export function onTerminationSignals(stop: () => Promise<unknown>): () => void {
  const remove = (): void => {
    for (const signal of SIGNALS) process.removeListener(signal, listener);
  };
  const listener = (signal: NodeJS.Signals): void => {
    const alone = process.listenerCount(signal) - signalExitListeners() === 1;
    void stop()
      // The shutdown has logged what failed, and there is no caller to reject to.
      .catch(() => undefined)
      .finally(() => {
        remove();
        if (alone) process.kill(process.pid, signal);
      });
  };
  // Prepended, because a `once` listener of the user that runs earlier would be missing from the count.
  for (const signal of SIGNALS) process.prependListener(signal, listener);
  return remove;
}
