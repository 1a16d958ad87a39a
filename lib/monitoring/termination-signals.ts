const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

interface Counted {
  readonly count?: number;
}

/**
 * How many of a signal's listeners belong to the package `signal-exit`, which many others bring along: they only end
 * the process when nobody else listens, and would wait for us for ever while we leave the end to them.
 */
function signalExitListeners(): number {
  const version3 = (process as { __signal_exit_emitter__?: Counted }).__signal_exit_emitter__;
  const version4 = (globalThis as { [key: symbol]: Counted | undefined })[Symbol.for('signal-exit emitter')];
  return (version3?.count ?? 0) + (version4?.count ?? 0);
}

/**
 * Runs `stop` on the first SIGTERM or SIGINT, then lets the process end as it would have: where no other listener
 * took the signal it is sent again, without us in the way.
 *
 * @param stop - must settle within its own deadline.
 * @returns how to stop listening.
 */
export function onTerminationSignals(stop: () => Promise<unknown>): () => void {
  const remove = (): void => {
    for (const signal of SIGNALS) process.removeListener(signal, listener);
  };
  const listener = (signal: NodeJS.Signals): void => {
    const alone = process.listenerCount(signal) - signalExitListeners() === 1;
    void stop()
      // Shutdown has told `diag` what failed; a process that is ending has nobody else to tell.
      .catch(() => undefined)
      .finally(() => {
        remove();
        if (alone) process.kill(process.pid, signal);
      });
  };
  // First in line: a `once` listener of the user is gone from the count by the time it runs.
  for (const signal of SIGNALS) process.prependListener(signal, listener);
  return remove;
}
