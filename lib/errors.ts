/** Every code that a {@link MonitoringError} can have. Codes are stable, messages are not. */
export type MonitoringErrorCode =
  | 'ERR_INVALID_CONFIG'
  | 'ERR_ALREADY_INITIALIZED'
  | 'ERR_PORT_IN_USE'
  | 'ERR_LISTEN_FAILED'
  | 'ERR_MISSING_DEPENDENCY'
  | 'ERR_FLUSH_FAILED'
  | 'ERR_SHUTDOWN_FAILED'
  | 'ERR_DEADLINE_EXCEEDED'
  | 'ERR_NO_METRICS';

/** One thing wrong with the configuration, and what to write instead. */
export interface ConfigProblem {
  /** Path of the option, such as `traces.endpoint`. */
  readonly option: string;
  /** The environment variable the value came from, or could come from. */
  readonly variable: string | undefined;
  /** What was seen: type and size of the value, and the value itself only where it cannot be a secret. */
  readonly seen: string;
  /** What to write instead. */
  readonly remedy: string;
}

/** A setting that has no effect: a value in the environment that is not supported, or an option. Monitoring runs. */
export interface ConfigWarning extends ConfigProblem {
  /** What happens instead, such as `no spans are exported`. */
  readonly effect: string;
}

const BRAND = Symbol.for('llm-edge-monitoring.MonitoringError.v1');

/**
 * The only error class of this package. Start-up throws it, flush and shutdown reject with it, recording never throws.
 *
 * `instanceof` works across the ESM and the CommonJS copy of the package, because a process may load both.
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

/** Creates one error that lists all problems, each on its own line. */
export function configError(problems: readonly ConfigProblem[]): MonitoringError {
  const lines = problems.map(
    ({ option, variable, seen, remedy }) =>
      `  ${option}${variable === undefined ? '' : ` (${variable})`}: saw ${seen}; ${remedy}`,
  );
  return new MonitoringError('ERR_INVALID_CONFIG', `the configuration is not valid:\n${lines.join('\n')}`, {
    problems,
  });
}

/** A warning has at most this many lines, since thousands of prices in a file may be wrong. */
const WARNING_LINES_MAX = 20;

/** Returns one text that lists every setting that has no effect. */
export function warningText(warnings: readonly ConfigWarning[]): string {
  const lines = warnings
    .slice(0, WARNING_LINES_MAX)
    .map(
      ({ option, variable, seen, effect, remedy }) =>
        `  ${variable === undefined ? option : `${variable} (${option})`}: saw ${seen}; ${effect}; ${remedy}`,
    );
  const more = warnings.length - lines.length;
  if (more > 0) lines.push(`  and ${more} more: see config.warnings`);
  return `monitoring is running, but part of its configuration is not in effect:\n${lines.join('\n')}`;
}

/** Returns the message of an error; a flush of OpenTelemetry rejects with several errors at once. Never throws. */
export function messageOf(error: unknown): string {
  try {
    return error instanceof Error ? String(error.message) : [error].flat().map(String).join('; ');
  } catch {
    // The error is an object without a prototype, or one of its getters throws.
    return 'an error without a message';
  }
}
