/** Every code a {@link MonitoringError} can carry. Codes are stable; messages are for people. */
export type MonitoringErrorCode =
  | 'ERR_INVALID_CONFIG'
  | 'ERR_ALREADY_INITIALIZED'
  | 'ERR_PORT_IN_USE'
  | 'ERR_LISTEN_FAILED'
  | 'ERR_MISSING_DEPENDENCY'
  | 'ERR_FLUSH_FAILED'
  | 'ERR_SHUTDOWN_FAILED'
  | 'ERR_DEADLINE_EXCEEDED';

/** One thing wrong with the configuration, and what to write instead. */
export interface ConfigProblem {
  /** Path of the option, such as `traces.endpoint`. */
  readonly option: string;
  /** The environment variable the value came from, or could come from. */
  readonly variable: string | undefined;
  /** The value seen, as text, with secrets left out. */
  readonly seen: string;
  /** What to write instead. */
  readonly remedy: string;
}

const BRAND = Symbol.for('llm-edge-monitoring.MonitoringError.v1');

/**
 * The one error class of this package: thrown by start-up, rejected by flush and shutdown, never by recording.
 *
 * `instanceof` holds across the ESM and the CommonJS copy of the package, which a process may load both.
 */
export class MonitoringError extends Error {
  override readonly name = 'MonitoringError';
  readonly code: MonitoringErrorCode;
  /** All problems of a configuration, with `ERR_INVALID_CONFIG`; empty otherwise. */
  readonly problems: readonly ConfigProblem[];

  constructor(
    code: MonitoringErrorCode,
    message: string,
    options: { readonly cause?: unknown; readonly problems?: readonly ConfigProblem[] } = {},
  ) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.code = code;
    this.problems = options.problems ?? [];
    Object.defineProperty(this, BRAND, { value: true });
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === 'object' && value !== null && BRAND in value;
  }
}

/** Success or failure as a value: `resolveConfig` returns it instead of throwing. */
export type MonitoringResult<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: MonitoringError };

/** One error that tells all problems, each on its line. */
export function configError(problems: readonly ConfigProblem[]): MonitoringError {
  const lines = problems.map(
    ({ option, variable, seen, remedy }) =>
      `  ${option}${variable === undefined ? '' : ` (${variable})`}: saw ${seen}; ${remedy}`,
  );
  return new MonitoringError('ERR_INVALID_CONFIG', `the configuration is not valid:\n${lines.join('\n')}`, {
    problems,
  });
}

/** What an error says; flushes of OpenTelemetry reject with several at once. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : [error].flat().map(String).join('; ');
}
