import { normaliseErrorName } from './error-values.js';
import type { LabelMapping, MetricMapping, SourceMapping } from './mapping.js';

const PROVIDER: LabelMapping = {
  theirs: 'provider',
  ours: 'provider',
  values: [['gemini', 'google']],
  open: true,
};
const MODEL: LabelMapping = { theirs: 'model', ours: 'model' };
const LABELS = [PROVIDER, MODEL] as const;

const KEY = ['selected_key_id', 'selected_key_name'] as const;
const OTHERS = [
  'alias',
  'method',
  'virtual_key_id',
  'virtual_key_name',
  'routing_engine_used',
  'routing_rule_id',
  'routing_rule_name',
  'complexity_tier',
  'complexity_mechanism',
  ...KEY,
  'number_of_retries',
  'fallback_index',
  'team_id',
  'team_name',
  'customer_id',
  'customer_name',
  'business_unit_id',
  'business_unit_name',
  'project_id',
  'project_name',
  'user_id',
  'user_name',
] as const;
/** Of metrics whose counterpart has neither a provider nor a model. */
const ALL = [...OTHERS, 'provider', 'model'] as const;

const counter = (theirs: string, ours: string, match?: Readonly<Record<string, string>>): MetricMapping => ({
  theirs,
  kind: 'counter',
  ours,
  ...(match !== undefined && { match }),
  labels: LABELS,
  others: OTHERS,
});

const ROUTING = 'calls that Bifrost makes to choose a route are not told apart from other requests';
const WRITES = 'writes to the cache of a provider are not told apart by their time to live';

/** Bifrost's telemetry plugin. Its `http_*` metrics have names that many programs share, so that they are left alone. */
export const BIFROST: SourceMapping = {
  name: 'bifrost',
  title: 'Bifrost',
  prefixes: ['bifrost_'],
  version: 'plugins/telemetry at 001016f',
  definedIn: [
    'https://docs.getbifrost.ai/features/telemetry',
    'https://github.com/maximhq/bifrost/blob/main/plugins/telemetry/main.go',
  ],
  metrics: [
    {
      ...counter('bifrost_upstream_requests_total', 'llm_edge_requests_total'),
      differs: 'Bifrost also counts hits in its own cache, which are no requests to a provider here.',
    },
    counter('bifrost_success_requests_total', 'llm_edge_requests_total', { status: 'success' }),
    {
      ...counter('bifrost_error_requests_total', 'llm_edge_requests_total', { status: 'error' }),
      labels: [...LABELS, { theirs: 'error_type', ours: 'error_type', normalise: normaliseErrorName }],
      others: [...OTHERS, 'status_code', 'reason'],
    },
    {
      theirs: 'bifrost_upstream_latency_seconds',
      kind: 'histogram',
      unit: 's',
      ours: 'llm_edge_request_duration_ms',
      labels: LABELS,
      others: [...OTHERS, 'is_success'],
      bounds: [
        0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15, 30, 45, 60, 90, 120, 180, 300, 600, 900,
      ],
    },
    {
      theirs: 'bifrost_upstream_latency_seconds',
      kind: 'histogram',
      part: 'count',
      ours: 'llm_edge_requests_total',
      labels: [
        ...LABELS,
        {
          theirs: 'is_success',
          ours: 'status',
          values: [
            ['true', 'success'],
            ['false', 'error'],
          ],
        },
      ],
      others: OTHERS,
    },
    {
      theirs: 'bifrost_stream_first_token_latency_seconds',
      kind: 'histogram',
      unit: 's',
      ours: 'llm_edge_time_to_first_token_ms',
      labels: LABELS,
      others: OTHERS,
      bounds: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60, 120, 300],
      differs: 'Bifrost measures the first chunk, with output or without.',
    },
    {
      theirs: 'bifrost_stream_inter_token_latency_seconds',
      kind: 'histogram',
      unit: 's',
      ours: 'llm_edge_time_per_output_token_ms',
      labels: LABELS,
      others: OTHERS,
      bounds: [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      differs: 'Bifrost records every chunk after the first; ours is recorded once for each stream.',
    },
    counter('bifrost_input_tokens_total', 'llm_edge_tokens_total', { type: 'input' }),
    counter('bifrost_output_tokens_total', 'llm_edge_tokens_total', { type: 'output' }),
    counter('bifrost_cache_read_input_tokens_total', 'llm_edge_token_details_total', { type: 'cache_read' }),
    counter('bifrost_cache_write_input_tokens_total', 'llm_edge_token_details_total', {
      type: 'cache_write',
    }),
    counter('bifrost_cost_total', 'llm_edge_cost_usd_total'),
    {
      theirs: 'bifrost_cache_hits_total',
      kind: 'counter',
      ours: 'llm_edge_cache_hits_total',
      labels: [],
      others: [...ALL, 'cache_type'],
    },
    {
      theirs: 'bifrost_request_retries',
      kind: 'histogram',
      part: 'sum',
      ours: 'llm_edge_retries_total',
      labels: LABELS,
      others: OTHERS,
    },
    {
      theirs: 'bifrost_overhead_latency_microseconds',
      kind: 'histogram',
      unit: 'us',
      ours: 'llm_edge_overhead_ms',
      labels: [],
      others: ALL,
      bounds: [
        100, 250, 500, 1000, 2500, 5000, 10000, 25000, 50000, 100000, 250000, 500000, 1000000, 2500000,
        5000000, 10000000, 30000000,
      ],
    },
    {
      theirs: 'bifrost_active_requests',
      kind: 'gauge',
      ours: 'llm_edge_active_requests',
      labels: [],
      others: ['method'],
    },
    {
      theirs: 'bifrost_provider_key_up',
      kind: 'gauge',
      ours: 'llm_edge_provider_available',
      labels: [PROVIDER],
      others: ['key_id', 'key_name'],
      differs:
        'Bifrost has the last attempt of each key; ours is what a health check or the failover reported.',
    },
  ],
  without: {
    bifrost_cache_write_input_tokens_5m_total: WRITES,
    bifrost_cache_write_input_tokens_1h_total: WRITES,
    bifrost_overhead_component_microseconds: 'the parts of the overhead are not measured apart',
    bifrost_key_rotation_events_total: 'keys of a provider are not told apart',
    bifrost_mcp_client_operation_duration_seconds: 'calls of MCP tools are not measured',
    bifrost_routing_embedding_requests_total: ROUTING,
    bifrost_routing_embedding_cost_total: ROUTING,
    bifrost_routing_llm_requests_total: ROUTING,
    bifrost_routing_llm_cost_total: ROUTING,
  },
};
