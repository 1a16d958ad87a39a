import type { CounterSeries } from './counter-series.js';
import type { CacheTier } from './recorder.js';
import type { SharedParts } from './recorder-parts.js';
import type { ValueChecks } from './value-checks.js';
import { ClosedValues } from './variant-tables.js';

/** Cache lookups, and the money that hits saved. */
export class CacheMetrics {
  private readonly checks: ValueChecks;
  private readonly hits: CounterSeries<'llm_edge_cache_hits_total'>;
  private readonly misses: CounterSeries<'llm_edge_cache_misses_total'>;
  private readonly savedUsd: CounterSeries<'llm_edge_cache_savings_usd_total'>;
  /** One table for the three metrics: they have the same label. */
  private readonly tiers: ClosedValues<CacheTier>;

  constructor({ instruments: { counters }, checks }: SharedParts) {
    this.checks = checks;
    this.hits = counters.llm_edge_cache_hits_total;
    this.misses = counters.llm_edge_cache_misses_total;
    this.savedUsd = counters.llm_edge_cache_savings_usd_total;
    this.tiers = new ClosedValues(['L1', 'L2', 'L3'], (tier) => this.hits.variant({ tier }));
  }

  hit(tier: CacheTier): void {
    const variant = this.variant(tier, 'recordCacheHit');
    if (variant !== undefined) this.hits.add(1, variant);
  }

  miss(tier: CacheTier): void {
    const variant = this.variant(tier, 'recordCacheMiss');
    if (variant !== undefined) this.misses.add(1, variant);
  }

  savings(tier: CacheTier, savedUsd: number): void {
    const variant = this.variant(tier, 'recordCacheSavings');
    if (variant !== undefined && this.checks.isCost(savedUsd, 'recordCacheSavings')) {
      this.savedUsd.add(savedUsd, variant);
    }
  }

  private variant(tier: CacheTier, where: string): number | undefined {
    const variant = this.tiers.get(tier);
    if (variant === undefined) this.checks.drop('unknown_tier', where);
    return variant;
  }
}
