import { normaliseErrorStatus } from './error-values.js';
import type { LabelMapping, MetricMapping, SourceMapping } from './mapping.js';

const PROVIDER: LabelMapping = {
  theirs: 'api_provider',
  ours: 'provider',
  values: [
    ['gemini', 'google'],
    ['vertex_ai', 'vertex'],
    ['azure_ai', 'azure.ai.inference'],
    ['together_ai', 'together'],
    ['fireworks_ai', 'fireworks'],
    ['dashscope', 'alibaba'],
    ['lm_studio', 'lmstudio'],
    ['hosted_vllm', 'vllm'],
    ['litellm_proxy', 'litellm'],
    ['vercel_ai_gateway', 'vercel'],
  ],
  open: true,
};
const MODEL: LabelMapping = { theirs: 'model', ours: 'model' };
const DEPLOYED_MODEL: LabelMapping = { theirs: 'litellm_model_name', ours: 'model' };
const EXCEPTION: LabelMapping = {
  theirs: 'exception_status',
  ours: 'error_type',
  values: [
    ['429', 'rate_limited'],
    ['401', 'auth'],
    ['403', 'permission'],
    ['404', 'not_found'],
    ['408', 'timeout'],
    ['402', 'quota_exceeded'],
    ['503', 'overloaded'],
  ],
  normalise: normaliseErrorStatus,
};

const KEY = ['hashed_api_key', 'api_key_alias', 'team', 'team_alias', 'user', 'end_user'] as const;
const ORG = ['org_id', 'org_alias'] as const;
const CALL = [
  ...KEY,
  ...ORG,
  'user_email',
  'requested_model',
  'model_id',
  'client_ip',
  'user_agent',
] as const;
const LATENCY = [...KEY, ...ORG, 'user_email', 'requested_model', 'model_group', 'model_id'] as const;
const LATENCY_MORE = [...LATENCY, 'service_tier', 'input_sequence_length'] as const;
const PROXY = [...CALL, 'model', 'api_provider', 'route', 'status_code'] as const;
const DEPLOYMENT = ['model_id', 'api_base'] as const;
const DEPLOYMENT_CALL = [
  ...DEPLOYMENT,
  'hashed_api_key',
  'api_key_alias',
  'user_email',
  'team',
  'team_alias',
  'model_group',
  'requested_model',
  'client_ip',
  'user_agent',
] as const;
const LIMIT = [...DEPLOYMENT, 'model_group', 'hashed_api_key', 'api_key_alias'] as const;

/** Bounds of the latency histograms, in seconds. */
const BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, 420, 600] as const;

const counter = (
  theirs: string,
  ours: string,
  more: Partial<MetricMapping> & Pick<MetricMapping, 'labels' | 'others'>,
): MetricMapping => ({
  theirs: theirs.endsWith('_total') ? theirs : `${theirs}_total`,
  // The documents leave out the `_total` that the Python client adds.
  ...(theirs.endsWith('_total') ? {} : { also: [theirs] }),
  kind: 'counter',
  ours,
  ...more,
});

const ofTokens = (theirs: string, ours: string, type?: string): MetricMapping =>
  counter(theirs, ours, {
    ...(type !== undefined && { match: { type } }),
    labels: [MODEL, PROVIDER],
    others: CALL,
  });

const BUDGET = 'llm_edge_* have budgets by name, not by key, team, user or organisation';
const BUDGET_HOURS = 'the hours until a budget is reset are not measured';
const QUEUE = "a queue of LiteLLM's own database";
const USERS = 'keys, teams and users are not labels of llm_edge_*';

/** LiteLLM's proxy, whose Python client writes `_total` behind each counter. */
export const LITELLM: SourceMapping = {
  name: 'litellm',
  title: 'LiteLLM',
  prefixes: ['litellm_'],
  version: '1.110.2',
  definedIn: [
    'https://docs.litellm.ai/docs/proxy/prometheus',
    'https://github.com/BerriAI/litellm/blob/main/litellm/types/integrations/prometheus.py',
  ],
  metrics: [
    counter('litellm_deployment_total_requests', 'llm_edge_requests_total', {
      labels: [DEPLOYED_MODEL, PROVIDER],
      others: DEPLOYMENT_CALL,
    }),
    counter('litellm_deployment_success_responses', 'llm_edge_requests_total', {
      match: { status: 'success' },
      labels: [DEPLOYED_MODEL, PROVIDER],
      others: DEPLOYMENT_CALL,
    }),
    counter('litellm_deployment_failure_responses', 'llm_edge_requests_total', {
      match: { status: 'error' },
      labels: [DEPLOYED_MODEL, PROVIDER, EXCEPTION],
      others: [...DEPLOYMENT_CALL, 'exception_class'],
    }),
    counter('litellm_requests_metric', 'llm_edge_requests_total', {
      match: { status: 'success' },
      labels: [MODEL, PROVIDER],
      others: CALL,
      differs: 'litellm_requests_metric counts calls that succeeded, hits in the cache included.',
    }),
    counter('litellm_llm_api_failed_requests_metric', 'llm_edge_requests_total', {
      match: { status: 'error' },
      labels: [MODEL],
      others: [...KEY, 'model_id'],
    }),
    counter('litellm_proxy_failed_requests_metric', 'llm_edge_operations_total', {
      match: { status: 'error' },
      labels: [EXCEPTION],
      others: [...PROXY, 'exception_class', 'rate_limit_category', 'rate_limit_type'],
      differs: 'llm_edge_operations_total counts what is wrapped in observeOperation or a middleware.',
    }),
    counter('litellm_proxy_total_requests_metric', 'llm_edge_operations_total', {
      labels: [],
      others: PROXY,
      differs: 'llm_edge_operations_total counts what is wrapped in observeOperation or a middleware.',
    }),
    {
      theirs: 'litellm_llm_api_latency_metric',
      kind: 'histogram',
      unit: 's',
      ours: 'llm_edge_request_duration_ms',
      labels: [MODEL, PROVIDER],
      others: LATENCY_MORE,
      bounds: BOUNDS,
    },
    {
      theirs: 'litellm_request_total_latency_metric',
      kind: 'histogram',
      unit: 's',
      ours: 'llm_edge_operation_duration_ms',
      labels: [],
      others: [...LATENCY_MORE, 'model', 'api_provider'],
      bounds: BOUNDS,
    },
    {
      theirs: 'litellm_llm_api_time_to_first_token_metric',
      kind: 'histogram',
      unit: 's',
      ours: 'llm_edge_time_to_first_token_ms',
      labels: [MODEL, PROVIDER],
      others: LATENCY_MORE,
      bounds: BOUNDS,
    },
    {
      theirs: 'litellm_deployment_latency_per_output_token',
      kind: 'histogram',
      unit: 's',
      ours: 'llm_edge_time_per_output_token_ms',
      labels: [DEPLOYED_MODEL, PROVIDER],
      others: [...DEPLOYMENT, ...KEY.slice(0, 4), 'model_group', 'user_email', ...ORG],
      differs:
        'LiteLLM divides the latency of all calls, for streams the time to first token, by the output tokens; ours is the time after the first token, of streams alone.',
    },
    {
      theirs: 'litellm_overhead_latency_metric',
      kind: 'histogram',
      unit: 's',
      ours: 'llm_edge_overhead_ms',
      labels: [],
      others: [...LIMIT, 'litellm_model_name', 'api_provider', 'user_email'],
      bounds: BOUNDS,
    },
    counter('litellm_spend_metric', 'llm_edge_cost_usd_total', {
      labels: [MODEL, PROVIDER],
      others: [...CALL, 'service_tier'],
    }),
    ofTokens('litellm_input_tokens_metric', 'llm_edge_tokens_total', 'input'),
    ofTokens('litellm_output_tokens_metric', 'llm_edge_tokens_total', 'output'),
    ofTokens('litellm_total_tokens_metric', 'llm_edge_tokens_total'),
    ofTokens('litellm_input_cached_tokens_metric', 'llm_edge_token_details_total', 'cache_read'),
    ofTokens('litellm_input_cache_creation_tokens_metric', 'llm_edge_token_details_total', 'cache_write'),
    ofTokens('litellm_output_reasoning_tokens_metric', 'llm_edge_token_details_total', 'reasoning'),
    ofTokens('litellm_provider_cache_read_input_tokens_metric', 'llm_edge_token_details_total', 'cache_read'),
    ofTokens(
      'litellm_provider_cache_creation_input_tokens_metric',
      'llm_edge_token_details_total',
      'cache_write',
    ),
    counter('litellm_cache_hits_metric', 'llm_edge_cache_hits_total', {
      labels: [],
      others: [...KEY, 'model', 'api_provider', 'model_id'],
    }),
    counter('litellm_cache_misses_metric', 'llm_edge_cache_misses_total', {
      labels: [],
      others: [...KEY, 'model', 'api_provider', 'model_id'],
    }),
    ...(['requests', 'tokens'] as const).map(
      (limit): MetricMapping => ({
        theirs: `litellm_remaining_${limit}_metric`,
        kind: 'gauge',
        ours: 'llm_edge_rate_limit_remaining',
        match: { limit },
        labels: [DEPLOYED_MODEL, PROVIDER],
        others: LIMIT,
      }),
    ),
    {
      theirs: 'litellm_deployment_state',
      kind: 'gauge',
      ours: 'llm_edge_circuit_breaker_state',
      labels: [PROVIDER],
      others: [...DEPLOYMENT, 'litellm_model_name'],
      differs:
        'Both are 0 when healthy and 2 when nothing is sent; 1 is a partial outage in LiteLLM and a half-open circuit here.',
    },
    counter('litellm_deployment_successful_fallbacks', 'llm_edge_failovers_total', {
      labels: [EXCEPTION],
      others: [
        'requested_model',
        'fallback_model',
        'hashed_api_key',
        'api_key_alias',
        'team',
        'team_alias',
        'exception_class',
        'model_id',
      ],
      differs: 'llm_edge_failovers_total counts every move to another provider, whether it succeeded or not.',
    }),
    counter('litellm_zero_cost_requests_total', 'llm_edge_unpriced_requests_total', {
      labels: [MODEL, PROVIDER],
      others: ['requested_model', 'model_id', 'reason'],
      differs: 'LiteLLM counts requests that were logged at $0; ours counts those whose price is unknown.',
    }),
    {
      theirs: 'litellm_in_flight_requests',
      kind: 'gauge',
      ours: 'llm_edge_active_requests',
      labels: [],
      others: [],
      differs: 'LiteLLM counts HTTP requests to the proxy; ours counts requests to providers.',
    },
  ],
  without: {
    litellm_deployment_failed_fallbacks: 'llm_edge_failovers_total does not tell failed moves apart',
    litellm_deployment_cooled_down: 'changes of llm_edge_circuit_breaker_state are not counted',
    litellm_deployment_tpm_limit: 'a limit of the configuration, not one that the provider reported',
    litellm_deployment_rpm_limit: 'a limit of the configuration, not one that the provider reported',
    litellm_overhead_with_guardrails_latency_metric: 'guardrails are not measured',
    litellm_request_queue_time_seconds: 'the queue before a request is not measured',
    litellm_input_audio_tokens_metric: 'tokens of audio are not told apart from other tokens',
    litellm_output_audio_tokens_metric: 'tokens of audio are not told apart from other tokens',
    litellm_video_duration_seconds_metric: 'seconds of video are not measured',
    litellm_images_generated_metric:
      'images that are billed are in llm_edge_billed_units_total{unit="output_images"}, those billed by tokens are not',
    litellm_cached_tokens_metric: "tokens of answers from the gateway's own cache are not counted",
    litellm_guardrail_latency_seconds: 'guardrails are not measured',
    litellm_guardrail_errors_total: 'guardrails are not measured',
    litellm_guardrail_requests_total: 'guardrails are not measured',
    litellm_remaining_team_budget_metric: BUDGET,
    litellm_team_max_budget_metric: BUDGET,
    litellm_team_budget_remaining_hours_metric: BUDGET_HOURS,
    litellm_remaining_org_budget_metric: BUDGET,
    litellm_org_max_budget_metric: BUDGET,
    litellm_org_budget_remaining_hours_metric: BUDGET_HOURS,
    litellm_remaining_api_key_budget_metric: BUDGET,
    litellm_api_key_max_budget_metric: BUDGET,
    litellm_api_key_budget_remaining_hours_metric: BUDGET_HOURS,
    litellm_remaining_user_budget_metric: BUDGET,
    litellm_user_max_budget_metric: BUDGET,
    litellm_user_budget_remaining_hours_metric: BUDGET_HOURS,
    litellm_remaining_customer_budget_metric: BUDGET,
    litellm_customer_max_budget_metric: BUDGET,
    litellm_customer_budget_remaining_hours_metric: BUDGET_HOURS,
    litellm_provider_remaining_budget_metric:
      'the rest of a budget is llm_edge_budget_limit_usd - llm_edge_budget_spent_usd',
    litellm_remaining_api_key_requests_for_model: USERS,
    litellm_remaining_api_key_tokens_for_model: USERS,
    litellm_api_key_rate_limit_allowed_metric: USERS,
    litellm_api_key_rate_limit_used_metric: USERS,
    litellm_team_rate_limit_allowed_metric: USERS,
    litellm_team_rate_limit_used_metric: USERS,
    litellm_team_members_metric: USERS,
    litellm_total_users: USERS,
    litellm_active_users: USERS,
    litellm_teams_count: USERS,
    litellm_callback_logging_failures_metric: 'callbacks are a part of LiteLLM',
    litellm_spend_capture_rate: 'the bill of a provider is not read',
    litellm_pod_lock_manager_size: QUEUE,
    litellm_in_memory_daily_spend_update_queue_size: QUEUE,
    litellm_redis_daily_spend_update_queue_size: QUEUE,
    litellm_in_memory_spend_update_queue_size: QUEUE,
    litellm_redis_spend_update_queue_size: QUEUE,
    litellm_mcp_tool_calls_total: 'calls of MCP tools are not measured',
    litellm_mcp_tool_call_spend_metric: 'calls of MCP tools are not measured',
  },
};
