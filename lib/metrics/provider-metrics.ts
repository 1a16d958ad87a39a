import { isDuration } from './amounts.js';
import type { CounterSeries } from './counter-series.js';
import type { GaugeSeries } from './gauge-series.js';
import type { OpenLabels } from './open-labels.js';
import type { CircuitState, RateLimit } from './recorder.js';
import type { SharedParts } from './recorder-parts.js';
import type { ValueChecks } from './value-checks.js';
import { ClosedValues, createErrorVariants, type ErrorVariants } from './variant-tables.js';

/**
 * An answer is believed for this long at least: OpenAI's windows are full again after 20 ms at low load, and a value
 * that is gone before the next scrape is never seen.
 */
const RATE_LIMIT_FRESH_MS = 60_000;

/** What a circuit's state is as a number: its place in this row. */
const CIRCUIT_VALUES = new ClosedValues<CircuitState>(['closed', 'half_open', 'open'], (_, index) => index);

/** How providers fare, and what is done about it: health, circuits, rate limits, retries and failovers. */
export class ProviderMetrics {
  private readonly open: OpenLabels;
  private readonly checks: ValueChecks;
  private readonly now: () => number;
  private readonly available: GaugeSeries<'llm_edge_provider_available'>;
  private readonly circuits: GaugeSeries<'llm_edge_circuit_breaker_state'>;
  private readonly remaining: GaugeSeries<'llm_edge_rate_limit_remaining'>;
  private readonly limits: GaugeSeries<'llm_edge_rate_limit_limit'>;
  private readonly retries: CounterSeries<'llm_edge_retries_total'>;
  private readonly failovers: CounterSeries<'llm_edge_failovers_total'>;
  private readonly limitKinds: ClosedValues<'requests' | 'tokens'>;
  private readonly retryErrors: ErrorVariants;
  private readonly failoverErrors: ErrorVariants;

  /** @param now - monotonic milliseconds. */
  constructor({ instruments: { counters, gauges }, open, checks }: SharedParts, now: () => number) {
    this.open = open;
    this.checks = checks;
    this.now = now;
    this.available = gauges.llm_edge_provider_available;
    this.circuits = gauges.llm_edge_circuit_breaker_state;
    this.remaining = gauges.llm_edge_rate_limit_remaining;
    this.limits = gauges.llm_edge_rate_limit_limit;
    this.retries = counters.llm_edge_retries_total;
    this.failovers = counters.llm_edge_failovers_total;
    this.limitKinds = new ClosedValues(['requests', 'tokens'], (limit) => this.remaining.variant({ limit }));
    this.retryErrors = createErrorVariants((error_type) => this.retries.variant({ error_type }));
    this.failoverErrors = createErrorVariants((error_type) => this.failovers.variant({ error_type }));
  }

  health(provider: string, healthy: boolean): void {
    const scope = this.open.provider(provider, 'recordProviderHealth');
    if (scope === undefined) return;
    if (typeof healthy === 'boolean') this.available.set(healthy ? 1 : 0, 0, scope);
    else this.checks.drop('unknown_state', 'recordProviderHealth');
  }

  circuitState(provider: string, state: CircuitState): void {
    const scope = this.open.provider(provider, 'recordCircuitState');
    if (scope === undefined) return;
    const value = CIRCUIT_VALUES.get(state);
    if (value === undefined) this.checks.drop('unknown_state', 'recordCircuitState');
    else this.circuits.set(value, 0, scope);
  }

  rateLimit(provider: string, model: string, kind: 'requests' | 'tokens', values: RateLimit): void {
    const scope = this.open.model(provider, model, 'recordRateLimit');
    if (scope === undefined) return;
    const variant = this.limitKinds.get(kind);
    if (variant === undefined) {
      this.checks.drop('unknown_state', 'recordRateLimit');
      return;
    }
    try {
      const { remaining, limit, resetMs } = values;
      const staleAtMs = this.now() + Math.max(isDuration(resetMs) ? resetMs : 0, RATE_LIMIT_FRESH_MS);
      if (remaining !== undefined && this.checks.isCount(remaining, 'recordRateLimit')) {
        this.remaining.set(remaining, variant, scope, staleAtMs);
      }
      if (limit !== undefined && this.checks.isCount(limit, 'recordRateLimit')) {
        this.limits.set(limit, variant, scope, staleAtMs);
      }
    } catch {
      // A getter of the caller threw, or there was no object: the caller's request matters more.
      this.checks.drop('invalid_value', 'recordRateLimit');
    }
  }

  retry(provider: string, model: string, errorType: string): void {
    const scope = this.open.model(provider, model, 'recordRetry');
    if (scope === undefined) return;
    this.retries.add(1, this.retryErrors[this.checks.errorType(errorType, 'recordRetry')], scope);
  }

  failover(fromProvider: string, toProvider: string, errorType: string): void {
    const scope = this.open.route(fromProvider, toProvider, 'recordFailover');
    if (scope === undefined) return;
    this.failovers.add(1, this.failoverErrors[this.checks.errorType(errorType, 'recordFailover')], scope);
  }
}
