import type { BatchObservableResult, Meter, SpanContext, Tracer } from '@opentelemetry/api';
import { ERROR_TYPES, type ErrorType } from '../catalogue/error-types.js';
import type { SeriesLimits } from '../catalogue/limits.js';
import { normaliseErrorType } from '../catalogue/normalise-error-type.js';
import { DropCounter } from './drop-counter.js';
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
  /** Told of every cost that was recorded: what budgets are charged by. */
  readonly onCost?: ((provider: string, model: string, costUsd: number) => void) | undefined;
  /** Called before each collection, to set gauges that are read rather than told. */
  readonly beforeCollect?: ((recorder: Recorder) => void) | undefined;
}

/** A provider whose limit says nothing about its window is believed for this long. */
const RATE_LIMIT_STALE_MS = 60_000;

const CIRCUIT_VALUES: Readonly<Record<string, number>> = Object.assign(Object.create(null), {
  closed: 0,
  half_open: 1,
  open: 2,
} satisfies Record<CircuitState, number>);

type VariantOf<Key extends string> = Readonly<Record<Key, number>>;

/** A table without a prototype, so that `constructor` and the like are not found in it. */
function tableOf<Key extends string>(keys: readonly Key[], value: (key: Key) => number): VariantOf<Key> {
  return Object.assign(Object.create(null), Object.fromEntries(keys.map((key) => [key, value(key)])));
}

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
  private readonly requestSuccess: number;
  private readonly requestErrors: VariantOf<ErrorType>;
  private readonly operationSuccess: number;
  private readonly operationErrors: VariantOf<ErrorType>;
  private readonly retryErrors: VariantOf<ErrorType>;
  private readonly failoverErrors: VariantOf<ErrorType>;
  private readonly tiers: VariantOf<CacheTier>;
  private readonly limits: VariantOf<'requests' | 'tokens'>;
  private readonly tokenTypes: VariantOf<'input' | 'output'>;
  private readonly detailTypes: VariantOf<'cache_read' | 'cache_write' | 'reasoning'>;
  private readonly stopObserving: () => void;
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
    this.beforeCollect = parts.beforeCollect;
    this.counters = counters;
    this.gauges = gauges;
    this.histograms = histograms;
    this.drops = new DropCounter(counters.llm_edge_monitoring_dropped_total);
    this.self = new SelfMetrics(instruments);
    this.open = new OpenLabels(parts.limits, this.self, this.drops);

    const requests = counters.llm_edge_requests_total;
    const operations = counters.llm_edge_operations_total;
    this.requestSuccess = requests.variant({ status: 'success' });
    this.requestErrors = tableOf(ERROR_TYPES, (error_type) =>
      requests.variant({ status: 'error', error_type }),
    );
    this.operationSuccess = operations.variant({ status: 'success' });
    this.operationErrors = tableOf(ERROR_TYPES, (error_type) =>
      operations.variant({ status: 'error', error_type }),
    );
    this.retryErrors = tableOf(ERROR_TYPES, (error_type) =>
      counters.llm_edge_retries_total.variant({ error_type }),
    );
    this.failoverErrors = tableOf(ERROR_TYPES, (error_type) =>
      counters.llm_edge_failovers_total.variant({ error_type }),
    );
    this.tiers = tableOf(['L1', 'L2', 'L3'], (tier) => counters.llm_edge_cache_hits_total.variant({ tier }));
    this.limits = tableOf(['requests', 'tokens'], (limit) =>
      gauges.llm_edge_rate_limit_remaining.variant({ limit }),
    );
    this.tokenTypes = tableOf(['input', 'output'], (type) =>
      counters.llm_edge_tokens_total.variant({ type }),
    );
    this.detailTypes = tableOf(['cache_read', 'cache_write', 'reasoning'], (type) =>
      counters.llm_edge_token_details_total.variant({ type }),
    );
    this.declare(parts.providers);
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
    if (scope !== undefined) this.counters.llm_edge_requests_total.add(1, this.requestErrors[known], scope);
  }

  recordRequest(
    provider: string,
    model: string,
    errorType: ErrorType | undefined,
    durationMs: number,
    _spanContext?: SpanContext,
  ): void {
    const scope = this.open.model(provider, model, 'recordRequest');
    if (scope === undefined) return;
    const variant = errorType === undefined ? this.requestSuccess : this.requestErrors[errorType];
    this.counters.llm_edge_requests_total.add(1, variant, scope);
    // The request happened whatever the clock says, so a bad duration costs only the duration.
    if (this.isAmount(durationMs, 'recordRequest')) {
      this.histograms.llm_edge_request_duration_ms.record(durationMs, scope);
    }
  }

  recordTimeToFirstToken(
    provider: string,
    model: string,
    durationMs: number,
    _spanContext?: SpanContext,
  ): void {
    const scope = this.open.model(provider, model, 'recordTimeToFirstToken');
    if (scope !== undefined && this.isAmount(durationMs, 'recordTimeToFirstToken')) {
      this.histograms.llm_edge_time_to_first_token_ms.record(durationMs, scope);
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
    if (this.isAmount(inputTokens, 'recordTokenUsage')) tokens.add(inputTokens, this.tokenTypes.input, scope);
    if (this.isAmount(outputTokens, 'recordTokenUsage'))
      tokens.add(outputTokens, this.tokenTypes.output, scope);
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
    const variant = this.retryErrors[this.errorType(errorType, 'recordRetry')];
    this.counters.llm_edge_retries_total.add(1, variant, scope);
  }

  recordFailover(fromProvider: string, toProvider: string, errorType: string): void {
    const scope = this.open.route(fromProvider, toProvider, 'recordFailover');
    if (scope === undefined) return;
    const variant = this.failoverErrors[this.errorType(errorType, 'recordFailover')];
    this.counters.llm_edge_failovers_total.add(1, variant, scope);
  }

  recordRateLimit(provider: string, limit: 'requests' | 'tokens', values: RateLimit): void {
    const scope = this.open.provider(provider, 'recordRateLimit');
    if (scope === undefined) return;
    const variant = typeof limit === 'string' ? this.limits[limit] : undefined;
    if (variant === undefined) {
      this.drop('unknown_state', 'recordRateLimit');
      return;
    }
    try {
      const { remaining, limit: size, resetMs } = values;
      const staleAtMs = this.now() + (isAmount(resetMs) ? resetMs : RATE_LIMIT_STALE_MS);
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
    _spanContext?: SpanContext,
  ): void {
    const variant = errorType === undefined ? this.operationSuccess : this.operationErrors[errorType];
    this.counters.llm_edge_operations_total.add(1, variant);
    if (this.isAmount(durationMs, 'recordOperation')) {
      this.histograms.llm_edge_operation_duration_ms.record(durationMs);
    }
    if (this.isAmount(overheadMs, 'recordOperation')) this.histograms.llm_edge_overhead_ms.record(overheadMs);
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
        counter.add(cacheReadTokens, this.detailTypes.cache_read, scope);
      }
      if (cacheWriteTokens !== undefined && this.isAmount(cacheWriteTokens, 'recordTokenUsage')) {
        counter.add(cacheWriteTokens, this.detailTypes.cache_write, scope);
      }
      if (reasoningTokens !== undefined && this.isAmount(reasoningTokens, 'recordTokenUsage')) {
        counter.add(reasoningTokens, this.detailTypes.reasoning, scope);
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
    const variant = typeof tier === 'string' ? this.tiers[tier] : undefined;
    if (variant === undefined) this.drop('unknown_tier', where);
    return variant;
  }

  private declare(providers: RecorderParts['providers']): void {
    this.counters.llm_edge_operations_total.declare();
    this.counters.llm_edge_cache_hits_total.declare();
    this.counters.llm_edge_cache_misses_total.declare();
    this.counters.llm_edge_cache_savings_usd_total.declare();
    for (const [provider, models] of Object.entries(providers)) {
      for (const model of models) {
        const scope = this.open.model(provider, model, 'providers');
        if (scope === undefined) continue;
        this.counters.llm_edge_requests_total.declare(scope);
        this.counters.llm_edge_tokens_total.declare(scope);
        this.counters.llm_edge_cost_usd_total.declare(scope);
        this.counters.llm_edge_unpriced_requests_total.declare(scope);
        this.counters.llm_edge_usage_missing_total.declare(scope);
      }
    }
  }

  private collect(result: BatchObservableResult): void {
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
