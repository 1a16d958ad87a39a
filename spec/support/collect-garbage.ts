import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Bytes that are in use once garbage is collected. */
export function bytesInUse(): number {
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/**
 * Collects garbage, turn by turn of the event loop, until `isDone` says so or `turnsMax` have passed.
 * What is in flight for less than two seconds is not asked about yet.
 */
export async function collectGarbageUntil(
  isDone: () => boolean,
  turnsMax = Number.POSITIVE_INFINITY,
): Promise<void> {
  for (let turn = 0; turn < turnsMax && !isDone(); turn += 1) {
    collect();
    await new Promise((resolve) => setImmediate(resolve));
  }
}
