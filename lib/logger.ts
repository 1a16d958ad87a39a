import { type DiagLogger, diag } from '@opentelemetry/api';
import { sharedState } from './global-state.js';

type Level = 'error' | 'warn' | 'info';

function line(level: Level): DiagLogger[Level] {
  return (...args) => {
    try {
      diag.createComponentLogger({ namespace: 'llm-edge-monitoring' })[level](...args);
    } catch {
      // The logger belongs to the user. Its error must not reach the code that logs, and cannot be reported elsewhere.
    }
  };
}

const LOGGER: Pick<DiagLogger, Level> = { error: line('error'), warn: line('warn'), info: line('info') };

/** The diagnostic log under the name of this package. It never throws. */
export function logger(): Pick<DiagLogger, Level> {
  return LOGGER;
}

/** Prints a line for the operator of a program that starts this package without enabling the diagnostic log. It never throws. */
export function report(text: string): void {
  try {
    console.error(`llm-edge-monitoring: ${text}`);
  } catch {
    // A program that replaces `console.error` by what throws would be ended by a line that it did not print.
  }
}

const notices = sharedState<{ print: ((text: string) => void) | undefined }>('notices.v1', () => ({
  print: undefined,
}));

/** Logs what an operator should act on, as the first of its kind. It never throws. */
export function notice(text: string): void {
  (notices.print ?? LOGGER.warn)(text);
}

/** Makes {@link notice} print, for a program that rarely enables the diagnostic log. */
export function printNotices(): void {
  notices.print = report;
}
