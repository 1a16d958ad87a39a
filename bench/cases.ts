import { fork } from 'node:child_process';
import { once } from 'node:events';
import { type Effort, FULL, type Measurement, QUICK } from './measurement.js';

/** The files in `cases/`, in the order of the table. */
export const CASES = [
  'record',
  'scrape',
  'stall',
  'stream',
  'span',
  'startup',
  'gateway',
  'gateway-peers',
  'memory',
  'growth',
] as const;

export type CaseName = (typeof CASES)[number];

/**
 * Runs a case in a process of its own: what one case has done to the compiler, to the heap and to globals must not
 * reach the next one.
 */
export async function runCase(name: CaseName, quick: boolean): Promise<readonly Measurement[]> {
  const child = fork(new URL('./programs/run-case.js', import.meta.url), [name, quick ? 'quick' : 'full'], {
    // Collected bytecode would be taken for heap that a case gave back.
    execArgv: ['--expose-gc', '--no-flush-bytecode'],
    // No Collector is expected, and what the shell sets must not change what is measured.
    env: { PATH: process.env['PATH'] },
  });
  let measurements: readonly Measurement[] | undefined;
  child.on('message', (message) => {
    measurements = message as readonly Measurement[];
  });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0 || measurements === undefined) throw new Error(`the case ${name} failed with code ${code}`);
  return measurements;
}

/** How much time the words on a command line allow. */
export function effortOf(word: string | undefined): Effort {
  return word === 'quick' ? QUICK : FULL;
}
