import type { BatchObservableResult, SpanContext, Tracer } from '@opentelemetry/api';
import type { ErrorType } from '../catalogue/error-types.js';
import { CacheMetrics } from './cache-metrics.js';
import { declareSeries } from './declare-series.js';
import { DropCounter } from './drop-counter.js';
import { flushInTurns, setNextTurn } from './flush-in-turns.js';
import { createInstruments, type Instruments } from './instruments.js';
import { nameOf } from './names.js';
import { OpenLabels } from './open-labels.js';
import { OperationMetrics } from './operation-metrics.js';
import { ProviderMetrics } from './provider-metrics.js';
import type {
  CacheTier,
  CircuitState,
  DropReason,
  RateLimit,
  RequestRecorder,
  TokenDetails,
} from './recorder.js';
import type { RecorderParts } from './recorder-parts.js';
import { RequestMetrics } from './request-metrics.js';
import { SelfMetrics } from './self-metrics.js';
import { UsageMetrics } from './usage-metrics.js';
import { ValueChecks } from './value-checks.js';

/** Records into OpenTelemetry instruments. Every method drops and counts what it cannot record, and none throws. */
export class MetricsRecorder implements RequestRecorder {
  readonly enabled = true;
  readonly tracer: Tracer;
  readonly now: () => number;
  readonly self: SelfMetrics;
  private readonly counters: Instruments['counters'];
  private readonly gauges: Instruments['gauges'];
  private readonly open: OpenLabels;
  private readonly checks: ValueChecks;
  private readonly requests: RequestMetrics;
  private readonly usage: UsageMetrics;
  private readonly cache: CacheMetrics;
  private readonly providers: ProviderMetrics;
  private readonly operations: OperationMetrics;
  private readonly stopCallback: () => void;
  private readonly closeSeries: () => void;
  private onCost: RecorderParts['onCost'];
  private readonly beforeCollect: RecorderParts['beforeCollect'];
  private activeBase = 0;
  private activeTracked = 0;
  /** When recording ended, on the recorder's clock. */
  private closedAtMs: number | undefined;
  private observesOnce = false;

  constructor(parts: RecorderParts) {
    const { exemplars, limits } = parts;
    const instruments = createInstruments(parts.meter, exemplars, parts.context);
    const drops = new DropCounter(instruments.counters.llm_edge_monitoring_dropped_total);
    this.tracer = parts.tracer;
    this.now = parts.now;
    this.onCost = parts.onCost;
    this.beforeCollect = parts.beforeCollect;
    this.counters = instruments.counters;
    this.gauges = instruments.gauges;
    this.self = new SelfMetrics(instruments);
    this.open = new OpenLabels(limits, this.self, drops);
    this.checks = new ValueChecks(drops);

    const shared = { instruments, open: this.open, checks: this.checks, exemplars };
    this.requests = new RequestMetrics(shared);
    this.usage = new UsageMetrics(shared);
    this.cache = new CacheMetrics(shared);
    this.providers = new ProviderMetrics(shared, parts.now);
    this.operations = new OperationMetrics(shared);
    declareSeries(this.counters, this.open, parts.providers);
    this.closeSeries = instruments.close;
    this.stopCallback = instruments.onCollect((result) => this.collect(result));
  }

  recordRequestSuccess(provider: string, model: string, latencyMs: number): void {
    this.requests.request(provider, model, undefined, latencyMs);
  }

  recordRequestFailure(provider: string, model: string, errorType: string, latencyMs?: number): void {
    const known = this.checks.errorType(errorType, 'recordRequestFailure');
    if (latencyMs === undefined) this.requests.failure(provider, model, known);
    else this.requests.request(provider, model, known, latencyMs);
  }

  recordRequest(
    provider: string,
    model: string,
    errorType: ErrorType | undefined,
    durationMs: number,
    spanContext?: SpanContext,
  ): void {
    this.requests.request(provider, model, errorType, durationMs, spanContext);
  }

  recordTimeToFirstToken(
    provider: string,
    model: string,
    durationMs: number,
    spanContext?: SpanContext,
  ): void {
    this.requests.timeToFirstToken(provider, model, durationMs, spanContext);
  }

  recordTimePerOutputToken(provider: string, model: string, durationMs: number): void {
    this.requests.timePerOutputToken(provider, model, durationMs);
  }

  recordTokenUsage(
    provider: string,
    model: string,
    inputTokens: number,
    outputTokens: number,
    details?: TokenDetails,
  ): void {
    this.usage.tokens(provider, model, inputTokens, outputTokens, details);
  }

  recordCost(provider: string, model: string, costUsd: number): void {
    if (!this.usage.cost(provider, model, costUsd) || this.onCost === undefined) return;
    this.onCost(nameOf(provider), nameOf(model), costUsd);
  }

  recordUnpricedRequest(provider: string, model: string): void {
    this.usage.unpricedRequest(provider, model);
  }

  recordUsageMissing(provider: string, model: string): void {
    this.usage.usageMissing(provider, model);
  }

  recordCacheHit(tier: CacheTier): void {
    this.cache.hit(tier);
  }

  recordCacheMiss(tier: CacheTier): void {
    this.cache.miss(tier);
  }

  recordCacheSavings(tier: CacheTier, savedUsd: number): void {
    this.cache.savings(tier, savedUsd);
  }

  recordProviderHealth(provider: string, healthy: boolean): void {
    this.providers.health(provider, healthy);
  }

  recordCircuitState(provider: string, state: CircuitState): void {
    this.providers.circuitState(provider, state);
  }

  recordRateLimit(provider: string, model: string, limit: 'requests' | 'tokens', values: RateLimit): void {
    this.providers.rateLimit(provider, model, limit, values);
  }

  recordRetry(provider: string, model: string, errorType: string): void {
    this.providers.retry(provider, model, errorType);
  }

  recordFailover(fromProvider: string, toProvider: string, errorType: string): void {
    this.providers.failover(fromProvider, toProvider, errorType);
  }

  recordOperation(
    errorType: ErrorType | undefined,
    durationMs: number,
    overheadMs: number,
    spanContext?: SpanContext,
  ): void {
    this.operations.operation(errorType, durationMs, overheadMs, spanContext);
  }

  recordActiveRequests(count: number): void {
    if (this.checks.isCount(count, 'recordActiveRequests')) this.activeBase = count;
  }

  addActiveRequests(delta: 1 | -1): void {
    this.activeTracked += delta;
  }

  recordBudget(budget: string, limitUsd: number, spentUsd: number): void {
    const scope = this.open.budget(budget, 'recordBudget');
    if (scope === undefined) return;
    const { llm_edge_budget_limit_usd: limits, llm_edge_budget_spent_usd: spent } = this.gauges;
    if (this.checks.isBudget(limitUsd, 'recordBudget')) limits.set(limitUsd, 0, scope);
    if (this.checks.isBudget(spentUsd, 'recordBudget')) spent.set(spentUsd, 0, scope);
  }

  drop(reason: DropReason, where: string): void {
    this.checks.drop(reason, where);
  }

  /**
   * Records nothing any more: hands what is pending to the SDK, and has collections see the gauges of this moment
   * until {@link stopObserving}. The last collection of a provider comes with its shutdown, and may be the only one.
   */
  close(): void {
    try {
      this.prepare();
    } finally {
      this.closedAtMs = this.now();
      this.closeSeries();
      // A request that ends from now on is charged to nobody either.
      this.onCost = undefined;
    }
  }

  /**
   * Stops telling the SDK of gauges.
   *
   * @param afterCollection - not before one more collection: a provider of the user collects when the user likes.
   */
  stopObserving(afterCollection: boolean): void {
    if (afterCollection) this.observesOnce = true;
    else this.stopCallback();
  }

  private get isClosed(): boolean {
    return this.closedAtMs !== undefined;
  }

  private collect(result: BatchObservableResult): Promise<void> | undefined {
    const flushed = this.isClosed ? undefined : flushInTurns(Object.values(this.counters));
    if (flushed !== undefined) return flushed.then(() => this.collectNow(result));
    this.collectNow(result);
    return undefined;
  }

  /** What the SDK has to see of one moment: it reads its storages in this turn of the event loop. */
  private collectNow(result: BatchObservableResult): void {
    const nowMs = this.closedAtMs ?? this.now();
    if (!this.isClosed) this.prepare();
    for (const gauge of Object.values(this.gauges)) gauge.observe(result, nowMs);
    // All readers of a provider that is flushed or shut down collect in one turn.
    if (this.observesOnce) setNextTurn(this.stopCallback);
  }

  /** Brings instruments up to date with what is read rather than told. */
  private prepare(): void {
    this.beforeCollect?.(this);
    this.gauges.llm_edge_active_requests.set(Math.max(0, this.activeBase + this.activeTracked), 0);
    this.self.observeSizes();
    this.flushCounters();
  }

  private flushCounters(): void {
    for (const counter of Object.values(this.counters)) counter.flush();
  }
}
