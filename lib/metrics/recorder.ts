import type { SpanContext, Tracer } from '@opentelemetry/api';
import type { ErrorType } from '../catalogue/error-types.js';

/** Subsets of the token counts; see {@link Usage} for the meaning of each. */
export interface TokenDetails {
  readonly cacheReadTokens?: number | undefined;
  readonly cacheWriteTokens?: number | undefined;
  readonly reasoningTokens?: number | undefined;
}

/** Cache tier: `L1` in memory, `L2` shared, `L3` durable. */
export type CacheTier = 'L1' | 'L2' | 'L3';

/** State of a circuit breaker. */
export type CircuitState = 'closed' | 'half_open' | 'open';

/** What a provider's answer said about its rate limit. */
export interface RateLimit {
  /** What is left in the window. */
  readonly remaining?: number | undefined;
  /** The size of the window. */
  readonly limit?: number | undefined;
  /** Time until the window is full again, in milliseconds; the values are dropped as stale after it, and after a minute at least. */
  readonly resetMs?: number | undefined;
}

/** The record helpers: what users call. None of them throws, none of them waits. */
export interface Recorder {
  recordRequestSuccess(provider: string, model: string, latencyMs: number): void;
  recordRequestFailure(provider: string, model: string, errorType: string, latencyMs?: number): void;
  recordTokenUsage(
    provider: string,
    model: string,
    inputTokens: number,
    outputTokens: number,
    details?: TokenDetails,
  ): void;
  recordCost(provider: string, model: string, costUsd: number): void;
  recordCacheHit(tier: CacheTier): void;
  recordCacheMiss(tier: CacheTier): void;
  recordCacheSavings(tier: CacheTier, savedUsd: number): void;
  recordProviderHealth(provider: string, healthy: boolean): void;
  recordActiveRequests(count: number): void;
  recordRetry(provider: string, model: string, errorType: string): void;
  recordFailover(fromProvider: string, toProvider: string, errorType: string): void;
  recordCircuitState(provider: string, state: CircuitState): void;
  recordRateLimit(provider: string, model: string, limit: 'requests' | 'tokens', values: RateLimit): void;
  recordBudget(budget: string, limitUsd: number, spentUsd: number): void;
}

/** Why a value was dropped or mapped: the `reason` label of `llm_edge_monitoring_dropped_total`. */
export type DropReason =
  | 'invalid_name'
  | 'invalid_value'
  | 'over_limit'
  | 'name_too_long'
  | 'unknown_error_type'
  | 'unknown_tier'
  | 'unknown_state'
  | 'inconsistent_usage'
  | 'internal_error';

/**
 * What requests and operations record through, beyond the public helpers.
 *
 * Internal; not covered by semver.
 */
export interface RequestRecorder extends Recorder {
  /** False for the no-op recorder: callers skip all work. */
  readonly enabled: boolean;
  readonly tracer: Tracer;
  /** Monotonic milliseconds. */
  now(): number;
  /** The only way tracked requests move the active gauge. */
  addActiveRequests(delta: 1 | -1): void;
  /** One request's outcome and duration; `spanContext` becomes the exemplar. */
  recordRequest(
    provider: string,
    model: string,
    errorType: ErrorType | undefined,
    durationMs: number,
    spanContext?: SpanContext,
  ): void;
  recordTimeToFirstToken(
    provider: string,
    model: string,
    durationMs: number,
    spanContext?: SpanContext,
  ): void;
  recordTimePerOutputToken(provider: string, model: string, durationMs: number): void;
  recordUnpricedRequest(provider: string, model: string): void;
  recordUsageMissing(provider: string, model: string): void;
  recordOperation(
    errorType: ErrorType | undefined,
    durationMs: number,
    overheadMs: number,
    spanContext?: SpanContext,
  ): void;
  /** Counts a dropped value and tells `diag` once for each reason. */
  drop(reason: DropReason, where: string): void;
}
