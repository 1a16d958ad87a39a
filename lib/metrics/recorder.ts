import { ProxyTracerProvider, type SpanContext, type Tracer } from '@opentelemetry/api';
import type { ErrorType } from '../catalogue/error-types.js';
import type { LabelValueOf } from '../catalogue/labels.js';
import type { CostAttributes } from '../catalogue/semconv.js';
import { sharedState } from '../global-state.js';

/** Subsets of the token counts; see {@link Usage} for the meaning of each. */
export interface TokenDetails {
  readonly cacheReadTokens?: number | undefined;
  readonly cacheWriteTokens?: number | undefined;
  readonly reasoningTokens?: number | undefined;
}

/** What is counted beside tokens, by the names of the catalogue. */
export type BilledUnit = LabelValueOf<'llm_edge_billed_units_total', 'unit'>;

type CamelCase<Name extends string> = Name extends `${infer First}_${infer Rest}`
  ? `${First}${Capitalize<CamelCase<Rest>>}`
  : Name;

/** What is counted beside tokens: `search_units` as `searchUnits`. */
export type UnitCounts = { readonly [Unit in BilledUnit as CamelCase<Unit>]?: number | undefined };

/** The tokens of a request by modality, and its other units; see {@link Usage} for the meaning of each. */
export interface TokenCounts extends TokenDetails, UnitCounts {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly inputAudioTokens?: number | undefined;
  readonly inputImageTokens?: number | undefined;
  readonly cacheReadAudioTokens?: number | undefined;
  readonly cacheReadImageTokens?: number | undefined;
  readonly outputAudioTokens?: number | undefined;
  readonly outputImageTokens?: number | undefined;
}

/** What the GenAI metrics say of a call beside its provider and the requested model. */
export interface CallFacts {
  /** GenAI operation name. */
  readonly operation: string;
  readonly responseModel?: string | undefined;
  readonly serverAddress?: string | undefined;
  readonly serverPort?: number | undefined;
}

/** The facts of a request that a caller records by hand: its operation is that of `observeRequest` by default. */
export const HAND_RECORDED: CallFacts = Object.freeze({ operation: 'chat' });

/** The request that an operation is named after in the GenAI metrics. */
export interface ServingRequest extends CallFacts {
  readonly provider: string;
  readonly model: string;
  /** When the first token of a streamed answer came, on the recorder's clock. */
  readonly firstTokenMs?: number | undefined;
  /** The number of output tokens after the first one. */
  readonly pacedTokens?: number | undefined;
}

/** An operation in the GenAI metrics. */
export interface ServedOperation {
  readonly request: ServingRequest;
  /** When the operation started, on the recorder's clock. */
  readonly startMs: number;
}

/** Cache tier: `L1` in memory, `L2` shared, `L3` durable. */
export type CacheTier = 'L1' | 'L2' | 'L3';

/** State of a circuit breaker. */
export type CircuitState = 'closed' | 'half_open' | 'open';

/** The rate limit that a provider reported in an answer. */
export interface RateLimit {
  /** The amount that is left in the window. */
  readonly remaining?: number | undefined;
  /** The size of the window. */
  readonly limit?: number | undefined;
  /** Time until the window is full again, in milliseconds. The values are dropped then, but after a minute at least. */
  readonly resetMs?: number | undefined;
}

/** The record helpers that users call. None of them throws or waits. */
export interface Recorder {
  /** Records a request that a provider answered. See {@link recordRequestSuccess}. */
  recordRequestSuccess(provider: string, model: string, latencyMs: number): void;
  /** Records a request that failed. See {@link recordRequestFailure}. */
  recordRequestFailure(provider: string, model: string, errorType: string, latencyMs?: number): void;
  /** Records the tokens of one request. See {@link recordTokenUsage}. */
  recordTokenUsage(
    provider: string,
    model: string,
    inputTokens: number,
    outputTokens: number,
    details?: TokenDetails,
  ): void;
  /** Adds the cost of one request. See {@link recordCost}. */
  recordCost(provider: string, model: string, costUsd: number): void;
  /** Counts a cache lookup that found an answer in a tier. */
  recordCacheHit(tier: CacheTier): void;
  /** Counts a cache lookup that found nothing in a tier. */
  recordCacheMiss(tier: CacheTier): void;
  /** Adds the cost, in US dollars, that a cache hit saved. */
  recordCacheSavings(tier: CacheTier, savedUsd: number): void;
  /** Sets whether a provider is healthy. */
  recordProviderHealth(provider: string, healthy: boolean): void;
  /** Sets the number of requests in flight that are not tracked. See {@link recordActiveRequests}. */
  recordActiveRequests(count: number): void;
  /** Counts a request sent again to the same provider. See {@link recordRetry}. */
  recordRetry(provider: string, model: string, errorType: string): void;
  /** Counts work that moved from a failing provider to another. See {@link recordFailover}. */
  recordFailover(fromProvider: string, toProvider: string, errorType: string): void;
  /** Sets the state of a provider's circuit breaker. */
  recordCircuitState(provider: string, state: CircuitState): void;
  /** Sets the rate limit that a provider reported in an answer. See {@link recordRateLimit}. */
  recordRateLimit(provider: string, model: string, limit: 'requests' | 'tokens', values: RateLimit): void;
  /** Sets a budget's limit and the amount spent in its current window, both in US dollars. */
  recordBudget(budget: string, limitUsd: number, spentUsd: number): void;
}

/** Why a request with usage has no cost. */
export type UnpricedReason = LabelValueOf<'llm_edge_unpriced_requests_total', 'reason'>;

/** Why the usage of an answer, or a part of it, is not known. */
export type UsageMissingReason = LabelValueOf<'llm_edge_usage_missing_total', 'reason'>;

/** What an unrecognised request was seen by. */
export type SeenBy = LabelValueOf<'llm_edge_monitoring_unrecognised_requests_total', 'seen_by'>;

/** Why a value was dropped or mapped. */
export type DropReason = LabelValueOf<'llm_edge_monitoring_dropped_total', 'reason'>;

/**
 * The recorder that requests and operations use. It has more methods than the public helpers.
 *
 * Internal; not covered by semver.
 */
export interface RequestRecorder extends Recorder {
  /** Distinguishes it from the no-op recorder, for which callers skip all work. */
  readonly enabled: true;
  readonly tracer: Tracer;
  /** Further names under which costs are set on spans; none if absent. */
  readonly costAttributes?: readonly CostAttributes[];
  /** Whether events stay on their span where the process has a LoggerProvider, because only this package exports it. */
  readonly keepsEvents?: boolean;
  /** Returns monotonic milliseconds. */
  now(): number;
  /** Adds to the number of tracked requests in flight. */
  addActiveRequests(delta: 1 | -1): void;
  /** Whether the metrics of the GenAI conventions are on. If not, callers need not pass facts. */
  readonly genAi: boolean;
  /** Records the outcome and duration of one request; `spanContext` becomes the exemplar. */
  recordRequest(
    provider: string,
    model: string,
    errorType: ErrorType | undefined,
    durationMs: number,
    spanContext?: SpanContext,
    call?: CallFacts,
  ): void;
  /**
   * Records the tokens of a request, like {@link recordTokenUsage}, by modality where that is known.
   *
   * @param servedModel - the model that the tokens belong to, if it is another one than the requested `model`.
   */
  recordUsage(
    provider: string,
    model: string,
    usage: TokenCounts,
    call?: CallFacts,
    errorType?: ErrorType,
    servedModel?: string,
  ): void;
  /** Records the cost that the provider reported of a request, and the cost by the prices in force. */
  recordReportedCost(provider: string, model: string, reportedUsd: number, recomputedUsd: number): void;
  /** Counts a request through an intermediary that an upstream provider answered. */
  recordRoutedRequest(provider: string, upstream: string): void;
  /** Records the time to a chunk of a stream: from the request to the first one, from the chunk before to others. */
  recordChunk(
    provider: string,
    model: string,
    place: 'first' | 'later',
    durationMs: number,
    call: CallFacts,
  ): void;
  recordTimeToFirstToken(
    provider: string,
    model: string,
    durationMs: number,
    spanContext?: SpanContext,
  ): void;
  recordTimePerOutputToken(provider: string, model: string, durationMs: number): void;
  recordUnpricedRequest(provider: string, model: string, reason: UnpricedReason): void;
  /** Counts an answer without usage, and logs the first one of each reason. */
  recordUsageMissing(provider: string, model: string, reason: UsageMissingReason): void;
  /** Records output that was estimated because its stream was cut off, and its cost where there is a price. */
  recordEstimate(provider: string, model: string, outputTokens: number, costUsd: number | undefined): void;
  /**
   * Counts a request that looks like a call to a model and was not recognised.
   *
   * @returns whether it is the first one of its host, up to the limit of hosts.
   */
  recordUnrecognised(host: string, seenBy: SeenBy): boolean;
  /** Returns the provider under which requests to an unrecognised host are recorded: the host, or `other`. */
  admitGuest(host: string): string;
  recordOperation(
    errorType: ErrorType | undefined,
    durationMs: number,
    overheadMs: number,
    spanContext?: SpanContext,
    /** What the GenAI metrics name the operation after. They leave it out if this is absent. */
    served?: ServedOperation,
  ): void;
  /** Counts a dropped value, and logs the first one of each reason. */
  drop(reason: DropReason, where: string): void;
}

/** The recorder before `initMonitoring` and after `shutdown`. It has no record methods, because callers skip them. */
export interface NoopRecorder {
  readonly enabled: false;
  readonly tracer: Tracer;
  drop(reason: DropReason, where: string): void;
}

export const NOOP_RECORDER: NoopRecorder = Object.freeze({
  enabled: false,
  // A proxy without a delegate returns the API's no-op tracer, whatever provider the process registers.
  tracer: new ProxyTracerProvider().getTracer('llm-edge-monitoring'),
  drop: () => undefined,
});

/** The current recorder of the process. */
export const current = sharedState<{ recorder: RequestRecorder | NoopRecorder }>('recorder.v1', () => ({
  recorder: NOOP_RECORDER,
}));

/**
 * Records a request that a provider answered: its outcome and its duration.
 *
 * @param provider - the called provider, such as `openai`.
 * @param model - the requested model.
 * @param latencyMs - from sending the request to its end, in milliseconds. A value that is negative, not finite or
 * longer than 7 days is dropped and counted; the request still counts.
 */
export function recordRequestSuccess(provider: string, model: string, latencyMs: number): void {
  if (current.recorder.enabled) current.recorder.recordRequestSuccess(provider, model, latencyMs);
}

/**
 * Records a request that failed.
 *
 * @param provider - the called provider.
 * @param model - the requested model.
 * @param errorType - one of `ERROR_TYPES`, or a spelling of the Rust crate such as `rate_limit`. Any other string
 * becomes `unknown` and is counted in `llm_edge_monitoring_dropped_total`.
 * @param latencyMs - time until the failure, in milliseconds; without it no duration is recorded.
 */
export function recordRequestFailure(
  provider: string,
  model: string,
  errorType: string,
  latencyMs?: number,
): void {
  if (current.recorder.enabled) current.recorder.recordRequestFailure(provider, model, errorType, latencyMs);
}

/**
 * Records the tokens of one request.
 *
 * @param provider - the called provider.
 * @param model - the requested model.
 * @param inputTokens - tokens of the input, cached ones INCLUDED. Anthropic's raw `input_tokens` leaves them out:
 * add its cache reads and writes.
 * @param outputTokens - tokens of the output, reasoning INCLUDED.
 * @param details - subsets of the two counts. Any count that is negative, not finite or greater than 1e10 is dropped
 * and counted.
 */
export function recordTokenUsage(
  provider: string,
  model: string,
  inputTokens: number,
  outputTokens: number,
  details?: TokenDetails,
): void {
  if (current.recorder.enabled)
    current.recorder.recordTokenUsage(provider, model, inputTokens, outputTokens, details);
}

/**
 * Adds the cost of one request.
 *
 * @param provider - the called provider.
 * @param model - the requested model.
 * @param costUsd - in US dollars, fractions of a cent included. A value that is negative, not finite or greater than
 * 1,000,000 is dropped and counted.
 */
export function recordCost(provider: string, model: string, costUsd: number): void {
  if (current.recorder.enabled) current.recorder.recordCost(provider, model, costUsd);
}

/** Counts a cache lookup that found an answer in a tier. */
export function recordCacheHit(tier: CacheTier): void {
  if (current.recorder.enabled) current.recorder.recordCacheHit(tier);
}

/** Counts a cache lookup that found nothing in a tier. */
export function recordCacheMiss(tier: CacheTier): void {
  if (current.recorder.enabled) current.recorder.recordCacheMiss(tier);
}

/** Adds the cost, in US dollars, that a cache hit saved. */
export function recordCacheSavings(tier: CacheTier, savedUsd: number): void {
  if (current.recorder.enabled) current.recorder.recordCacheSavings(tier, savedUsd);
}

/** Sets whether a provider is healthy. */
export function recordProviderHealth(provider: string, healthy: boolean): void {
  if (current.recorder.enabled) current.recorder.recordProviderHealth(provider, healthy);
}

/**
 * Sets the number of requests in flight that this package does not track itself. Requests it does track
 * (`observeRequest`, `instrumentFetch`) are added, and the gauge never falls below zero.
 */
export function recordActiveRequests(count: number): void {
  if (current.recorder.enabled) current.recorder.recordActiveRequests(count);
}

/** Counts a request sent again to the same provider, with the error type of the request that failed. */
export function recordRetry(provider: string, model: string, errorType: string): void {
  if (current.recorder.enabled) current.recorder.recordRetry(provider, model, errorType);
}

/** Counts work that moved from a failing provider to another, with the error type of the failure. */
export function recordFailover(fromProvider: string, toProvider: string, errorType: string): void {
  if (current.recorder.enabled) current.recorder.recordFailover(fromProvider, toProvider, errorType);
}

/** Sets the state of a provider's circuit breaker. */
export function recordCircuitState(provider: string, state: CircuitState): void {
  if (current.recorder.enabled) current.recorder.recordCircuitState(provider, state);
}

/**
 * Sets the rate limit that a provider reported in an answer.
 *
 * @param provider - the provider that answered.
 * @param model - the model that is limited, or `*` for a limit that all models share. Most providers limit each model.
 * @param limit - the limited quantity: `requests` or `tokens`.
 * @param values - the amount left, the size of the window, and the milliseconds until it is full again. The values are
 * dropped after that time, but not within the first minute.
 */
export function recordRateLimit(
  provider: string,
  model: string,
  limit: 'requests' | 'tokens',
  values: RateLimit,
): void {
  if (current.recorder.enabled) current.recorder.recordRateLimit(provider, model, limit, values);
}

/** Sets a budget's limit and the amount spent in its current window, both in US dollars. */
export function recordBudget(budget: string, limitUsd: number, spentUsd: number): void {
  if (current.recorder.enabled) current.recorder.recordBudget(budget, limitUsd, spentUsd);
}
