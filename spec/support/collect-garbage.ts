import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Collects garbage, turn by turn of the event loop, until `isDone` says so or `turnsMax` have passed. */
export async function collectGarbageUntil(isDone: () => boolean, turnsMax = 100): Promise<void> {
  for (let turn = 0; turn < turnsMax && !isDone(); turn += 1) {
    collect();
    await new Promise((resolve) => setImmediate(resolve));
  }
}
