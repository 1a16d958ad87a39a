import type { Command } from '../command.js';

/** The built example, see `scripts/build.mjs`. */
interface DemoModule {
  readonly USAGE: string;
  runCommand(args: readonly string[]): ReturnType<Command['run']>;
}

/**
 * Loads the demo: the example gateway of the repository, with the clients that it uses. It reads its own flags, so that
 * `npm start` in the repository and this command are one.
 */
export async function loadDemo(): Promise<Command> {
  const { USAGE, runCommand } = (await import(
    new URL('../demo/demo.js', import.meta.url).href
  )) as DemoModule;
  return { usage: USAGE, run: runCommand };
}
