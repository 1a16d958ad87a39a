import { inspect } from 'node:util';
import { DiagLogLevel, diag } from '@opentelemetry/api';

const LEVELS = ['error', 'warn', 'info', 'debug', 'log', 'trace'] as const;

/**
 * Takes everything that goes to the console and to the diagnostic log, arguments and all, until it is released.
 * Without the levels below `info`: there the SDK prints all that it exports.
 */
export function captureEverything(): { readonly lines: readonly string[]; release(): void } {
  const lines: string[] = [];
  const line = (...args: unknown[]): void => {
    lines.push(args.map((arg) => inspect(arg, { depth: null, showHidden: true })).join(' '));
  };
  const spies = LEVELS.map((level) => jest.spyOn(console, level).mockImplementation(line));
  diag.setLogger(
    { error: line, warn: line, info: line, debug: line, verbose: line },
    { logLevel: DiagLogLevel.INFO, suppressOverrideMessage: true },
  );
  return {
    lines,
    release() {
      diag.disable();
      for (const spy of spies) spy.mockRestore();
    },
  };
}
