import { current } from './current.js';
import type { CacheTier, CircuitState, RateLimit, TokenDetails } from './recorder.js';

/**
 * Records a request that a provider answered: its outcome and its duration.
 *
 * @param provider - who was asked, such as `openai`.
 * @param model - the model asked for.
 * @param latencyMs - from sending the request to its end, in milliseconds. A value that is negative, not finite or
 * longer than 7 days is dropped and counted; the request still counts.
 */
export function recordRequestSuccess(provider: string, model: string, latencyMs: number): void {
  current.recorder.recordRequestSuccess(provider, model, latencyMs);
}

/**
 * Records a request that failed.
 *
 * @param provider - who was asked.
 * @param model - the model asked for.
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
  current.recorder.recordRequestFailure(provider, model, errorType, latencyMs);
}

/**
 * Records the tokens of one request.
 *
 * @param provider - who was asked.
 * @param model - the model asked for.
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
  current.recorder.recordTokenUsage(provider, model, inputTokens, outputTokens, details);
}

/**
 * Adds the cost of one request.
 *
 * @param provider - who was asked.
 * @param model - the model asked for.
 * @param costUsd - in US dollars, fractions of a cent included. A value that is negative, not finite or greater than
 * 1,000,000 is dropped and counted.
 */
export function recordCost(provider: string, model: string, costUsd: number): void {
  current.recorder.recordCost(provider, model, costUsd);
}

/** Counts a cache lookup that found an answer in a tier. */
export function recordCacheHit(tier: CacheTier): void {
  current.recorder.recordCacheHit(tier);
}

/** Counts a cache lookup that found nothing in a tier. */
export function recordCacheMiss(tier: CacheTier): void {
  current.recorder.recordCacheMiss(tier);
}

/** Adds the cost, in US dollars, that a cache hit saved. */
export function recordCacheSavings(tier: CacheTier, savedUsd: number): void {
  current.recorder.recordCacheSavings(tier, savedUsd);
}

/** States whether a provider is healthy. */
export function recordProviderHealth(provider: string, healthy: boolean): void {
  current.recorder.recordProviderHealth(provider, healthy);
}

/**
 * Sets the number of requests in flight that this package does not track itself. Requests it does track
 * (`observeRequest`, `instrumentFetch`) are added, and the gauge never falls below zero.
 */
export function recordActiveRequests(count: number): void {
  current.recorder.recordActiveRequests(count);
}

/** Counts a request sent again to the same provider, with the error type of the request that failed. */
export function recordRetry(provider: string, model: string, errorType: string): void {
  current.recorder.recordRetry(provider, model, errorType);
}

/** Counts work that moved from a failing provider to another, with the error type of the failure. */
export function recordFailover(fromProvider: string, toProvider: string, errorType: string): void {
  current.recorder.recordFailover(fromProvider, toProvider, errorType);
}

/** States the state of a provider's circuit breaker. */
export function recordCircuitState(provider: string, state: CircuitState): void {
  current.recorder.recordCircuitState(provider, state);
}

/**
 * States what a provider's answer said about its rate limit.
 *
 * @param provider - who answered.
 * @param model - the model whose limit it is: most providers limit each separately. `*` for one limit of all models.
 * @param limit - what is limited: `requests` or `tokens`.
 * @param values - what is left, the size of the window, and the milliseconds until it is full again. The values are
 * dropped once that time has passed, but not before a minute has.
 */
export function recordRateLimit(
  provider: string,
  model: string,
  limit: 'requests' | 'tokens',
  values: RateLimit,
): void {
  current.recorder.recordRateLimit(provider, model, limit, values);
}

/** States a budget's limit and what was spent of it in its current window, both in US dollars. */
export function recordBudget(budget: string, limitUsd: number, spentUsd: number): void {
  current.recorder.recordBudget(budget, limitUsd, spentUsd);
}
