import { GEN_AI, GEN_AI_ERROR, GEN_AI_PROVIDER, GEN_AI_TOKEN_TYPE } from './from-gen-ai.js';
import type { LabelMapping, MetricMapping, SourceMapping } from './mapping.js';

const OTHERS = ['gen_ai_operation_name', 'server_address', 'stream'] as const;
const PROVIDER: LabelMapping = {
  ...GEN_AI_PROVIDER,
  values: [...(GEN_AI_PROVIDER.values ?? []), ['together_ai', 'together'], ['hugging_face', 'huggingface']],
};
/** The instrumentations of OpenLLMetry have no requested model on their metrics. */
const MODEL: LabelMapping = {
  theirs: 'gen_ai_response_model',
  also: ['gen_ai_request_model'],
  ours: 'model',
};
const ERROR: LabelMapping = {
  ...GEN_AI_ERROR,
  // The classes of OpenAI's and Anthropic's libraries.
  values: [
    ['RateLimitError', 'rate_limited'],
    ['AuthenticationError', 'auth'],
    ['PermissionDeniedError', 'permission'],
    ['NotFoundError', 'not_found'],
    ['BadRequestError', 'invalid_request'],
    ['APITimeoutError', 'timeout'],
    ['APIConnectionError', 'network'],
    ['InternalServerError', 'server_error'],
    ['OverloadedError', 'overloaded'],
  ],
};
const LABELS = [PROVIDER, MODEL] as const;
const SERVED_MODEL = 'OpenLLMetry has the model that answered; ours is the requested one.';

const exceptions = (name: string, of: string): MetricMapping => ({
  theirs: `llm_${name}_exceptions_time_total`,
  also: [`llm_${name}_exceptions_total`],
  kind: 'counter',
  ours: 'llm_edge_requests_total',
  match: { status: 'error' },
  labels: [ERROR],
  others: [
    ...OTHERS,
    'gen_ai_provider_name',
    'gen_ai_system',
    'gen_ai_response_model',
    'gen_ai_request_model',
  ],
  differs: `OpenLLMetry counts ${of} alone; ours has no label for the operation.`,
});

const VECTORS = 'vector databases are not measured';

/** OpenLLMetry's instrumentations for Python, as a Collector or Prometheus' OTLP receiver names their metrics. */
export const OPENLLMETRY: SourceMapping = {
  name: 'openllmetry',
  title: 'OpenLLMetry',
  prefixes: ['gen_ai_', 'llm_openai_', 'llm_anthropic_', 'llm_watsonx_', 'llm_chat_completions_'],
  version: 'opentelemetry-semantic-conventions-ai 0.5.1, opentelemetry-instrumentation-openai 0.62.4',
  definedIn: [
    'https://github.com/traceloop/openllmetry/blob/main/packages/opentelemetry-semantic-conventions-ai/opentelemetry/semconv_ai/__init__.py',
    'https://github.com/traceloop/openllmetry/blob/main/packages/opentelemetry-instrumentation-openai/opentelemetry/instrumentation/openai/v1/__init__.py',
  ],
  metrics: [
    {
      theirs: 'gen_ai_client_operation_duration_seconds',
      also: ['gen_ai_client_operation_duration'],
      kind: 'histogram',
      unit: 's',
      ours: 'llm_edge_request_duration_ms',
      labels: LABELS,
      others: [...OTHERS, 'error_type'],
      differs: SERVED_MODEL,
    },
    {
      theirs: 'gen_ai_client_operation_duration_seconds',
      also: ['gen_ai_client_operation_duration'],
      kind: 'histogram',
      part: 'count',
      ours: 'llm_edge_requests_total',
      labels: [...LABELS, ERROR],
      others: OTHERS,
      onErrors: 'error_type',
      differs: `${SERVED_MODEL} Its failures have the error type alone, without provider and model.`,
    },
    {
      theirs: 'gen_ai_client_token_usage',
      also: ['gen_ai_client_token_usage_token'],
      kind: 'histogram',
      part: 'sum',
      ours: 'llm_edge_tokens_total',
      labels: [...LABELS, GEN_AI_TOKEN_TYPE],
      others: OTHERS,
      differs: SERVED_MODEL,
    },
    {
      theirs: 'gen_ai_server_time_to_first_token_seconds',
      also: ['gen_ai_server_time_to_first_token'],
      kind: 'histogram',
      unit: 's',
      ours: 'llm_edge_time_to_first_token_ms',
      labels: LABELS,
      others: OTHERS,
      differs: SERVED_MODEL,
    },
    exceptions('openai_chat_completions', 'chat completions'),
    exceptions('openai_embeddings', 'embeddings'),
    exceptions('openai_image_generations', 'images'),
    exceptions('anthropic_completion', "Anthropic's messages"),
  ],
  without: {
    gen_ai_client_generation_choices_choice_total: 'the choices of an answer are not counted',
    gen_ai_client_generation_choices_total: 'the choices of an answer are not counted',
    llm_chat_completions_streaming_time_to_generate_seconds:
      'the time after the first token is not measured as a whole; llm_edge_time_per_output_token_ms has it for each token',
    llm_openai_embeddings_vector_size_element_total: 'the size of vectors is not measured',
    llm_openai_embeddings_vector_size_total: 'the size of vectors is not measured',
    ...Object.fromEntries(
      ['duration', 'exceptions', 'responses', 'tokens'].map((what) => [
        `llm_watsonx_completions_${what}`,
        'metrics of watsonx have names of their own, whose units depend on the exporter',
      ]),
    ),
    db_pinecone_query_duration: VECTORS,
  },
};

const COST = 'gen_ai_usage_cost_USD';
const OPENLIT_LABELS = ['telemetry_sdk_name', 'gen_ai_agent_name'] as const;

/** OpenLIT: the metrics of the conventions, and the cost. */
export const OPENLIT: SourceMapping = {
  ...GEN_AI,
  name: 'openlit',
  title: 'OpenLIT',
  version: '1.45.0',
  definedIn: [
    'https://github.com/openlit/openlit/blob/main/sdk/python/src/openlit/otel/metrics.py',
    'https://docs.openlit.io/latest/sdk/features/metrics',
  ],
  metrics: [
    ...GEN_AI.metrics
      .filter(({ theirs }) => !theirs.startsWith('gen_ai_client_inference_'))
      .map((row) => ({ ...row, others: [...row.others, ...OPENLIT_LABELS] })),
    {
      theirs: COST,
      also: ['gen_ai_usage_cost'],
      kind: 'histogram',
      part: 'sum',
      ours: 'llm_edge_cost_usd_total',
      labels: GEN_AI.metrics[0]?.labels ?? [],
      others: [...(GEN_AI.metrics[0]?.others ?? []), ...OPENLIT_LABELS],
    },
  ],
};
