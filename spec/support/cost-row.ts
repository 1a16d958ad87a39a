import type { CostContext, calculateCost, Usage } from '../../lib/index.js';

/** Prices change with time; every row without a date of its own is of this moment, off-peak for DeepSeek. */
const AT = new Date('2026-11-16T12:00:00Z');

/** One hand-computed cost. In `usd`, `2000 * 2.5e-6` is 2,000 tokens at $2.50 for a million. */
export interface CostRow {
  readonly row: string;
  readonly provider: string;
  readonly model: string;
  readonly usage: Usage;
  readonly context?: CostContext;
  readonly usd: number;
}

/** Checks each row to 1e-12 US dollars. */
export function itCosts(rows: readonly CostRow[], calculate: typeof calculateCost): void {
  it.each(rows)('costs to 1e-12 USD: $row', ({ provider, model, usage, context, usd }) => {
    const cost = calculate(provider, model, usage, { at: AT, ...context });

    expect(Math.abs((cost?.totalUsd ?? Number.NaN) - usd)).toBeLessThanOrEqual(1e-12);
  });
}
