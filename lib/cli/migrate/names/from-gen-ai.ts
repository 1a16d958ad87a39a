import { GEN_AI_METRICS, type GenAiMetricName, prometheusName } from '../../../catalogue/gen-ai-metrics.js';
import { normaliseErrorName } from './error-values.js';
import type { LabelMapping, MetricMapping, SourceMapping } from './mapping.js';

/** Names of the conventions, which are those of `gen_ai.provider.name`. */
export const GEN_AI_PROVIDER: LabelMapping = {
  theirs: 'gen_ai_provider_name',
  also: ['gen_ai_system'],
  ours: 'provider',
  values: [
    ['azure.ai.openai', 'azure'],
    ['gcp.gemini', 'google'],
    ['gcp.vertex_ai', 'vertex'],
    ['aws.bedrock', 'bedrock'],
    ['mistral_ai', 'mistral'],
    ['x_ai', 'xai'],
    ['moonshot_ai', 'moonshot'],
    ['ibm.watsonx.ai', 'watsonx'],
    ['az.ai.openai', 'azure'],
    ['az.ai.inference', 'azure.ai.inference'],
  ],
  open: true,
};
const REQUEST_MODEL: LabelMapping = { theirs: 'gen_ai_request_model', ours: 'model' };
/** The conventions leave the values of `error.type` open; those that this package cannot name have no counterpart. */
export const GEN_AI_ERROR: LabelMapping = {
  theirs: 'error_type',
  ours: 'error_type',
  normalise: normaliseErrorName,
};
export const GEN_AI_TOKEN_TYPE: LabelMapping = {
  theirs: 'gen_ai_token_type',
  ours: 'type',
  values: [
    ['input', 'input'],
    ['output', 'output'],
  ],
};

const SERVER = ['server_address', 'server_port'] as const;
const OTHERS = ['gen_ai_operation_name', 'gen_ai_response_model', ...SERVER] as const;
const LABELS = [GEN_AI_PROVIDER, REQUEST_MODEL] as const;
const SERVED_OTHERS = [
  'gen_ai_operation_name',
  'gen_ai_response_model',
  'gen_ai_provider_name',
  'gen_ai_system',
  'gen_ai_request_model',
  ...SERVER,
] as const;

const FIRST_CHUNK = 'A chunk may be without output, so that the first one can be before the first token.';
const PER_CHUNK =
  'The conventions record every chunk after the first; ours is recorded once for each stream.';

function histogram(name: GenAiMetricName, ours: string, more: Partial<MetricMapping> = {}): MetricMapping {
  const { buckets } = GEN_AI_METRICS[name] as { readonly buckets?: readonly number[] };
  const isTime = GEN_AI_METRICS[name].unit === 's';
  return {
    theirs: prometheusName(name),
    // Exporters can be set to leave the unit out.
    ...(isTime && { also: [name.replaceAll('.', '_')] }),
    kind: 'histogram',
    ...(isTime && more.part !== 'count' && { unit: 's' }),
    ours,
    labels: LABELS,
    others: OTHERS,
    ...(buckets !== undefined && { bounds: buckets }),
    ...more,
  };
}

/** The count of a duration, which has an error type when the request failed: the requests. */
function requestCount(name: GenAiMetricName, ours: string, labels: readonly LabelMapping[]): MetricMapping {
  return histogram(name, ours, {
    part: 'count',
    labels: [...labels, GEN_AI_ERROR],
    others: labels.length === 0 ? SERVED_OTHERS : OTHERS,
    onErrors: GEN_AI_ERROR.theirs,
  });
}

const tokens = (name: GenAiMetricName, ours: string, type: string, part?: 'sum'): MetricMapping => ({
  theirs: prometheusName(name),
  kind: part === undefined ? 'counter' : 'histogram',
  ...(part !== undefined && { part }),
  ours,
  match: { type },
  labels: LABELS,
  others: [...OTHERS, part === undefined ? 'gen_ai_token_modality' : 'error_type'],
});

const CLIENT = 'gen_ai.client';
const USAGE = `${CLIENT}.inference.usage` as const;

/** OpenTelemetry's conventions for generative AI: version 1.41 first, then the main branch. */
export const GEN_AI: SourceMapping = {
  name: 'gen_ai',
  title: 'GenAI semantic conventions',
  prefixes: ['gen_ai_'],
  version: '1.41, and the main branch of November 2026',
  definedIn: [
    'https://github.com/open-telemetry/semantic-conventions/blob/v1.41.0/docs/gen-ai/gen-ai-metrics.md',
    'https://github.com/open-telemetry/semantic-conventions-genai/blob/main/docs/gen-ai/gen-ai-metrics.md',
  ],
  metrics: [
    histogram(`${CLIENT}.operation.duration`, 'llm_edge_request_duration_ms', {
      others: [...OTHERS, 'error_type'],
    }),
    requestCount(`${CLIENT}.operation.duration`, 'llm_edge_requests_total', LABELS),
    histogram(`${CLIENT}.inference.duration`, 'llm_edge_request_duration_ms', {
      others: [...OTHERS, 'error_type'],
    }),
    requestCount(`${CLIENT}.inference.duration`, 'llm_edge_requests_total', LABELS),
    histogram(`${CLIENT}.token.usage`, 'llm_edge_tokens_total', {
      part: 'sum',
      labels: [...LABELS, GEN_AI_TOKEN_TYPE],
    }),
    tokens(`${USAGE}.input_tokens`, 'llm_edge_tokens_total', 'input'),
    tokens(`${USAGE}.output_tokens`, 'llm_edge_tokens_total', 'output'),
    tokens(`${USAGE}.cache_read.input_tokens`, 'llm_edge_token_details_total', 'cache_read'),
    tokens(`${USAGE}.cache_write.input_tokens`, 'llm_edge_token_details_total', 'cache_write'),
    tokens(`${USAGE}.reasoning.output_tokens`, 'llm_edge_token_details_total', 'reasoning'),
    tokens(`${CLIENT}.inference.operation.input_tokens`, 'llm_edge_tokens_total', 'input', 'sum'),
    tokens(`${CLIENT}.inference.operation.output_tokens`, 'llm_edge_tokens_total', 'output', 'sum'),
    histogram(`${CLIENT}.operation.time_to_first_chunk`, 'llm_edge_time_to_first_token_ms', {
      differs: FIRST_CHUNK,
    }),
    histogram(`${CLIENT}.inference.time_to_first_chunk`, 'llm_edge_time_to_first_token_ms', {
      differs: FIRST_CHUNK,
    }),
    histogram('gen_ai.server.time_to_first_token', 'llm_edge_time_to_first_token_ms', {
      differs: 'The conventions measure it in the server of the model, or in the gateway from its own start.',
    }),
    histogram(`${CLIENT}.operation.time_per_output_chunk`, 'llm_edge_time_per_output_token_ms', {
      differs: PER_CHUNK,
    }),
    histogram(`${CLIENT}.inference.time_per_output_chunk`, 'llm_edge_time_per_output_token_ms', {
      differs: PER_CHUNK,
    }),
    histogram('gen_ai.server.time_per_output_token', 'llm_edge_time_per_output_token_ms', {
      differs: 'The conventions measure it in the server of the model, or in the gateway.',
    }),
    histogram('gen_ai.server.request.duration', 'llm_edge_operation_duration_ms', {
      labels: [],
      others: [...SERVED_OTHERS, 'error_type'],
    }),
    requestCount('gen_ai.server.request.duration', 'llm_edge_operations_total', []),
  ],
  without: {},
};
