import cluster from 'node:cluster';

/** The variables that this package reads. */
const NAME = /^(?:LLM_EDGE|OTEL)_\w+$/;
/** Longer than any environment of a program. */
const TEXT_LENGTH_MAX = 1_000_000;

/**
 * Takes over, in a worker of pm2's cluster mode, the variables of its ecosystem file that this package reads. pm2 passes
 * them as JSON in `pm2_env`, and puts them into the environment after the preload has run.
 */
export function takePm2Environment(): void {
  const text = process.env['pm2_env'];
  if (text === undefined || text.length > TEXT_LENGTH_MAX || !cluster.isWorker) return;
  for (const [name, value] of Object.entries(parse(text))) {
    // Numbers and truth values of the file become text in the same way when pm2 assigns them.
    if (NAME.test(name) && ['string', 'number', 'boolean'].includes(typeof value)) {
      process.env[name] = String(value);
    }
  }
}

function parse(text: string): object {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null ? parsed : {};
  } catch {
    // Not written by pm2; the environment holds as it is.
    return {};
  }
}
