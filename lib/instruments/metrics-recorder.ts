import type { BatchObservableResult, Meter, SpanContext, Tracer } from '@opentelemetry/api';
import type { ErrorType } from '../catalogue/error-types.js';
import type { SeriesLimits } from '../catalogue/limits.js';
import { normaliseErrorType } from '../catalogue/normalise-error-type.js';
import { declareSeries } from './declare-series.js';
import { DropCounter } from './drop-counter.js';
import type { ExemplarStore, MetricExemplars } from './exemplars.js';
import { flushInTurns } from './flush-in-turns.js';
import { createInstruments, type Instruments } from './instruments.js';
import { isAmount } from './names.js';
import { OpenLabels } from './open-labels.js';
import type {
  CacheTier,
  CircuitState,
  DropReason,
  RateLimit,
  Recorder,
  RequestRecorder,
  TokenDetails,
} from './recorder.js';
import { CIRCUIT_VALUES, createVariants } from './recorder-variants.js';
import type { Scope } from './scopes.js';
import { SelfMetrics } from './self-metrics.js';

/** What a recorder is made of. */
export interface RecorderParts {
  readonly meter: Meter;
  readonly tracer: Tracer;
  readonly limits: SeriesLimits;
  /** Declared providers and their models: their counters exist at zero from the start. */
  readonly providers: Readonly<Record<string, readonly string[]>>;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** Keeps the latest sampled trace of latencies and requests. */
  readonly exemplars: ExemplarStore;
  /** Told of every cost that was recorded: what budgets are charged by. */
  readonly onCost?: ((provider: string, model: string, costUsd: number) => void) | undefined;
  /** Called before each collection, to set gauges that are read rather than told. */
  readonly beforeCollect?: ((recorder: Recorder) => void) | undefined;
}

/**
 * An answer is believed for this long at least: OpenAI's windows are full again after 20 ms at low load, and a value
 * that is gone before the next scrape is never seen.
 */
const RATE_LIMIT_FRESH_MS = 60_000;

/** Records into OpenTelemetry instruments. Every method drops and counts what it cannot record, and none throws. */
export class MetricsRecorder implements RequestRecorder {
  readonly enabled = true;
  readonly tracer: Tracer;
  readonly now: () => number;
  readonly self: SelfMetrics;
  private readonly counters: Instruments['counters'];
  private readonly gauges: Instruments['gauges'];
  private readonly histograms: Instruments['histograms'];
  private readonly drops: DropCounter;
  private readonly open: OpenLabels;
  private readonly variants: ReturnType<typeof createVariants>;
  private readonly stopObserving: () => void;
  private readonly exemplars: Readonly<
    Record<'requests' | 'durations' | 'firstTokens' | 'operations' | 'overheads', MetricExemplars>
  >;
  private readonly onCost: RecorderParts['onCost'];
  private readonly beforeCollect: RecorderParts['beforeCollect'];
  private activeBase = 0;
  private activeTracked = 0;

  constructor(parts: RecorderParts) {
    const instruments = createInstruments(parts.meter);
    const { counters, gauges, histograms } = instruments;
    this.tracer = parts.tracer;
    this.now = parts.now;
    this.onCost = parts.onCost;
    this.exemplars = {
      requests: parts.exemplars.metric('llm_edge_requests_total'),
      durations: parts.exemplars.metric('llm_edge_request_duration_ms'),
      firstTokens: parts.exemplars.metric('llm_edge_time_to_first_token_ms'),
      operations: parts.exemplars.metric('llm_edge_operation_duration_ms'),
      overheads: parts.exemplars.metric('llm_edge_overhead_ms'),
    };
    this.beforeCollect = parts.beforeCollect;
    this.counters = counters;
    this.gauges = gauges;
    this.histograms = histograms;
    this.drops = new DropCounter(counters.llm_edge_monitoring_dropped_total);
    this.self = new SelfMetrics(instruments);
    this.open = new OpenLabels(parts.limits, this.self, this.drops);

    this.variants = createVariants(instruments);
    declareSeries(counters, this.open, parts.providers);
    this.stopObserving = instruments.onCollect((result) => this.collect(result));
  }

  recordRequestSuccess(provider: string, model: string, latencyMs: number): void {
    this.recordRequest(provider, model, undefined, latencyMs);
  }

  recordRequestFailure(provider: string, model: string, errorType: string, latencyMs?: number): void {
    const known = this.errorType(errorType, 'recordRequestFailure');
    if (latencyMs !== undefined) {
      this.recordRequest(provider, model, known, latencyMs);
      return;
    }
    const scope = this.open.model(provider, model, 'recordRequestFailure');
    if (scope !== undefined)
      this.counters.llm_edge_requests_total.add(1, this.variants.requestErrors[known], scope);
  }

  recordRequest(
    provider: string,
    model: string,
    errorType: ErrorType | undefined,
    durationMs: number,
    spanContext?: SpanContext,
  ): void {
    const scope = this.open.model(provider, model, 'recordRequest');
    if (scope === undefined) return;
    const variant =
      errorType === undefined ? this.variants.requestSuccess : this.variants.requestErrors[errorType];
    const series = this.counters.llm_edge_requests_total.add(1, variant, scope);
    if (spanContext !== undefined) this.exemplars.requests.offer(series, 1, spanContext);
    // The request happened whatever the clock says, so a bad duration costs only the duration.
    if (this.isAmount(durationMs, 'recordRequest')) {
      const attributes = this.histograms.llm_edge_request_duration_ms.record(durationMs, scope);
      if (spanContext !== undefined) this.exemplars.durations.offer(attributes, durationMs, spanContext);
    }
  }

  recordTimeToFirstToken(
    provider: string,
    model: string,
    durationMs: number,
    spanContext?: SpanContext,
  ): void {
    const scope = this.open.model(provider, model, 'recordTimeToFirstToken');
    if (scope !== undefined && this.isAmount(durationMs, 'recordTimeToFirstToken')) {
      const attributes = this.histograms.llm_edge_time_to_first_token_ms.record(durationMs, scope);
      if (spanContext !== undefined) this.exemplars.firstTokens.offer(attributes, durationMs, spanContext);
    }
  }

  recordTimePerOutputToken(provider: string, model: string, durationMs: number): void {
    const scope = this.open.model(provider, model, 'recordTimePerOutputToken');
    if (scope !== undefined && this.isAmount(durationMs, 'recordTimePerOutputToken')) {
      this.histograms.llm_edge_time_per_output_token_ms.record(durationMs, scope);
    }
  }

  recordTokenUsage(
    provider: string,
    model: string,
    inputTokens: number,
    outputTokens: number,
    details?: TokenDetails,
  ): void {
    const scope = this.open.model(provider, model, 'recordTokenUsage');
    if (scope === undefined) return;
    const tokens = this.counters.llm_edge_tokens_total;
    if (this.isAmount(inputTokens, 'recordTokenUsage'))
      tokens.add(inputTokens, this.variants.tokens.input, scope);
    if (this.isAmount(outputTokens, 'recordTokenUsage'))
      tokens.add(outputTokens, this.variants.tokens.output, scope);
    if (details !== undefined && details !== null) this.recordTokenDetails(scope, details);
  }

  recordCost(provider: string, model: string, costUsd: number): void {
    const scope = this.open.model(provider, model, 'recordCost');
    if (scope !== undefined && this.isAmount(costUsd, 'recordCost')) {
      this.counters.llm_edge_cost_usd_total.add(costUsd, 0, scope);
      this.onCost?.(provider, model, costUsd);
    }
  }

  recordUnpricedRequest(provider: string, model: string): void {
    const scope = this.open.model(provider, model, 'recordUnpricedRequest');
    if (scope !== undefined) this.counters.llm_edge_unpriced_requests_total.add(1, 0, scope);
  }

  recordUsageMissing(provider: string, model: string): void {
    const scope = this.open.model(provider, model, 'recordUsageMissing');
    if (scope !== undefined) this.counters.llm_edge_usage_missing_total.add(1, 0, scope);
  }

  recordCacheHit(tier: CacheTier): void {
    const variant = this.tier(tier, 'recordCacheHit');
    if (variant !== undefined) this.counters.llm_edge_cache_hits_total.add(1, variant);
  }

  recordCacheMiss(tier: CacheTier): void {
    const variant = this.tier(tier, 'recordCacheMiss');
    if (variant !== undefined) this.counters.llm_edge_cache_misses_total.add(1, variant);
  }

  recordCacheSavings(tier: CacheTier, savedUsd: number): void {
    const variant = this.tier(tier, 'recordCacheSavings');
    if (variant !== undefined && this.isAmount(savedUsd, 'recordCacheSavings')) {
      this.counters.llm_edge_cache_savings_usd_total.add(savedUsd, variant);
    }
  }

  recordProviderHealth(provider: string, healthy: boolean): void {
    const scope = this.open.provider(provider, 'recordProviderHealth');
    if (scope === undefined) return;
    if (typeof healthy === 'boolean') this.gauges.llm_edge_provider_available.set(healthy ? 1 : 0, 0, scope);
    else this.drop('unknown_state', 'recordProviderHealth');
  }

  recordCircuitState(provider: string, state: CircuitState): void {
    const scope = this.open.provider(provider, 'recordCircuitState');
    if (scope === undefined) return;
    const value = typeof state === 'string' ? CIRCUIT_VALUES[state] : undefined;
    if (value === undefined) this.drop('unknown_state', 'recordCircuitState');
    else this.gauges.llm_edge_circuit_breaker_state.set(value, 0, scope);
  }

  recordActiveRequests(count: number): void {
    if (this.isAmount(count, 'recordActiveRequests')) this.activeBase = count;
  }

  addActiveRequests(delta: 1 | -1): void {
    this.activeTracked += delta;
  }

  recordRetry(provider: string, model: string, errorType: string): void {
    const scope = this.open.model(provider, model, 'recordRetry');
    if (scope === undefined) return;
    const variant = this.variants.retryErrors[this.errorType(errorType, 'recordRetry')];
    this.counters.llm_edge_retries_total.add(1, variant, scope);
  }

  recordFailover(fromProvider: string, toProvider: string, errorType: string): void {
    const scope = this.open.route(fromProvider, toProvider, 'recordFailover');
    if (scope === undefined) return;
    const variant = this.variants.failoverErrors[this.errorType(errorType, 'recordFailover')];
    this.counters.llm_edge_failovers_total.add(1, variant, scope);
  }

  recordRateLimit(provider: string, limit: 'requests' | 'tokens', values: RateLimit): void {
    const scope = this.open.provider(provider, 'recordRateLimit');
    if (scope === undefined) return;
    const variant = typeof limit === 'string' ? this.variants.limits[limit] : undefined;
    if (variant === undefined) {
      this.drop('unknown_state', 'recordRateLimit');
      return;
    }
    try {
      const { remaining, limit: size, resetMs } = values;
      const staleAtMs = this.now() + Math.max(isAmount(resetMs) ? resetMs : 0, RATE_LIMIT_FRESH_MS);
      if (remaining !== undefined && this.isAmount(remaining, 'recordRateLimit')) {
        this.gauges.llm_edge_rate_limit_remaining.set(remaining, variant, scope, staleAtMs);
      }
      if (size !== undefined && this.isAmount(size, 'recordRateLimit')) {
        this.gauges.llm_edge_rate_limit_limit.set(size, variant, scope, staleAtMs);
      }
    } catch {
      // A getter of the caller threw, or there was no object: the caller's request matters more.
      this.drop('invalid_value', 'recordRateLimit');
    }
  }

  recordBudget(budget: string, limitUsd: number, spentUsd: number): void {
    const scope = this.open.budget(budget, 'recordBudget');
    if (scope === undefined) return;
    if (this.isAmount(limitUsd, 'recordBudget'))
      this.gauges.llm_edge_budget_limit_usd.set(limitUsd, 0, scope);
    if (this.isAmount(spentUsd, 'recordBudget'))
      this.gauges.llm_edge_budget_spent_usd.set(spentUsd, 0, scope);
  }

  recordOperation(
    errorType: ErrorType | undefined,
    durationMs: number,
    overheadMs: number,
    spanContext?: SpanContext,
  ): void {
    const variant =
      errorType === undefined ? this.variants.operationSuccess : this.variants.operationErrors[errorType];
    this.counters.llm_edge_operations_total.add(1, variant);
    if (this.isAmount(durationMs, 'recordOperation')) {
      const attributes = this.histograms.llm_edge_operation_duration_ms.record(durationMs);
      if (spanContext !== undefined) this.exemplars.operations.offer(attributes, durationMs, spanContext);
    }
    if (this.isAmount(overheadMs, 'recordOperation')) {
      const attributes = this.histograms.llm_edge_overhead_ms.record(overheadMs);
      if (spanContext !== undefined) this.exemplars.overheads.offer(attributes, overheadMs, spanContext);
    }
  }

  drop(reason: DropReason, where: string): void {
    this.drops.drop(reason, where);
  }

  /** Hands what is pending to the SDK and stops observing; the last step before the provider shuts down. */
  close(): void {
    this.flushCounters();
    this.stopObserving();
  }

  private recordTokenDetails(scope: Scope, details: TokenDetails): void {
    const counter = this.counters.llm_edge_token_details_total;
    try {
      const { cacheReadTokens, cacheWriteTokens, reasoningTokens } = details;
      if (cacheReadTokens !== undefined && this.isAmount(cacheReadTokens, 'recordTokenUsage')) {
        counter.add(cacheReadTokens, this.variants.details.cache_read, scope);
      }
      if (cacheWriteTokens !== undefined && this.isAmount(cacheWriteTokens, 'recordTokenUsage')) {
        counter.add(cacheWriteTokens, this.variants.details.cache_write, scope);
      }
      if (reasoningTokens !== undefined && this.isAmount(reasoningTokens, 'recordTokenUsage')) {
        counter.add(reasoningTokens, this.variants.details.reasoning, scope);
      }
    } catch {
      // A getter of the caller threw: the details are lost and counted, the tokens above are recorded.
      this.drop('invalid_value', 'recordTokenUsage');
    }
  }

  private isAmount(value: unknown, where: string): value is number {
    if (isAmount(value)) return true;
    this.drop('invalid_value', where);
    return false;
  }

  private errorType(value: string, where: string): ErrorType {
    const known = normaliseErrorType(value);
    if (known !== undefined) return known;
    this.drop('unknown_error_type', where);
    return 'unknown';
  }

  private tier(tier: CacheTier, where: string): number | undefined {
    const variant = typeof tier === 'string' ? this.variants.tiers[tier] : undefined;
    if (variant === undefined) this.drop('unknown_tier', where);
    return variant;
  }

  private collect(result: BatchObservableResult): Promise<void> | undefined {
    const flushed = flushInTurns(Object.values(this.counters));
    if (flushed !== undefined) return flushed.then(() => this.collectNow(result));
    this.collectNow(result);
    return undefined;
  }

  /** What the SDK has to see of one moment: it reads its storages in this turn of the event loop. */
  private collectNow(result: BatchObservableResult): void {
    const nowMs = this.now();
    this.beforeCollect?.(this);
    this.gauges.llm_edge_active_requests.set(Math.max(0, this.activeBase + this.activeTracked), 0);
    this.self.observeSizes();
    this.flushCounters();
    for (const gauge of Object.values(this.gauges)) gauge.observe(result, nowMs);
  }

  private flushCounters(): void {
    for (const counter of Object.values(this.counters)) counter.flush();
  }
}
