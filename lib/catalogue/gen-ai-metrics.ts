import { GUESTS_MAX, type SeriesLimits } from './cardinality.js';
import { ERROR_TYPES } from './error-types.js';
import { ATTRIBUTES } from './semconv.js';

/**
 * A version of the GenAI semantic conventions: `v1.41` is the last one that was released with these metrics, `next` is
 * the main branch of their new repository, which still changes.
 */
export type GenAiVersion = 'v1.41' | 'next';

/** One metric of the GenAI semantic conventions. */
export interface GenAiMetricSpec {
  readonly kind: 'counter' | 'histogram';
  /** In UCUM: seconds, or tokens. */
  readonly unit: 's' | '{token}';
  readonly description: string;
  /** What is recorded, and what is left out. */
  readonly records: string;
  readonly attributes: readonly string[];
  /** Upper bounds of the buckets, as the conventions say. */
  readonly buckets?: readonly number[];
  /** The versions that have the metric, and where each defines it. */
  readonly versions: Readonly<Partial<Record<GenAiVersion, string>>>;
}

const V1_41 =
  'https://github.com/open-telemetry/semantic-conventions/blob/v1.41.0/docs/gen-ai/gen-ai-metrics.md';
const NEXT = 'https://github.com/open-telemetry/semantic-conventions-genai/blob/main/docs/gen-ai';
const NEXT_METRICS = `${NEXT}/gen-ai-metrics.md`;
const NEXT_INFERENCE = `${NEXT}/client-inference.md`;
const NEXT_TOKENS = `${NEXT}/gen-ai-token-metrics.md`;

const SECONDS = [
  0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92,
] as const;
const FIRST_TOKEN_SECONDS = [
  0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
] as const;
const PER_TOKEN_SECONDS = [0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5] as const;
const TOKENS = [
  1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864,
] as const;

const SERVED = [
  ATTRIBUTES.operationName,
  ATTRIBUTES.providerName,
  ATTRIBUTES.requestModel,
  ATTRIBUTES.responseModel,
] as const;
const CALL = [...SERVED, ATTRIBUTES.serverAddress, ATTRIBUTES.serverPort] as const;

const FIRST_CHUNK = {
  kind: 'histogram',
  unit: 's',
  description: 'Time from sending a request to the first chunk of its stream.',
  records: 'Streams only. A chunk is an event, with output or without.',
  attributes: CALL,
  buckets: SECONDS,
} as const;
const OUTPUT_CHUNK = {
  kind: 'histogram',
  unit: 's',
  description: 'Time between two chunks of a stream, recorded for each chunk after the first.',
  records: 'Streams only. Chunks that arrive in one piece have no time between them.',
  attributes: CALL,
  buckets: SECONDS,
} as const;

function tokenCounter(description: string, records: string) {
  return {
    kind: 'counter',
    unit: '{token}',
    description,
    records,
    attributes: [...CALL, ATTRIBUTES.tokenModality],
    versions: { next: NEXT_TOKENS },
  } as const;
}

function tokenHistogram(description: string) {
  return {
    kind: 'histogram',
    unit: '{token}',
    description,
    records: 'Requests whose usage is known.',
    attributes: [...CALL, ATTRIBUTES.errorType],
    buckets: TOKENS,
    versions: { next: NEXT_TOKENS },
  } as const;
}

const ALL_REQUESTS = 'Every request; zero where no usage is known.';

/**
 * The metrics of the GenAI semantic conventions, one row each, with the names, units and buckets of the conventions.
 * They are apart from the catalogue of this package, because they still change.
 */
export const GEN_AI_METRICS = {
  'gen_ai.client.operation.duration': {
    kind: 'histogram',
    unit: 's',
    description: 'Duration of a request to a provider.',
    records: 'Every request. In `next` only operations that are not inference, such as embeddings.',
    attributes: [...CALL, ATTRIBUTES.errorType],
    buckets: SECONDS,
    versions: { 'v1.41': V1_41, next: NEXT_METRICS },
  },
  'gen_ai.client.token.usage': {
    kind: 'histogram',
    unit: '{token}',
    description: 'Tokens of a request, once for its input and once for its output.',
    records: 'Requests whose usage is known.',
    attributes: [...CALL, ATTRIBUTES.tokenType],
    buckets: TOKENS,
    versions: { 'v1.41': V1_41 },
  },
  'gen_ai.client.operation.time_to_first_chunk': { ...FIRST_CHUNK, versions: { 'v1.41': V1_41 } },
  'gen_ai.client.operation.time_per_output_chunk': { ...OUTPUT_CHUNK, versions: { 'v1.41': V1_41 } },
  'gen_ai.client.inference.duration': {
    kind: 'histogram',
    unit: 's',
    description: 'Duration of a request that generates an answer.',
    records: 'Every request of the operations `chat`, `text_completion` and `generate_content`.',
    attributes: [...CALL, ATTRIBUTES.errorType],
    buckets: SECONDS,
    versions: { next: NEXT_INFERENCE },
  },
  'gen_ai.client.inference.time_to_first_chunk': { ...FIRST_CHUNK, versions: { next: NEXT_INFERENCE } },
  'gen_ai.client.inference.time_per_output_chunk': { ...OUTPUT_CHUNK, versions: { next: NEXT_INFERENCE } },
  'gen_ai.client.inference.usage.input_tokens': tokenCounter(
    'Tokens of the input, cached ones included.',
    ALL_REQUESTS,
  ),
  'gen_ai.client.inference.usage.output_tokens': tokenCounter(
    'Tokens of the output, reasoning included.',
    ALL_REQUESTS,
  ),
  'gen_ai.client.inference.usage.cache_read.input_tokens': tokenCounter(
    'Tokens of the input that were read from a cache of the provider.',
    ALL_REQUESTS,
  ),
  'gen_ai.client.inference.usage.cache_write.input_tokens': tokenCounter(
    'Tokens of the input that were written to a cache of the provider.',
    ALL_REQUESTS,
  ),
  'gen_ai.client.inference.usage.reasoning.output_tokens': tokenCounter(
    'Tokens of the output that were used for reasoning.',
    ALL_REQUESTS,
  ),
  'gen_ai.client.inference.operation.input_tokens': tokenHistogram('Tokens of the input of one request.'),
  'gen_ai.client.inference.operation.output_tokens': tokenHistogram('Tokens of the output of one request.'),
  'gen_ai.server.request.duration': {
    kind: 'histogram',
    unit: 's',
    description: 'Duration of an operation as its caller saw it.',
    records: 'Operations with at least one request, but not those within another operation.',
    attributes: [...SERVED, ATTRIBUTES.errorType],
    buckets: SECONDS,
    versions: { 'v1.41': V1_41, next: NEXT_METRICS },
  },
  'gen_ai.server.time_to_first_token': {
    kind: 'histogram',
    unit: 's',
    description: 'Time from the start of an operation to the first token of its answer.',
    records: 'Operations that succeeded with a streamed answer whose first token is known.',
    attributes: SERVED,
    buckets: FIRST_TOKEN_SECONDS,
    versions: { 'v1.41': V1_41, next: NEXT_METRICS },
  },
  'gen_ai.server.time_per_output_token': {
    kind: 'histogram',
    unit: 's',
    description: 'Time of an operation after the first token, for each further token of its answer.',
    records: 'The same operations, where the number of output tokens is known and above one.',
    attributes: SERVED,
    buckets: PER_TOKEN_SECONDS,
    versions: { 'v1.41': V1_41, next: NEXT_METRICS },
  },
} as const satisfies Readonly<Record<string, GenAiMetricSpec>>;

/** The name of a metric of the GenAI semantic conventions. */
export type GenAiMetricName = keyof typeof GEN_AI_METRICS;

/** The operations that are inference: in `next` their metrics have names of their own. */
const INFERENCE_OPERATIONS: ReadonlySet<string> = new Set(['chat', 'text_completion', 'generate_content']);

/** Whether an operation generates an answer. */
export function isInference(operation: string): boolean {
  return INFERENCE_OPERATIONS.has(operation);
}

/** The operations that keep their name once the limit of different calls is reached. */
export const KEPT_OPERATIONS: ReadonlySet<string> = new Set([...INFERENCE_OPERATIONS, 'embeddings']);

const UNIT_SUFFIXES = { s: '_seconds', '{token}': '' } as const satisfies Record<
  GenAiMetricSpec['unit'],
  string
>;

/**
 * The name of a metric in Prometheus, as its OTLP receiver and the Collector's exporter write it: the unit as a word,
 * and `_total` for counters. The name of another metric is returned unchanged.
 */
export function prometheusName(name: string): string {
  if (!Object.hasOwn(GEN_AI_METRICS, name)) return name;
  const { kind, unit } = GEN_AI_METRICS[name as GenAiMetricName];
  return `${name.replaceAll('.', '_')}${UNIT_SUFFIXES[unit]}${kind === 'counter' ? '_total' : ''}`;
}

/** The number of different calls that are recorded with all attributes: two of a model, answered and failed. */
export function genAiCallsMax({ models }: SeriesLimits): number {
  return 2 * models;
}

/** The most series that one of these metrics may have. */
export function genAiSeriesMax(limits: SeriesLimits): number {
  const { models, providers } = limits;
  // Each admitted pair, and each provider with `other`, may have calls that are folded.
  const folded = (models + providers + GUESTS_MAX + 1) * (KEPT_OPERATIONS.size + 1);
  return (genAiCallsMax(limits) + folded) * (ERROR_TYPES.length + 1);
}
