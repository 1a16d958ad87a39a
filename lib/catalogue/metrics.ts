import { withSeriesBudgets } from './cardinality.js';
import { ERROR_TYPES } from './error-types.js';
import { PACKAGE_METRICS } from './package-metrics.js';

const PROVIDER = { limiter: 'provider' } as const;
const MODEL = { limiter: 'model' } as const;
const ROUTE = { limiter: 'route' } as const;
const UPSTREAM = { limiter: 'upstream' } as const;
const TIERS = ['L1', 'L2', 'L3'] as const;

/** Why a request with usage has no cost. */
export const UNPRICED_REASONS = ['unknown_model', 'unknown_provider', 'unknown_unit'] as const;
/** Why the usage of an answer, or a part of it, is not known. */
export const USAGE_MISSING_REASONS = ['not_asked', 'cut_off', 'not_reported', 'too_large'] as const;

/**
 * From 300 to 310,000 ms these are the fewest bounds from which p50, p95 and p99 can be read within 10 %, for any mix
 * of up to three log-normal distributions, each with a median of 0.3 to 15 s and a sigma of 0.3 to 1.2. Few, because
 * each bound costs a sample for every model. `npm run buckets` searches them. The coarse bounds below are for errors,
 * embeddings and cache hits, the ones above for reasoning models, which may take ten minutes. The time to first token
 * and operations have the same bounds, so that they compare with requests bucket by bucket.
 */
const DURATION_BUCKETS_MS = [
  25, 100, 200, 300, 470, 640, 840, 1100, 1400, 1800, 2400, 3200, 4200, 5600, 7500, 10000, 13000, 17000,
  22000, 29000, 39000, 55000, 81000, 120000, 190000, 310000, 600000,
] as const;
const PER_TOKEN_BUCKETS_MS = [1, 2.5, 5, 7.5, 10, 15, 20, 30, 40, 50, 75, 100, 150, 250, 500, 1000] as const;
const OVERHEAD_BUCKETS_MS = [
  0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 5000, 10000,
] as const;

/**
 * Every metric of the package, one row each. Types, instruments, series budgets, documents and dashboard checks derive
 * from it.
 */
export const METRICS = withSeriesBudgets({
  llm_edge_requests_total: {
    kind: 'counter',
    description: 'Number of requests made to providers, by outcome.',
    labels: { provider: PROVIDER, model: MODEL, status: ['success', 'error'], error_type: ERROR_TYPES },
    onlyWhen: { error_type: { status: 'error' } },
    interpretation:
      'One request is one call to one provider, so each retry and failover counts. When the share of status="error" rises, error_type gives the cause.',
    seeAlso: ['llm_edge_operations_total', 'llm_edge_retries_total'],
    query: 'sum by (provider) (rate(llm_edge_requests_total[5m]))',
  },
  llm_edge_request_duration_ms: {
    kind: 'histogram',
    description:
      'Time from sending a request to its end, the last byte of a stream included, in milliseconds.',
    labels: { provider: PROVIDER, model: MODEL },
    buckets: DURATION_BUCKETS_MS,
    interpretation:
      'Records failures as well as successes. For streams it grows with the length of the answer: compare it with the time to first token.',
    seeAlso: ['llm_edge_time_to_first_token_ms', 'llm_edge_operation_duration_ms'],
    query:
      'histogram_quantile(0.95, sum by (provider, model, le) (rate(llm_edge_request_duration_ms_bucket[5m])))',
  },
  llm_edge_active_requests: {
    kind: 'gauge',
    merge: 'sum',
    description: 'Number of requests in flight now.',
    labels: {},
    interpretation:
      'Rises with traffic and with slow providers. A value that stays up while the request rate is zero means calls that hang.',
    seeAlso: ['llm_edge_requests_total'],
    query: 'sum(llm_edge_active_requests)',
  },
  llm_edge_tokens_total: {
    kind: 'counter',
    description: 'Number of tokens used; input includes cached tokens and output includes reasoning tokens.',
    labels: { provider: PROVIDER, model: MODEL, type: ['input', 'output'] },
    interpretation:
      'The sum over type is what the provider bills. Rising input without rising output means that prompts grow.',
    seeAlso: ['llm_edge_token_details_total', 'llm_edge_usage_missing_total'],
    query: 'sum by (model, type) (rate(llm_edge_tokens_total[5m]))',
  },
  llm_edge_cost_usd_total: {
    kind: 'counter',
    description: 'Cost of the requests, in US dollars.',
    labels: { provider: PROVIDER, model: MODEL },
    interpretation:
      'Priced requests only: a request whose price is unknown adds nothing here and one to llm_edge_unpriced_requests_total.',
    seeAlso: ['llm_edge_unpriced_requests_total', 'llm_edge_budget_spent_usd'],
    query: 'sum by (provider, model) (rate(llm_edge_cost_usd_total[5m])) * 3600',
  },
  llm_edge_cost_reported_usd_total: {
    kind: 'counter',
    description:
      'Cost that providers reported in their answers, in US dollars, of the requests that have a price as well.',
    labels: { provider: PROVIDER, model: MODEL },
    interpretation:
      'Compare with llm_edge_cost_recomputed_usd_total, which covers the same requests: a ratio that is not 1 means that the price in force is stale, or that a part of the bill is not counted. Not a part of llm_edge_cost_usd_total, which already includes the reported cost.',
    seeAlso: ['llm_edge_cost_recomputed_usd_total', 'llm_edge_cost_usd_total'],
    query:
      'sum by (provider, model) (increase(llm_edge_cost_reported_usd_total[1d])) / sum by (provider, model) (increase(llm_edge_cost_recomputed_usd_total[1d])) - 1',
  },
  llm_edge_cost_recomputed_usd_total: {
    kind: 'counter',
    description:
      'Cost by the prices in force, in US dollars, of the requests in llm_edge_cost_reported_usd_total.',
    labels: { provider: PROVIDER, model: MODEL },
    interpretation:
      'Each time that a provider reports the cost of a request, rises by its cost as computed from usage and the overrides or the price list.',
    seeAlso: ['llm_edge_cost_reported_usd_total'],
    query: 'sum by (provider, model) (increase(llm_edge_cost_recomputed_usd_total[1d]))',
  },
  llm_edge_routed_requests_total: {
    kind: 'counter',
    description:
      'Number of requests through an intermediary, such as a gateway, by the provider that answered.',
    labels: { provider: PROVIDER, upstream: UPSTREAM },
    interpretation:
      'Counts the answers that name the provider behind the intermediary. An upstream other than the one in provider means that the intermediary has chosen or fallen back to another provider.',
    seeAlso: ['llm_edge_requests_total'],
    query: 'sum by (provider, upstream) (rate(llm_edge_routed_requests_total[5m]))',
  },
  llm_edge_cache_hits_total: {
    kind: 'counter',
    description: 'Number of cache lookups that found an answer.',
    labels: { tier: TIERS },
    interpretation:
      'Compare with the misses of the same tier; as the ratio falls, more requests reach providers and cost money.',
    seeAlso: ['llm_edge_cache_misses_total', 'llm_edge_cache_savings_usd_total'],
    query:
      'sum by (tier) (rate(llm_edge_cache_hits_total[5m])) / (sum by (tier) (rate(llm_edge_cache_hits_total[5m])) + sum by (tier) (rate(llm_edge_cache_misses_total[5m])))',
  },
  llm_edge_cache_misses_total: {
    kind: 'counter',
    description: 'Number of cache lookups that found nothing.',
    labels: { tier: TIERS },
    interpretation: 'A miss of L1 that hits L2 counts once in each tier.',
    seeAlso: ['llm_edge_cache_hits_total'],
    query: 'sum by (tier) (rate(llm_edge_cache_misses_total[5m]))',
  },
  llm_edge_provider_available: {
    kind: 'gauge',
    merge: 'latest',
    description: 'Whether a provider is healthy: 1 healthy, 0 unhealthy.',
    labels: { provider: PROVIDER },
    interpretation:
      'What the last health check, or the failover logic, reported. Absent until the first report.',
    seeAlso: ['llm_edge_circuit_breaker_state', 'llm_edge_failovers_total'],
    query: 'min by (provider) (llm_edge_provider_available)',
  },
  llm_edge_time_to_first_token_ms: {
    kind: 'histogram',
    description: 'Time from sending a streamed request to its first output of any kind, in milliseconds.',
    labels: { provider: PROVIDER, model: MODEL },
    buckets: DURATION_BUCKETS_MS,
    interpretation:
      'Text, reasoning, a tool call, a refusal, audio, an image or a citation counts; role frames, pings and headers do not. It is the time that a user waits before anything appears.',
    seeAlso: ['llm_edge_time_per_output_token_ms', 'llm_edge_request_duration_ms'],
    query:
      'histogram_quantile(0.95, sum by (provider, model, le) (rate(llm_edge_time_to_first_token_ms_bucket[5m])))',
  },
  llm_edge_time_per_output_token_ms: {
    kind: 'histogram',
    description: 'Time per output token after the first, once for each stream, in milliseconds.',
    labels: { provider: PROVIDER, model: MODEL },
    buckets: PER_TOKEN_BUCKETS_MS,
    interpretation:
      '(duration - time to first token) / (output tokens - 1). Its inverse is the speed of a stream; a rise means that the provider is overloaded.',
    seeAlso: ['llm_edge_time_to_first_token_ms'],
    query:
      'histogram_quantile(0.5, sum by (provider, model, le) (rate(llm_edge_time_per_output_token_ms_bucket[5m])))',
  },
  llm_edge_token_details_total: {
    kind: 'counter',
    description:
      'Number of tokens that are subsets of llm_edge_tokens_total: cache reads, cache writes, reasoning.',
    labels: { provider: PROVIDER, model: MODEL, type: ['cache_read', 'cache_write', 'reasoning'] },
    interpretation:
      'Cache reads and writes are part of the input, reasoning is part of the output; adding them to llm_edge_tokens_total would count twice.',
    seeAlso: ['llm_edge_tokens_total'],
    query:
      'sum by (model) (rate(llm_edge_token_details_total{type="cache_read"}[5m])) / sum by (model) (rate(llm_edge_tokens_total{type="input"}[5m]))',
  },
  llm_edge_billed_units_total: {
    kind: 'counter',
    description: 'Number of units other than tokens that requests were billed for or reported, by unit.',
    labels: {
      provider: PROVIDER,
      model: MODEL,
      unit: [
        'input_audio_seconds',
        'output_audio_seconds',
        'input_characters',
        'output_images',
        'input_pages',
        'annotated_pages',
        'search_units',
        'reranked_documents',
        'compute_seconds',
        'web_searches',
        'file_searches',
        'web_search_previews',
        'other_tool_calls',
        'social_searches',
        'code_executions',
        'guardrail_units',
        'guardrail_runs',
      ],
    },
    interpretation:
      'What models that are not billed by tokens did: searches of a rerank, seconds of audio, characters spoken, images, pages, calls of tools and guardrails that the provider ran. Units differ in kind: never add them up. reranked_documents and, beside a price by tokens, compute_seconds are for information.',
    seeAlso: ['llm_edge_tokens_total', 'llm_edge_cost_usd_total'],
    query: 'sum by (provider, model, unit) (rate(llm_edge_billed_units_total[5m]))',
  },
  llm_edge_unpriced_requests_total: {
    kind: 'counter',
    description: 'Number of requests with usage whose price is unknown, by reason.',
    labels: { provider: PROVIDER, model: MODEL, reason: UNPRICED_REASONS },
    interpretation:
      'Anything above zero is cost that llm_edge_cost_usd_total lacks: add a price override. unknown_provider: no price of that provider is known. unknown_model: prices of the provider are known, but none of this model. unknown_unit: the price of the model lacks a rate for something that was used, or for its service tier. pricing.check() lists the models.',
    seeAlso: ['llm_edge_cost_usd_total'],
    query: 'sum by (provider, model, reason) (increase(llm_edge_unpriced_requests_total[1h]))',
  },
  llm_edge_usage_missing_total: {
    kind: 'counter',
    description: 'Number of answers without usage, or cut off before all of their usage, by reason.',
    labels: { provider: PROVIDER, model: MODEL, reason: USAGE_MISSING_REASONS },
    interpretation:
      'Tokens and cost that the provider did not report are never guessed in llm_edge_tokens_total and llm_edge_cost_usd_total. not_asked: the stream reports usage only if stream_options.include_usage is set. cut_off: the caller, its time limit or the network ended the answer before its usage; of Anthropic, which reports the input at the start, the input is counted. not_reported: the provider left the usage out. too_large: the answer exceeds a bound of docs/threat-model.md.',
    seeAlso: ['llm_edge_tokens_total', 'llm_edge_estimated_tokens_total'],
    query: 'sum by (provider, model, reason) (increase(llm_edge_usage_missing_total[1h]))',
  },
  llm_edge_estimated_tokens_total: {
    kind: 'counter',
    description: 'Estimated number of output tokens of streams that were cut off before their usage.',
    labels: { provider: PROVIDER, model: MODEL },
    interpretation:
      'Only with estimateUsage: true. Never part of llm_edge_tokens_total, and without what the model generated but did not send, such as hidden reasoning. docs/unseen.md has the rule and its error.',
    seeAlso: ['llm_edge_usage_missing_total', 'llm_edge_tokens_total'],
    query: 'sum by (provider, model) (increase(llm_edge_estimated_tokens_total[1h]))',
  },
  llm_edge_estimated_cost_usd_total: {
    kind: 'counter',
    description:
      'Estimated cost of the output of streams that were cut off before their usage, in US dollars.',
    labels: { provider: PROVIDER, model: MODEL },
    interpretation:
      'The price of llm_edge_estimated_tokens_total: output only. Never part of llm_edge_cost_usd_total, and not charged to budgets.',
    seeAlso: ['llm_edge_estimated_tokens_total', 'llm_edge_cost_usd_total'],
    query: 'sum by (provider, model) (increase(llm_edge_estimated_cost_usd_total[1h]))',
  },
  llm_edge_cache_savings_usd_total: {
    kind: 'counter',
    description: 'Cost that cache hits saved, in US dollars.',
    labels: { tier: TIERS },
    interpretation:
      'What the cached answers would have cost if requested again. Compare with the cost to see what the cache is worth.',
    seeAlso: ['llm_edge_cache_hits_total', 'llm_edge_cost_usd_total'],
    query: 'sum by (tier) (rate(llm_edge_cache_savings_usd_total[5m])) * 3600',
  },
  llm_edge_retries_total: {
    kind: 'counter',
    description: 'Number of requests sent again to the same provider, by the error that was retried.',
    labels: { provider: PROVIDER, model: MODEL, error_type: ERROR_TYPES },
    interpretation: 'A storm of retries multiplies cost and load; error_type is the error that was retried.',
    seeAlso: ['llm_edge_failovers_total', 'llm_edge_requests_total'],
    query: 'sum by (provider, error_type) (rate(llm_edge_retries_total[5m]))',
  },
  llm_edge_failovers_total: {
    kind: 'counter',
    description: 'Number of times work moved from a failing provider to another.',
    labels: { from_provider: ROUTE, to_provider: ROUTE, error_type: ERROR_TYPES },
    interpretation: 'from_provider failed with error_type; to_provider took over.',
    seeAlso: ['llm_edge_provider_available', 'llm_edge_retries_total'],
    query: 'sum by (from_provider, to_provider) (increase(llm_edge_failovers_total[5m]))',
  },
  llm_edge_circuit_breaker_state: {
    kind: 'gauge',
    merge: 'latest',
    description: "State of a provider's circuit breaker: 0 closed, 1 half-open, 2 open.",
    labels: { provider: PROVIDER },
    interpretation: 'At 2 no request is sent to the provider; at 1 a few are let through to test it.',
    seeAlso: ['llm_edge_provider_available'],
    query: 'max by (provider) (llm_edge_circuit_breaker_state)',
  },
  llm_edge_rate_limit_remaining: {
    kind: 'gauge',
    merge: 'latest',
    description:
      "What the provider's rate limit of a model still allows in its window, according to its last answer.",
    labels: { provider: PROVIDER, model: MODEL, limit: ['requests', 'tokens'] },
    interpretation:
      'Near zero means that 429 answers are imminent. Absent once the last answer is too old to be current. Most providers limit each model separately; model="*" is one limit for all models, recorded by hand.',
    seeAlso: ['llm_edge_rate_limit_limit'],
    query: 'min by (provider, model, limit) (llm_edge_rate_limit_remaining / llm_edge_rate_limit_limit)',
  },
  llm_edge_rate_limit_limit: {
    kind: 'gauge',
    merge: 'latest',
    description: "The provider's rate limit of a model for its window, according to its last answer.",
    labels: { provider: PROVIDER, model: MODEL, limit: ['requests', 'tokens'] },
    interpretation: 'Changes when the account moves to another usage tier.',
    seeAlso: ['llm_edge_rate_limit_remaining'],
    query: 'max by (provider, model, limit) (llm_edge_rate_limit_limit)',
  },
  llm_edge_operations_total: {
    kind: 'counter',
    description: 'Number of operations served to callers of the gateway, by outcome.',
    labels: { status: ['success', 'error'], error_type: ERROR_TYPES },
    onlyWhen: { error_type: { status: 'error' } },
    interpretation:
      'The outcome that callers saw: a request that failed and then succeeded by a retry or a failover is a success here. Base the service-level objective on it.',
    seeAlso: ['llm_edge_requests_total', 'llm_edge_operation_duration_ms'],
    query:
      'sum(rate(llm_edge_operations_total{status="error"}[5m])) / sum(rate(llm_edge_operations_total[5m]))',
  },
  llm_edge_operation_duration_ms: {
    kind: 'histogram',
    description: 'Time of an operation as its caller saw it, in milliseconds.',
    labels: {},
    buckets: DURATION_BUCKETS_MS,
    interpretation: 'Includes cache lookups, retries and failovers.',
    seeAlso: ['llm_edge_overhead_ms', 'llm_edge_request_duration_ms'],
    query: 'histogram_quantile(0.95, sum by (le) (rate(llm_edge_operation_duration_ms_bucket[5m])))',
  },
  llm_edge_overhead_ms: {
    kind: 'histogram',
    description: 'Time of an operation in which no request to a provider was in flight, in milliseconds.',
    labels: {},
    buckets: OVERHEAD_BUCKETS_MS,
    interpretation:
      "The gateway's own share of the latency: cache, routing, serialisation, waiting between retries.",
    seeAlso: ['llm_edge_operation_duration_ms'],
    query: 'histogram_quantile(0.99, sum by (le) (rate(llm_edge_overhead_ms_bucket[5m])))',
  },
  llm_edge_budget_limit_usd: {
    kind: 'gauge',
    merge: 'latest',
    description: 'Limit of a budget for its window, in US dollars.',
    labels: { budget: { limiter: 'budget' } },
    interpretation: 'Set by configuration.',
    seeAlso: ['llm_edge_budget_spent_usd'],
    query: 'max by (budget) (llm_edge_budget_limit_usd)',
  },
  llm_edge_budget_spent_usd: {
    kind: 'gauge',
    merge: 'window',
    description: 'Cost charged to a budget in its current window, in US dollars.',
    labels: { budget: { limiter: 'budget' } },
    interpretation:
      'Falls back to zero when a new window begins. Sum over the instances: each counts its own spending.',
    seeAlso: ['llm_edge_budget_limit_usd', 'llm_edge_cost_usd_total'],
    query: 'sum by (budget) (llm_edge_budget_spent_usd) / max by (budget) (llm_edge_budget_limit_usd)',
  },
  llm_edge_price_list_timestamp_seconds: {
    kind: 'gauge',
    merge: 'lowest',
    description: 'When the price list in force was published, in seconds since the epoch.',
    labels: {},
    interpretation:
      'Prices change about monthly. Past 30 days, update this package or set pricing.list to a newer list.',
    seeAlso: ['llm_edge_price_list_info', 'llm_edge_unpriced_requests_total'],
    query: 'time() - min(llm_edge_price_list_timestamp_seconds)',
  },
  llm_edge_price_list_info: {
    kind: 'gauge',
    merge: 'highest',
    description: 'The price list in force; its value is always 1.',
    labels: { source: ['bundled', 'file', 'url'], version: { limiter: 'version' } },
    interpretation: 'Two versions among the processes of one service mean two costs for one request.',
    seeAlso: ['llm_edge_price_list_timestamp_seconds'],
    query: 'count by (source, version) (llm_edge_price_list_info)',
  },
  llm_edge_price_list_last_reload_successful: {
    kind: 'gauge',
    merge: 'lowest',
    description:
      'Whether the last attempt to load a newer price list was successful: 1 if so, or if there was none.',
    labels: {},
    interpretation:
      'At 0 the list that was in force before stays in force; the diagnostic log says what is wrong.',
    seeAlso: ['llm_edge_price_list_info'],
    query: 'min(llm_edge_price_list_last_reload_successful)',
  },
  ...PACKAGE_METRICS,
});

/** The number of metrics in the catalogue. */
export const METRIC_COUNT = Object.keys(METRICS).length;
