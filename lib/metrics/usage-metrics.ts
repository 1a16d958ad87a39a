import { METRICS, UNPRICED_REASONS, USAGE_MISSING_REASONS } from '../catalogue/metrics.js';
import { nameOf } from '../catalogue/names.js';
import type { Checks } from './checks.js';
import type { GenAiRecorder } from './gen-ai-recorder.js';
import type { Instruments } from './instruments.js';
import type { LabelLimits } from './label-limits.js';
import {
  type BilledUnit,
  type CacheTier,
  HAND_RECORDED,
  type RequestRecorder,
  type TokenDetails,
  type UnitCounts,
} from './recorder.js';
import type { LabelSet } from './series-table.js';
import { createUsageNotes } from './usage-notes.js';

type UsageMetrics = Pick<
  RequestRecorder,
  | 'recordTokenUsage'
  | 'recordUsage'
  | 'recordCost'
  | 'recordReportedCost'
  | 'recordUnpricedRequest'
  | 'recordUsageMissing'
  | 'recordEstimate'
  | 'recordCacheHit'
  | 'recordCacheMiss'
  | 'recordCacheSavings'
>;

/** Called with each recorded cost. */
export type OnCost = (provider: string, model: string, costUsd: number) => void;

/** Creates the metrics of tokens and costs of requests, and of hits, misses and savings of the cache. */
export function createUsageMetrics(
  { counters }: Instruments,
  limits: LabelLimits,
  checks: Checks,
  onCost: OnCost,
  genAi: GenAiRecorder | undefined,
): UsageMetrics {
  const {
    llm_edge_tokens_total: tokens,
    llm_edge_token_details_total: tokenDetails,
    llm_edge_billed_units_total: billedUnits,
    llm_edge_cost_usd_total: costs,
    llm_edge_cost_reported_usd_total: reportedCosts,
    llm_edge_cost_recomputed_usd_total: recomputedCosts,
    llm_edge_unpriced_requests_total: unpriced,
    llm_edge_usage_missing_total: usageMissing,
    llm_edge_estimated_tokens_total: estimatedTokens,
    llm_edge_estimated_cost_usd_total: estimatedCosts,
    llm_edge_cache_hits_total: hits,
    llm_edge_cache_misses_total: misses,
    llm_edge_cache_savings_usd_total: savings,
  } = counters;
  const input = tokens.variant({ type: 'input' });
  const output = tokens.variant({ type: 'output' });
  const cacheRead = tokenDetails.variant({ type: 'cache_read' });
  const cacheWrite = tokenDetails.variant({ type: 'cache_write' });
  const reasoning = tokenDetails.variant({ type: 'reasoning' });
  const units = METRICS.llm_edge_billed_units_total.labels.unit.map(
    (unit) => [memberOf(unit), billedUnits.variant({ unit })] as const,
  );
  const unpricedBy = new Map(UNPRICED_REASONS.map((reason) => [reason, unpriced.variant({ reason })]));
  const missingBy = new Map(
    USAGE_MISSING_REASONS.map((reason) => [reason, usageMissing.variant({ reason })]),
  );
  const note = createUsageNotes();
  // The three metrics of the cache use one table, because they have the same label.
  const tiers = new Map(
    METRICS.llm_edge_cache_hits_total.labels.tier.map((tier) => [tier, hits.variant({ tier })]),
  );

  function addDetail(count: number | undefined, variant: number, labels: LabelSet): void {
    if (count !== undefined && checks.isCount(count, 'recordTokenUsage')) {
      tokenDetails.add(count, variant, labels);
    }
  }

  function addDetails(details: TokenDetails, labels: LabelSet): void {
    try {
      addDetail(details.cacheReadTokens, cacheRead, labels);
      addDetail(details.cacheWriteTokens, cacheWrite, labels);
      addDetail(details.reasoningTokens, reasoning, labels);
    } catch {
      // A getter of the caller threw. The details are dropped and counted, but the tokens are recorded.
      checks.drop('invalid_value', 'recordTokenUsage');
    }
  }

  function recordTokens(
    provider: string,
    model: string,
    inputTokens: number,
    outputTokens: number,
    details: TokenDetails | undefined,
  ): LabelSet | undefined {
    const labels = limits.model(provider, model, 'recordTokenUsage');
    if (labels === undefined) return undefined;
    if (checks.isCount(inputTokens, 'recordTokenUsage')) tokens.add(inputTokens, input, labels);
    if (checks.isCount(outputTokens, 'recordTokenUsage')) tokens.add(outputTokens, output, labels);
    if (details !== undefined && details !== null) addDetails(details, labels);
    return labels;
  }

  function addUnits(counts: UnitCounts, labels: LabelSet): void {
    for (const [member, variant] of units) {
      const count = counts[member];
      // A count of zero would make a series of every unit that a provider mentions.
      if (count !== undefined && count !== 0 && checks.isCount(count, 'recordUsage')) {
        billedUnits.add(count, variant, labels);
      }
    }
  }

  function tierOf(tier: CacheTier, where: string): number | undefined {
    const variant = tiers.get(tier);
    if (variant === undefined) checks.drop('unknown_tier', where);
    return variant;
  }

  return {
    recordTokenUsage(provider, model, inputTokens, outputTokens, details) {
      const labels = recordTokens(provider, model, inputTokens, outputTokens, details);
      if (genAi === undefined || labels === undefined) return;
      try {
        genAi.usage(labels, HAND_RECORDED, { ...details, inputTokens, outputTokens }, undefined);
      } catch {
        // A getter of the caller threw, which was counted when the details were read for the first time.
      }
    },
    recordUsage(provider, model, usage, call = HAND_RECORDED, errorType = undefined, servedModel = model) {
      const served = recordTokens(provider, servedModel, usage.inputTokens, usage.outputTokens, usage);
      if (served !== undefined) addUnits(usage, served);
      if (genAi === undefined) return;
      // In the conventions both models are attributes of one record.
      const labels = servedModel === model ? served : limits.model(provider, model, 'recordUsage');
      if (labels !== undefined) genAi.usage(labels, call, usage, errorType);
    },
    recordCost(provider, model, costUsd) {
      const labels = limits.model(provider, model, 'recordCost');
      if (labels === undefined || !checks.isCost(costUsd, 'recordCost')) return;
      costs.add(costUsd, 0, labels);
      onCost(nameOf(provider), nameOf(model), costUsd);
    },
    recordReportedCost(provider, model, reportedUsd, recomputedUsd) {
      const labels = limits.model(provider, model, 'recordReportedCost');
      if (labels === undefined) return;
      // Either both or none, so that their ratio is one of the same requests.
      if (!checks.isCost(reportedUsd, 'recordReportedCost')) return;
      if (!checks.isCost(recomputedUsd, 'recordReportedCost')) return;
      reportedCosts.add(reportedUsd, 0, labels);
      recomputedCosts.add(recomputedUsd, 0, labels);
    },
    recordUnpricedRequest(provider, model, reason) {
      const labels = limits.model(provider, model, 'recordUnpricedRequest');
      if (labels !== undefined) unpriced.add(1, unpricedBy.get(reason) ?? 0, labels);
    },
    recordUsageMissing(provider, model, reason) {
      const labels = limits.model(provider, model, 'recordUsageMissing');
      if (labels === undefined) return;
      usageMissing.add(1, missingBy.get(reason) ?? 0, labels);
      note(reason, nameOf(provider), nameOf(model));
    },
    recordEstimate(provider, model, outputTokens, costUsd) {
      const labels = limits.model(provider, model, 'recordEstimate');
      if (labels === undefined) return;
      if (checks.isCount(outputTokens, 'recordEstimate')) estimatedTokens.add(outputTokens, 0, labels);
      if (costUsd !== undefined && checks.isCost(costUsd, 'recordEstimate')) {
        estimatedCosts.add(costUsd, 0, labels);
      }
    },
    recordCacheHit(tier) {
      const variant = tierOf(tier, 'recordCacheHit');
      if (variant !== undefined) hits.add(1, variant);
    },
    recordCacheMiss(tier) {
      const variant = tierOf(tier, 'recordCacheMiss');
      if (variant !== undefined) misses.add(1, variant);
    },
    recordCacheSavings(tier, savedUsd) {
      const variant = tierOf(tier, 'recordCacheSavings');
      if (variant !== undefined && checks.isCost(savedUsd, 'recordCacheSavings'))
        savings.add(savedUsd, variant);
    },
  };
}

/** The member that counts a unit: `search_units` as `searchUnits`. */
function memberOf(unit: BilledUnit): keyof UnitCounts {
  return unit.replace(/_./g, (letter) => letter.slice(1).toUpperCase()) as keyof UnitCounts;
}
