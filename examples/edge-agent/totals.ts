import type { Usage } from 'llm-edge-monitoring';
import type { Provider } from './chat.js';

/**
 * What the gateway counts by itself, from what the clients returned. It owes nothing to the metrics, so that
 * comparing the two proves something.
 */
export interface Totals {
  readonly startedAt: number;
  operations: number;
  failedOperations: number;
  cacheHits: number;
  cacheMisses: number;
  retries: number;
  failovers: number;
  /** Durations of the latest operations. */
  readonly durationsMs: number[];
  /** One row for each provider and model that was asked. */
  readonly rows: Map<string, TotalsRow>;
}

/** Requests to one model of one provider. */
export interface TotalsRow {
  readonly provider: Provider;
  readonly model: string;
  requests: number;
  errors: number;
  inputTokens: number;
  outputTokens: number;
  costUsd: number;
  /** Durations of the latest requests. */
  readonly durationsMs: number[];
}

/** The sums over all rows. */
export type Summary = Pick<TotalsRow, 'requests' | 'errors' | 'inputTokens' | 'outputTokens' | 'costUsd'>;

/** Percentiles are of the latest durations only: enough for a table, and memory does not grow. */
const DURATIONS_MAX = 1000;

export function createTotals(startedAt: number = performance.now()): Totals {
  return {
    startedAt,
    operations: 0,
    failedOperations: 0,
    cacheHits: 0,
    cacheMisses: 0,
    retries: 0,
    failovers: 0,
    durationsMs: [],
    rows: new Map(),
  };
}

/** One request that ended, with whatever usage its answer reported before it did. */
export interface CountedRequest {
  readonly provider: Provider;
  readonly model: string;
  readonly durationMs: number;
  readonly isError: boolean;
  readonly usage: Usage | undefined;
  readonly costUsd: number | undefined;
}

export function countRequest(totals: Totals, request: CountedRequest): void {
  const row = rowOf(totals, request.provider, request.model);
  row.requests += 1;
  if (request.isError) row.errors += 1;
  row.inputTokens += request.usage?.inputTokens ?? 0;
  row.outputTokens += request.usage?.outputTokens ?? 0;
  row.costUsd += request.costUsd ?? 0;
  pushDuration(row.durationsMs, request.durationMs);
}

export function countOperation(totals: Totals, durationMs: number, isError: boolean): void {
  totals.operations += 1;
  if (isError) totals.failedOperations += 1;
  pushDuration(totals.durationsMs, durationMs);
}

/** Adds the rows up; the cost is rounded to a billionth of a dollar, where floating point stops telling the truth. */
export function summarize(totals: Totals): Summary {
  const summary = { requests: 0, errors: 0, inputTokens: 0, outputTokens: 0, costUsd: 0 };
  for (const row of totals.rows.values()) {
    summary.requests += row.requests;
    summary.errors += row.errors;
    summary.inputTokens += row.inputTokens;
    summary.outputTokens += row.outputTokens;
    summary.costUsd += row.costUsd;
  }
  return { ...summary, costUsd: Number(summary.costUsd.toFixed(9)) };
}

/** What the sums leave out: the callers' side, and each model by itself. */
export interface Details {
  readonly operations: number;
  readonly failedOperations: number;
  readonly retries: number;
  readonly models: readonly Omit<TotalsRow, 'durationsMs'>[];
}

export function detail({ operations, failedOperations, retries, rows }: Totals): Details {
  const models = [...rows.values()].map(({ durationsMs: _, ...counts }) => counts);
  return { operations, failedOperations, retries, models };
}

/** The nearest-rank percentile, or undefined of nothing. */
export function percentile(values: readonly number[], share: number): number | undefined {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)];
}

function rowOf(totals: Totals, provider: Provider, model: string): TotalsRow {
  const key = `${provider}/${model}`;
  const known = totals.rows.get(key);
  if (known !== undefined) return known;
  const counts = { requests: 0, errors: 0, inputTokens: 0, outputTokens: 0, costUsd: 0 };
  const row: TotalsRow = { provider, model, ...counts, durationsMs: [] };
  totals.rows.set(key, row);
  return row;
}

function pushDuration(durationsMs: number[], durationMs: number): void {
  durationsMs.push(durationMs);
  if (durationsMs.length > DURATIONS_MAX) durationsMs.shift();
}
