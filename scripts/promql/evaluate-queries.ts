import type { ShippedQuery } from './collect-queries.js';

/** What a Prometheus answered to a query. */
export interface QueryOutcome extends ShippedQuery {
  /** The values of the series that came back, one each; NaN included. */
  readonly values: readonly number[];
  /** Why Prometheus refused the query. */
  readonly error?: string;
}

interface QueryResponse {
  readonly error?: string;
  readonly data?: {
    readonly resultType: string;
    readonly result: readonly (string | number | { readonly value?: readonly [number, string] })[];
  };
}

/**
 * Evaluates queries as instant queries on a running Prometheus, one after the other.
 *
 * @param prometheusUrl - Such as `http://localhost:9090`.
 * @param queries - From `collectQueries` or `documentQueries`.
 */
export async function evaluateQueries(
  prometheusUrl: string,
  queries: readonly ShippedQuery[],
): Promise<QueryOutcome[]> {
  const outcomes: QueryOutcome[] = [];
  for (const query of queries) outcomes.push(await evaluate(prometheusUrl, query));
  return outcomes;
}

/** The queries that Prometheus refused. */
export function failedQueries(outcomes: readonly QueryOutcome[]): string[] {
  return outcomes.flatMap(({ source, error }) => (error === undefined ? [] : [`${source}: ${error}`]));
}

/** The queries that came back without a single number. */
export function emptyQueries(outcomes: readonly QueryOutcome[]): string[] {
  return outcomes
    .filter(({ values, error }) => error === undefined && !values.some(Number.isFinite))
    .map(({ source, query }) => `${source}: ${query}`);
}

async function evaluate(prometheusUrl: string, query: ShippedQuery): Promise<QueryOutcome> {
  const response = await fetch(new URL('/api/v1/query', prometheusUrl), {
    method: 'POST',
    body: new URLSearchParams({ query: query.query }),
  });
  const { error, data } = (await response.json()) as QueryResponse;
  if (error !== undefined || data === undefined) return { ...query, values: [], error: error ?? 'no data' };
  if (data.resultType === 'scalar') return { ...query, values: [Number(data.result[1])] };
  const values = data.result.map((series) =>
    typeof series === 'object' ? Number(series.value?.[1]) : Number.NaN,
  );
  return { ...query, values };
}
