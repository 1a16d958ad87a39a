import { parseArguments, USAGE } from './arguments.js';

export { USAGE };

const LINGER_MS = 500;

/** Runs a command line to its end. Returns the exit code of the process. */
export async function runCommand(args: readonly string[]): Promise<0 | 1 | 2> {
  const parsed = parseArguments(args);
  if (parsed.kind === 'help') {
    console.log(USAGE.trimEnd());
    return 0;
  }
  if (parsed.kind === 'wrong') {
    console.error(`${parsed.problem}\n\n${USAGE.trimEnd()}`);
    return 2;
  }
  // Loaded only now, so that the usage appears at once.
  const { run } = await import('./run.js');
  const code = await run(parsed.arguments);
  // A Collector that does not answer must not keep the process; nothing of ours is open any more.
  setTimeout(() => process.exit(), LINGER_MS).unref();
  return code;
}
