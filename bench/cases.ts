import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import type { Measurement } from './measurement.js';

/** The files in `cases/`. */
export const CASES: readonly string[] = readdirSync(new URL('./cases/', import.meta.url))
  .map((file) => file.replace(/\.js$/, ''))
  .sort();

/**
 * Runs a case once, in a separate process: what a case does to the compiler, to the heap and to globals must not
 * reach the next one.
 */
export async function runCase(name: string): Promise<readonly Measurement[]> {
  const child = fork(new URL('./programs/run-case.js', import.meta.url), [name], {
    // Collected bytecode would be taken for heap that a case gave back.
    execArgv: ['--expose-gc', '--no-flush-bytecode'],
    // No Collector is expected, and the variables of the shell must not change what is measured.
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
