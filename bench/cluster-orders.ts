import { monitorEventLoopDelay } from 'node:perf_hooks';

/** What a process of a cluster is told to do; each answers with a number. */
export type Order =
  | 'record'
  | 'recordAsVictim'
  | 'cpu'
  | 'watchTurns'
  | 'longestTurn'
  | 'watchDelay'
  | 'longestDelay';

const NS_PER_MS = 1e6;

/** Milliseconds of CPU time since the last call, for each second that has passed. */
function createCpuClock(): () => number {
  let last = { usage: process.cpuUsage(), at: performance.now() };
  return () => {
    const now = { usage: process.cpuUsage(), at: performance.now() };
    const usedUs = now.usage.user + now.usage.system - last.usage.user - last.usage.system;
    const seconds = (now.at - last.at) / 1000;
    last = now;
    return usedUs / 1000 / seconds;
  };
}

/** The longest time in which no callback could run, exactly: it keeps one core busy while it watches. */
function createTurnWatch() {
  let longest = 0;
  let isWatching = false;
  return {
    start(): number {
      longest = 0;
      isWatching = true;
      let lastTurn = performance.now();
      const tick = (): void => {
        const now = performance.now();
        longest = Math.max(longest, now - lastTurn);
        lastTurn = now;
        if (isWatching) setImmediate(tick);
      };
      setImmediate(tick);
      return 0;
    },
    stop(): number {
      isWatching = false;
      return longest;
    },
  };
}

/** The same by a timer, which leaves the core to the others. */
function createDelayWatch() {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  return {
    start(): number {
      delay.reset();
      delay.enable();
      return 0;
    },
    stop(): number {
      delay.disable();
      return delay.max / NS_PER_MS;
    },
  };
}

/** Obeys the orders of the parent process: what every process can tell of itself, and what this program adds. */
export function createDuties(
  own: Partial<Record<Order, () => number>>,
): Partial<Record<Order, () => number>> {
  const turns = createTurnWatch();
  const delay = createDelayWatch();
  return {
    cpu: createCpuClock(),
    watchTurns: turns.start,
    longestTurn: turns.stop,
    watchDelay: delay.start,
    longestDelay: delay.stop,
    ...own,
  };
}

/** Answers the orders that the parent process sends, and says that it is ready for them. */
export function answerOrders(own: Partial<Record<Order, () => number>>): void {
  const duties = createDuties(own);
  process.on('message', ({ order }: { readonly order?: Order }) => {
    // The messages of prom-client come the same way.
    if (order !== undefined) process.send?.({ answer: duties[order]?.() ?? Number.NaN });
  });
  process.send?.({ answer: 0 });
}
