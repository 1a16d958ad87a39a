/** Calls of one model with one key, in each minute. */
interface Calls {
  readonly provider: string;
  readonly model: string;
  readonly key: string;
  readonly success: number;
  readonly errors: Readonly<Record<string, number>>;
  readonly input: number;
  readonly output: number;
  readonly cacheRead: number;
  readonly costUsd: number;
  /** Successes and failures by the upper bound of their duration, in ms; a call lasts half of it. */
  readonly durations: Readonly<Record<number, number>>;
  readonly firstTokens: Readonly<Record<number, number>>;
  readonly retries: number;
  readonly cacheHits: number;
  readonly remaining: number;
}

/** Two keys share a model, and another model has one key. */
const TRAFFIC: readonly Calls[] = [
  {
    provider: 'openai',
    model: 'gpt-4o',
    key: 'k1',
    success: 50,
    errors: { rate_limited: 4, timeout: 6 },
    input: 9000,
    output: 2500,
    cacheRead: 3000,
    costUsd: 0.25,
    durations: { 100: 10, 10000: 35, 120000: 15 },
    firstTokens: { 100: 20, 10000: 30 },
    retries: 4,
    cacheHits: 7,
    remaining: 90,
  },
  {
    provider: 'openai',
    model: 'gpt-4o',
    key: 'k2',
    success: 20,
    errors: { rate_limited: 10 },
    input: 4000,
    output: 1700,
    cacheRead: 500,
    costUsd: 0.125,
    durations: { 100: 5, 10000: 15, 120000: 10 },
    firstTokens: { 100: 5, 10000: 15 },
    retries: 2,
    cacheHits: 3,
    remaining: 40,
  },
  {
    provider: 'google',
    model: 'gemini-2.5-pro',
    key: 'k1',
    success: 30,
    errors: { timeout: 3 },
    input: 5000,
    output: 4000,
    cacheRead: 1000,
    costUsd: 0.5,
    durations: { 100: 1, 10000: 22, 120000: 10 },
    firstTokens: { 100: 2, 10000: 28 },
    retries: 1,
    cacheHits: 2,
    remaining: 15,
  },
];

/** Samples of a series for an hour, and what they are named. */
export interface InputSeries {
  readonly series: string;
  readonly values: string;
}

type Labels = Readonly<Record<string, string>>;

/** Sums what several calls add to the same series. */
class Samples {
  readonly #perMinute = new Map<string, number>();
  readonly #gauges = new Map<string, number>();

  add(name: string, labels: Labels, perMinute: number): void {
    const series = named(name, labels);
    this.#perMinute.set(series, (this.#perMinute.get(series) ?? 0) + perMinute);
  }

  set(name: string, labels: Labels, value: number): void {
    this.#gauges.set(named(name, labels), value);
  }

  /** A histogram of times in ms, in a unit of so many ms. */
  times(name: string, labels: Labels, times: Readonly<Record<number, number>>, msPerUnit: number): void {
    for (const bound of [100, 10_000, 120_000, 600_000]) {
      const below = Object.entries(times).filter(([upper]) => Number(upper) <= bound);
      const count = below.reduce((sum, [, calls]) => sum + calls, 0);
      this.add(`${name}_bucket`, { ...labels, le: String(bound / msPerUnit) }, count);
    }
    const all = Object.entries(times);
    const count = all.reduce((sum, [, calls]) => sum + calls, 0);
    this.add(`${name}_bucket`, { ...labels, le: '+Inf' }, count);
    this.add(`${name}_count`, labels, count);
    const total = all.reduce((sum, [upper, calls]) => sum + (Number(upper) / 2) * calls, 0);
    this.add(`${name}_sum`, labels, total / msPerUnit);
  }

  series(): readonly InputSeries[] {
    return [
      ...[...this.#perMinute].map(([series, step]) => ({ series, values: `0+${step}x60` })),
      ...[...this.#gauges].map(([series, value]) => ({ series, values: `${value}x60` })),
    ];
  }
}

function named(name: string, labels: Labels): string {
  const pairs = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
  return `${name}{${pairs.join(',')}}`;
}

const TARGET = { job: 'gateway', instance: 'a:1' };

/** The traffic as this package measures it. */
export function oursOf(): readonly InputSeries[] {
  const samples = new Samples();
  for (const calls of TRAFFIC) {
    const { provider, model } = calls;
    const labels = { ...TARGET, provider, model };
    samples.add('llm_edge_requests_total', { ...labels, status: 'success' }, calls.success);
    samples.add('llm_edge_operations_total', { ...TARGET, status: 'success' }, calls.success);
    for (const [type, count] of Object.entries(calls.errors)) {
      const failure = { status: 'error', error_type: type };
      samples.add('llm_edge_requests_total', { ...labels, ...failure }, count);
      samples.add('llm_edge_operations_total', { ...TARGET, ...failure }, count);
      samples.add('llm_edge_retries_total', { ...labels, error_type: type }, count === 6 ? 0 : calls.retries);
    }
    samples.add('llm_edge_tokens_total', { ...labels, type: 'input' }, calls.input);
    samples.add('llm_edge_tokens_total', { ...labels, type: 'output' }, calls.output);
    samples.add('llm_edge_token_details_total', { ...labels, type: 'cache_read' }, calls.cacheRead);
    samples.add('llm_edge_cost_usd_total', labels, calls.costUsd);
    samples.add('llm_edge_cache_hits_total', { ...TARGET, tier: 'L1' }, calls.cacheHits);
    samples.times('llm_edge_request_duration_ms', labels, calls.durations, 1);
    samples.times('llm_edge_operation_duration_ms', TARGET, calls.durations, 1);
    samples.times('llm_edge_time_to_first_token_ms', labels, calls.firstTokens, 1);
    samples.times('llm_edge_overhead_ms', TARGET, calls.firstTokens, 1);
    samples.set('llm_edge_circuit_breaker_state', { ...TARGET, provider }, provider === 'google' ? 2 : 0);
  }
  samples.set('llm_edge_active_requests', TARGET, 12);
  for (const [provider, model, left] of [
    ['openai', 'gpt-4o', 40],
    ['google', 'gemini-2.5-pro', 15],
  ] as const) {
    samples.set('llm_edge_rate_limit_remaining', { ...TARGET, provider, model, limit: 'requests' }, left);
    samples.set(
      'llm_edge_rate_limit_remaining',
      { ...TARGET, provider, model, limit: 'tokens' },
      left * 1000,
    );
  }
  return samples.series();
}

const STATUSES: Readonly<Record<string, string>> = { rate_limited: '429', timeout: '408' };
const CLASSES: Readonly<Record<string, string>> = {
  rate_limited: 'RateLimitError',
  timeout: 'APITimeoutError',
};

function litellmOf(): readonly InputSeries[] {
  const samples = new Samples();
  for (const calls of TRAFFIC) {
    const api_provider = calls.provider === 'google' ? 'gemini' : calls.provider;
    const by = { ...TARGET, hashed_api_key: calls.key, team: `of-${calls.key}` };
    const called = { ...by, api_provider, model: calls.model };
    const deployed = { ...by, api_provider, litellm_model_name: calls.model };
    const failed = Object.entries(calls.errors);
    const errors = failed.reduce((sum, [, count]) => sum + count, 0);
    samples.add('litellm_deployment_success_responses_total', deployed, calls.success);
    samples.add('litellm_deployment_total_requests_total', deployed, calls.success + errors);
    samples.add('litellm_proxy_total_requests_metric_total', { ...by, status_code: '200' }, calls.success);
    for (const [type, count] of failed) {
      const exception = { exception_status: STATUSES[type] ?? '' };
      samples.add('litellm_deployment_failure_responses_total', { ...deployed, ...exception }, count);
      samples.add('litellm_proxy_failed_requests_metric_total', { ...by, ...exception }, count);
      samples.add(
        'litellm_proxy_total_requests_metric_total',
        { ...by, status_code: STATUSES[type] ?? '' },
        count,
      );
    }
    samples.add('litellm_spend_metric_total', called, calls.costUsd);
    samples.add('litellm_input_tokens_metric_total', called, calls.input);
    samples.add('litellm_output_tokens_metric_total', called, calls.output);
    samples.add('litellm_total_tokens_metric_total', called, calls.input + calls.output);
    samples.add('litellm_input_cached_tokens_metric_total', called, calls.cacheRead);
    samples.add('litellm_cache_hits_metric_total', called, calls.cacheHits);
    samples.times('litellm_llm_api_latency_metric', called, calls.durations, 1000);
    samples.times('litellm_request_total_latency_metric', called, calls.durations, 1000);
    samples.times('litellm_llm_api_time_to_first_token_metric', called, calls.firstTokens, 1000);
    samples.times('litellm_overhead_latency_metric', deployed, calls.firstTokens, 1000);
    samples.set('litellm_remaining_requests_metric', deployed, calls.remaining);
    const state = calls.provider === 'google' ? 2 : 0;
    const { hashed_api_key: _key, team: _team, ...deployment } = deployed;
    samples.set('litellm_deployment_state', deployment, state);
  }
  samples.set('litellm_in_flight_requests', TARGET, 12);
  return samples.series();
}

function bifrostOf(): readonly InputSeries[] {
  const samples = new Samples();
  for (const calls of TRAFFIC) {
    const provider = calls.provider === 'google' ? 'gemini' : calls.provider;
    const labels = { ...TARGET, provider, model: calls.model, virtual_key_id: calls.key };
    const errors = Object.values(calls.errors).reduce((sum, count) => sum + count, 0);
    samples.add('bifrost_upstream_requests_total', labels, calls.success + errors);
    samples.add('bifrost_success_requests_total', labels, calls.success);
    for (const [type, count] of Object.entries(calls.errors)) {
      const error = { status_code: STATUSES[type] ?? '', error_type: type };
      samples.add('bifrost_error_requests_total', { ...labels, ...error }, count);
    }
    samples.add('bifrost_upstream_latency_seconds_count', { ...labels, is_success: 'false' }, errors);
    samples.add('bifrost_upstream_latency_seconds_count', { ...labels, is_success: 'true' }, 0);
    samples.add('bifrost_input_tokens_total', labels, calls.input);
    samples.add('bifrost_output_tokens_total', labels, calls.output);
    samples.add('bifrost_cache_read_input_tokens_total', labels, calls.cacheRead);
    samples.add('bifrost_cost_total', labels, calls.costUsd);
    samples.add('bifrost_cache_hits_total', { ...labels, cache_type: 'direct' }, calls.cacheHits);
    const timed = { ...labels, is_success: 'true' };
    samples.times('bifrost_upstream_latency_seconds', timed, calls.durations, 1000);
    samples.times('bifrost_stream_first_token_latency_seconds', labels, calls.firstTokens, 1000);
    samples.times('bifrost_overhead_latency_microseconds', labels, calls.firstTokens, 0.001);
  }
  samples.set('bifrost_active_requests', { ...TARGET, method: 'chat_completion' }, 8);
  samples.set('bifrost_active_requests', { ...TARGET, method: 'embedding' }, 4);
  return samples.series();
}

function genAiOf(more: Labels, model: string, errors: Readonly<Record<string, string>> | undefined) {
  const samples = new Samples();
  for (const calls of TRAFFIC) {
    const name = calls.provider === 'google' ? 'gcp.gemini' : calls.provider;
    const labels = { ...TARGET, ...more, gen_ai_provider_name: name, [model]: calls.model };
    const operation = { ...labels, gen_ai_operation_name: calls.key === 'k1' ? 'chat' : 'embeddings' };
    samples.add('gen_ai_client_token_usage_sum', { ...operation, gen_ai_token_type: 'input' }, calls.input);
    samples.add('gen_ai_client_token_usage_sum', { ...operation, gen_ai_token_type: 'output' }, calls.output);
    samples.times('gen_ai_client_operation_duration_seconds', operation, calls.durations, 1000);
    samples.times('gen_ai_client_operation_time_to_first_chunk_seconds', operation, calls.firstTokens, 1000);
    samples.times('gen_ai_server_time_to_first_token_seconds', operation, calls.firstTokens, 1000);
    samples.times('gen_ai_server_request_duration_seconds', operation, calls.durations, 1000);
    samples.add('gen_ai_client_inference_usage_input_tokens_total', operation, calls.input);
    samples.add('gen_ai_client_inference_usage_cache_read_input_tokens_total', operation, calls.cacheRead);
    samples.add('gen_ai_usage_cost_USD_sum', operation, calls.costUsd);
    for (const [type, count] of Object.entries(calls.errors)) {
      const error_type = errors?.[type] ?? type;
      // Failures are a part of the count: the rest has no error type.
      samples.add('gen_ai_client_operation_duration_seconds_count', { ...operation, error_type }, count);
      samples.add('gen_ai_client_operation_duration_seconds_count', operation, -count);
      samples.add('llm_openai_chat_completions_exceptions_time_total', { ...TARGET, error_type }, count);
    }
  }
  return samples.series();
}

/** The traffic as another product measures it. */
export const THEIRS: Readonly<Record<string, () => readonly InputSeries[]>> = {
  litellm: litellmOf,
  bifrost: bifrostOf,
  gen_ai: () => genAiOf({}, 'gen_ai_request_model', undefined),
  openlit: () => genAiOf({ telemetry_sdk_name: 'openlit' }, 'gen_ai_request_model', undefined),
  openllmetry: () => genAiOf({ stream: 'true' }, 'gen_ai_response_model', CLASSES),
};

/** The values of theirs that are another value here, by label of ours. */
export const RENAMED_VALUES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  provider: { gemini: 'google', 'gcp.gemini': 'google' },
  error_type: {
    429: 'rate_limited',
    408: 'timeout',
    RateLimitError: 'rate_limited',
    APITimeoutError: 'timeout',
  },
};
