import { ftruncateSync, openSync, writeSync } from 'node:fs';
import fc from 'fast-check';

/** Runs of a property when nobody asks for a time. */
const RUNS = 400;
const BEAT_MS = 1_000;

const caseFile = process.env['FUZZ_CASE_FILE'];
const file = caseFile === undefined ? undefined : openSync(caseFile, 'w');
const seconds = Number(process.env['FUZZ_SECONDS'] ?? 0);
let beatAt = 0;

/** Tells the watchdog what is being tried, so that it can say so of a case that never ends. */
export function trying(text: string | Uint8Array): void {
  if (file !== undefined) {
    ftruncateSync(file);
    writeSync(file, typeof text === 'string' ? Buffer.from(text) : text, 0, undefined, 0);
  }
  if (performance.now() - beatAt < BEAT_MS) return;
  beatAt = performance.now();
  process.stdout.write('.\n');
}

/** Checks a property: a bounded number of times, or for as long as `FUZZ_SECONDS` says. */
export async function check<T extends unknown[]>(property: fc.IAsyncProperty<T>): Promise<void> {
  const long = { numRuns: Number.MAX_SAFE_INTEGER, interruptAfterTimeLimit: seconds * 1_000 };
  await fc.assert(property, seconds > 0 ? long : { numRuns: RUNS });
}
