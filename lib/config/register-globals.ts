import { isRecord } from './issues.js';
import { BOOLEAN, choices, type Parser } from './parsers.js';

/** Which objects of OpenTelemetry's API are registered for the whole process at the start. */
export interface RegisterGlobalsOptions {
  /**
   * The tracers of this package. They are lent to `trace.getTracer()` in any case; registered, they also reach copies of
   * the API that are bundled into the program or nested in its dependencies.
   */
  readonly tracers?: boolean | undefined;
  /** The meter provider, so that instruments of `metrics.getMeter()` are on the page and in the pushes. */
  readonly meters?: boolean | undefined;
  /** Context manager and propagator, which are otherwise registered with the first observed call or operation. */
  readonly context?: boolean | undefined;
}

type GlobalName = keyof RegisterGlobalsOptions;

const NAMES = ['tracers', 'meters', 'context'] as const satisfies readonly GlobalName[];
const LIST = choices(...NAMES);

/** The names of what is registered; `false` for nothing. */
export const REGISTER_GLOBALS: Parser<false | readonly GlobalName[]> = {
  ...LIST,
  shape: 'true, false, or a list of tracers, meters, context',
  type: 'boolean | RegisterGlobalsOptions',
  parse: (value, source, place) => {
    const all = BOOLEAN.parse(value, source);
    if (all !== undefined) return all && NAMES;
    const names = source === 'environment' ? LIST.parse(value, source, place) : namesIn(value);
    return names?.length === 0 ? false : names;
  },
  seen: (value, source) => (source === 'environment' ? LIST.seen?.(value, source) : undefined),
  remedy: () => 'write true, false, or an object with tracers, meters and context, each true or false',
};

function namesIn(value: unknown): readonly GlobalName[] | undefined {
  if (!isRecord(value)) return undefined;
  const isKnown = Object.entries(value).every(
    ([name, member]) =>
      NAMES.some((known) => known === name) && (member === undefined || typeof member === 'boolean'),
  );
  return isKnown ? NAMES.filter((name) => value[name] === true) : undefined;
}
