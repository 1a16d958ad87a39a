import type { ConfigProblem } from '../errors.js';
import { loadUtil } from '../lazy.cjs';
import type { Parts, Settings, TelemetryConfig } from './config.js';
import { FIELDS, type Field, type FieldPath } from './fields.js';
import type { Source } from './kinds.js';
import type { TelemetryOptions } from './options.js';
import { unknownOptions } from './unknown-options.js';

/** The environment as `process.env` has it. */
export type Environment = Readonly<Record<string, string | undefined>>;

type SourcedProblem = ConfigProblem & { readonly source: Source };

const PATHS = Object.keys(FIELDS) as FieldPath[];
const SEEN_LENGTH_MAX = 100;

function optionAt(options: unknown, path: string): unknown {
  let value = options;
  for (const key of path.split('.')) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  return value;
}

function seenText(value: unknown, secret: boolean): string {
  if (secret) return '(hidden)';
  const text = loadUtil().inspect(value, { depth: 1, breakLength: Number.POSITIVE_INFINITY });
  return text.length > SEEN_LENGTH_MAX ? `${text.slice(0, SEEN_LENGTH_MAX)}…` : text;
}

/** The value of one setting: option over environment over default; a problem leaves the default in place. */
function resolveField(
  path: string,
  field: Field<unknown>,
  options: unknown,
  env: Environment,
  problems: SourcedProblem[],
): unknown {
  const check = (given: unknown, source: Source, variable: string | undefined): unknown => {
    const value = field.kind.parse(given, source);
    if (value === undefined) {
      const remedy = field.kind.remedy?.(given) ?? `write ${field.kind.shape}`;
      problems.push({ option: path, variable, seen: seenText(given, field.secret ?? false), remedy, source });
    }
    return value;
  };
  const option = optionAt(options, path);
  const variable = field.variables.find((name) => (env[name] ?? '').trim() !== '');
  const fromOption = option === undefined ? undefined : check(option, 'option', field.variables[0]);
  if (option !== undefined && !field.merged) return fromOption ?? field.defaultValue;
  const fromEnv = variable === undefined ? undefined : check(env[variable]?.trim(), 'environment', variable);
  if (!field.merged) return fromEnv ?? field.defaultValue;
  return { ...(field.defaultValue as object), ...(fromEnv as object), ...(fromOption as object) };
}

function place(target: Record<string, unknown>, path: string, value: unknown): void {
  const keys = path.split('.');
  const last = keys.pop() ?? path;
  let node = target;
  for (const key of keys) {
    const next = (node[key] ?? {}) as Record<string, unknown>;
    node[key] = next;
    node = next;
  }
  node[last] = value;
}

function deepFreeze<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null) {
    for (const item of Object.values(value)) deepFreeze(item);
    Object.freeze(value);
  }
  return value;
}

const BATCH_SIZE: FieldPath = 'traces.batch.maxExportBatchSize';

/** A smaller queue takes the default of the batch with it: nobody asked for a batch that does not fit. */
function fitBatch(nested: Record<string, unknown>, options: unknown, env: Environment): void {
  const { batch } = (nested as unknown as Settings).traces;
  const isGiven =
    optionAt(options, BATCH_SIZE) !== undefined ||
    FIELDS[BATCH_SIZE].variables.some((name) => (env[name] ?? '').trim() !== '');
  if (!isGiven) place(nested, BATCH_SIZE, Math.min(batch.maxExportBatchSize, batch.maxQueueSize));
}

/** Settings that are each right and together wrong. */
function crossCheck(settings: Settings): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const { batch, clientKeyFile, clientCertificateFile } = settings.traces;
  if (batch.maxExportBatchSize > batch.maxQueueSize) {
    problems.push({
      option: 'traces.batch.maxExportBatchSize',
      variable: 'OTEL_BSP_MAX_EXPORT_BATCH_SIZE',
      seen: String(batch.maxExportBatchSize),
      remedy: `write at most traces.batch.maxQueueSize (OTEL_BSP_MAX_QUEUE_SIZE), which is ${batch.maxQueueSize}`,
    });
  }
  if ((clientKeyFile === undefined) !== (clientCertificateFile === undefined)) {
    problems.push({
      option: 'traces.clientKeyFile',
      variable: 'OTEL_EXPORTER_OTLP_CLIENT_KEY',
      seen: seenText(clientKeyFile, false),
      remedy: 'give both the key and the certificate (traces.clientCertificateFile), or neither',
    });
  }
  return problems;
}

const PUSH_ONLY = /^metrics\.(endpoint|headers|protocol|compression|export[A-Z])/;

/** Which providers are the user's, so that the settings of ours go unused. */
export interface BroughtProviders {
  readonly meterProvider: boolean;
  readonly tracerProvider: boolean;
}

/**
 * Whether a problem stands in the way. The variables of OTLP are shared with other packages of the process, so that
 * one which is not used here is none of our business; an option always is.
 */
function matters({ option, source }: SourcedProblem, settings: Settings, brought: BroughtProviders): boolean {
  if (source === 'option') return true;
  if (option.startsWith('traces.')) {
    if (brought.tracerProvider) return false;
    return option === 'traces.exporter' || settings.traces.exporter === 'otlp';
  }
  if (option.startsWith('metrics.') && brought.meterProvider) return false;
  return !PUSH_ONLY.test(option) || settings.metrics.exporters.includes('otlp');
}

/** A configuration, and what is wrong with what it came from. */
export interface Resolved<Config> {
  /** Has the default in every place that is wrong. */
  readonly config: Config;
  readonly problems: readonly ConfigProblem[];
}

/** Resolves options over environment over defaults, and gathers every problem. */
export function resolveTelemetry(
  options: TelemetryOptions,
  env: Environment,
  brought: BroughtProviders,
): Resolved<TelemetryConfig> {
  const found: SourcedProblem[] = [];
  const nested: Record<string, unknown> = {};
  for (const path of PATHS) place(nested, path, resolveField(path, FIELDS[path], options, env, found));
  fitBatch(nested, options, env);
  // The one door where the table of fields becomes the typed settings.
  const settings = deepFreeze(nested as unknown as Settings);
  const problems = [
    ...unknownOptions(options),
    ...found
      .filter((problem) => matters(problem, settings, brought))
      .map(({ source: _, ...problem }) => problem),
    ...crossCheck(settings),
  ];
  const parts: Parts = Object.freeze({
    meterProvider: options.meterProvider,
    tracerProvider: options.tracerProvider,
    resourceDetectors: options.resourceDetectors,
    spanExporter: options.traces?.spanExporter,
  });
  return { config: Object.freeze({ ...settings, parts }), problems };
}
