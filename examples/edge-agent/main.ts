import { parseArguments, USAGE } from './arguments.js';

const parsed = parseArguments(process.argv.slice(2));
if (parsed.kind === 'help') {
  console.log(USAGE.trimEnd());
} else if (parsed.kind === 'wrong') {
  console.error(`${parsed.problem}\n\n${USAGE}`);
  process.exitCode = 2;
} else {
  // Loaded only now, so that the usage appears at once.
  const { run } = await import('./run.js');
  process.exitCode = await run(parsed.arguments);
}
