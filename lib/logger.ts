import { type DiagLogger, diag } from '@opentelemetry/api';

type Level = 'error' | 'warn' | 'info';

function line(level: Level): DiagLogger[Level] {
  return (...args) => {
    try {
      diag.createComponentLogger({ namespace: 'llm-edge-monitoring' })[level](...args);
    } catch {
      // The log is the user's: one that fails must not fail what it is told of, and there is nobody else to tell.
    }
  };
}

const LOGGER: Pick<DiagLogger, Level> = { error: line('error'), warn: line('warn'), info: line('info') };

/** The diagnostic log under the name of this package. It never throws. */
export function logger(): Pick<DiagLogger, Level> {
  return LOGGER;
}
