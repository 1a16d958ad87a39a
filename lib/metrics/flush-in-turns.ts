/** What has sums pending. */
export interface Pending {
  /** Hands over the sums one by one; each step hands over one. */
  handOver(): Generator<undefined, void>;
}

/** Takes one to two milliseconds: the SDK serialises the attributes of each twice. */
const HAND_OVERS_PER_TURN = 500;

/**
 * Hands all pending sums to the SDK, and lets the event loop run after some hundreds of them.
 *
 * A sum is taken from its cell and handed over in one step, so that what is recorded between two turns is neither
 * lost nor counted twice: it is pending until its cell's next turn. The caller hands over once more in the turn in
 * which the SDK reads its storages, so that all metrics of a page are of one moment.
 *
 * @returns `undefined` where one turn was enough
 */
export function flushInTurns(counters: Iterable<Pending>): Promise<void> | undefined {
  const steps = handOverAll(counters);
  return runTurn(steps) ? undefined : runTurns(steps);
}

/** Taken at import: fake timers of a user's tests must not hold a collection up. */
export const { setImmediate: setNextTurn } = globalThis;
const nextTurn = () => new Promise<void>((resolve) => setNextTurn(resolve));

async function runTurns(steps: Generator<undefined, void>): Promise<void> {
  do await nextTurn();
  while (!runTurn(steps));
}

/** Whether all is handed over. */
function runTurn(steps: Generator<undefined, void>): boolean {
  for (let count = 0; count < HAND_OVERS_PER_TURN; count++) {
    if (steps.next().done === true) return true;
  }
  return false;
}

function* handOverAll(counters: Iterable<Pending>): Generator<undefined, void> {
  for (const counter of counters) yield* counter.handOver();
}
