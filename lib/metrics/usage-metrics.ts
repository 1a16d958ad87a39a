import type { CounterSeries } from './counter-series.js';
import type { OpenLabels } from './open-labels.js';
import type { TokenDetails } from './recorder.js';
import type { SharedParts } from './recorder-parts.js';
import type { Scope } from './scopes.js';
import type { ValueChecks } from './value-checks.js';

/** Tokens of requests and what they cost. */
export class UsageMetrics {
  private readonly open: OpenLabels;
  private readonly checks: ValueChecks;
  private readonly counts: CounterSeries<'llm_edge_tokens_total'>;
  private readonly details: CounterSeries<'llm_edge_token_details_total'>;
  private readonly costs: CounterSeries<'llm_edge_cost_usd_total'>;
  private readonly unpriced: CounterSeries<'llm_edge_unpriced_requests_total'>;
  private readonly missing: CounterSeries<'llm_edge_usage_missing_total'>;
  private readonly input: number;
  private readonly output: number;
  private readonly cacheRead: number;
  private readonly cacheWrite: number;
  private readonly reasoning: number;

  constructor({ instruments: { counters }, open, checks }: SharedParts) {
    this.open = open;
    this.checks = checks;
    this.counts = counters.llm_edge_tokens_total;
    this.details = counters.llm_edge_token_details_total;
    this.costs = counters.llm_edge_cost_usd_total;
    this.unpriced = counters.llm_edge_unpriced_requests_total;
    this.missing = counters.llm_edge_usage_missing_total;
    this.input = this.counts.variant({ type: 'input' });
    this.output = this.counts.variant({ type: 'output' });
    this.cacheRead = this.details.variant({ type: 'cache_read' });
    this.cacheWrite = this.details.variant({ type: 'cache_write' });
    this.reasoning = this.details.variant({ type: 'reasoning' });
  }

  tokens(
    provider: string,
    model: string,
    inputTokens: number,
    outputTokens: number,
    details: TokenDetails | undefined,
  ): void {
    const scope = this.open.model(provider, model, 'recordTokenUsage');
    if (scope === undefined) return;
    if (this.checks.isCount(inputTokens, 'recordTokenUsage')) this.counts.add(inputTokens, this.input, scope);
    if (this.checks.isCount(outputTokens, 'recordTokenUsage')) {
      this.counts.add(outputTokens, this.output, scope);
    }
    if (details !== undefined && details !== null) this.tokenDetails(scope, details);
  }

  /** Adds a cost; returns whether it was recorded. */
  cost(provider: string, model: string, costUsd: number): boolean {
    const scope = this.open.model(provider, model, 'recordCost');
    if (scope === undefined || !this.checks.isCost(costUsd, 'recordCost')) return false;
    this.costs.add(costUsd, 0, scope);
    return true;
  }

  unpricedRequest(provider: string, model: string): void {
    const scope = this.open.model(provider, model, 'recordUnpricedRequest');
    if (scope !== undefined) this.unpriced.add(1, 0, scope);
  }

  usageMissing(provider: string, model: string): void {
    const scope = this.open.model(provider, model, 'recordUsageMissing');
    if (scope !== undefined) this.missing.add(1, 0, scope);
  }

  private tokenDetails(scope: Scope, details: TokenDetails): void {
    try {
      this.detail(details.cacheReadTokens, this.cacheRead, scope);
      this.detail(details.cacheWriteTokens, this.cacheWrite, scope);
      this.detail(details.reasoningTokens, this.reasoning, scope);
    } catch {
      // A getter of the caller threw: the details are lost and counted, the tokens above are recorded.
      this.checks.drop('invalid_value', 'recordTokenUsage');
    }
  }

  private detail(tokens: number | undefined, variant: number, scope: Scope): void {
    if (tokens !== undefined && this.checks.isCount(tokens, 'recordTokenUsage')) {
      this.details.add(tokens, variant, scope);
    }
  }
}
