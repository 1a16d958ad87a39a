import type { Environment } from '../../config/issues.js';
import { misspelling } from '../../config/redact.js';

/** A variable that is set and that nothing here reads. */
export interface UnknownVariable {
  readonly variable: string;
  /** The variable that may be meant. */
  readonly nearest: string | undefined;
}

const OURS = 'LLM_EDGE_';
const PREFIXES = [OURS, 'OTEL_'];

/** The variables by which processes of this package pass something on to their children. */
const INTERNAL = /^LLM_EDGE_PRELOADED_BY$/;

/** Variables of OpenTelemetry that other packages read: they are not misspelt. */
const OF_OTHERS =
  /^OTEL_(BLRP_|LOG_LEVEL$|LOGS_|LOGRECORD_|EXPORTER_OTLP_(TRACES_|METRICS_|LOGS_)?(INSECURE|TIMEOUT)$|EXPORTER_OTLP_LOGS_|EXPORTER_(JAEGER|ZIPKIN)_|METRICS_EXEMPLAR_FILTER$|NODE_|INSTRUMENTATION_|EXPERIMENTAL_|CONFIG_FILE$|ENTITIES$)/;

/** Finds the variables of this package and of OpenTelemetry that are set and that no setting has. */
export function unknownVariables(env: Environment, known: ReadonlySet<string>): readonly UnknownVariable[] {
  return Object.keys(env)
    .filter((name) => PREFIXES.some((prefix) => name.startsWith(prefix)) && !known.has(name))
    .filter((name) => !INTERNAL.test(name) && !OF_OTHERS.test(name))
    .sort()
    .map((variable) => ({ variable, nearest: nearest(variable, known) }));
}

function nearest(variable: string, known: ReadonlySet<string>): string | undefined {
  const prefix = PREFIXES.find((name) => variable.startsWith(name)) ?? '';
  const ends = [...known].filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length));
  const end = misspelling(variable.slice(prefix.length), ends);
  return end === undefined ? undefined : `${prefix}${end}`;
}
