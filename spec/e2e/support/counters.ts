import { type Sample, sumOf } from './exposition.js';
import type { GatewayTotals } from './gateway.js';
import type { StoredSpan } from './trace-store.js';

/** Counters by a name for people, such as `openai gpt-4o-mini input`. */
export type Counters = Readonly<Record<string, number>>;

/** Floating point adds in another order on each path; below a billionth of a dollar it may differ. */
const COST_DIGITS = 9;

/** What gateways counted by themselves, added up. It owes nothing to the metrics. */
export function countersOfTotals(all: readonly GatewayTotals[]): Counters {
  const counters: Record<string, number> = {};
  const add = (name: string, value: number) => {
    counters[name] = (counters[name] ?? 0) + value;
  };
  for (const totals of all) {
    for (const { provider, model, ...counts } of totals.models) {
      add(`${provider} ${model} success`, counts.requests - counts.errors);
      add(`${provider} ${model} error`, counts.errors);
      add(`${provider} ${model} input`, counts.inputTokens);
      add(`${provider} ${model} output`, counts.outputTokens);
      add(`${provider} ${model} cost`, counts.costUsd);
    }
    add('operations success', totals.operations - totals.failedOperations);
    add('operations error', totals.failedOperations);
    add('cache hits', totals.cacheHits);
    add('cache misses', totals.cacheMisses);
    add('retries', totals.retries);
    add('failovers', totals.failovers);
  }
  return rounded(counters);
}

/** The same counters out of metrics, of as many processes as the samples are of. */
export function countersOfSamples(samples: readonly Sample[]): Counters {
  const counters: Record<string, number> = {};
  const models = new Map<string, { readonly provider: string; readonly model: string }>();
  for (const { name, labels } of samples) {
    const { provider = '', model = '' } = labels;
    if (name === 'llm_edge_requests_total') models.set(`${provider} ${model}`, { provider, model });
  }
  for (const [key, labels] of models) {
    for (const status of ['success', 'error']) {
      counters[`${key} ${status}`] = sumOf(samples, 'llm_edge_requests_total', { ...labels, status });
    }
    for (const type of ['input', 'output']) {
      counters[`${key} ${type}`] = sumOf(samples, 'llm_edge_tokens_total', { ...labels, type });
    }
    counters[`${key} cost`] = sumOf(samples, 'llm_edge_cost_usd_total', labels);
  }
  for (const status of ['success', 'error']) {
    counters[`operations ${status}`] = sumOf(samples, 'llm_edge_operations_total', { status });
  }
  counters['cache hits'] = sumOf(samples, 'llm_edge_cache_hits_total');
  counters['cache misses'] = sumOf(samples, 'llm_edge_cache_misses_total');
  counters['retries'] = sumOf(samples, 'llm_edge_retries_total');
  counters['failovers'] = sumOf(samples, 'llm_edge_failovers_total');
  return rounded(counters);
}

/** Those of the counters that spans can tell as well, out of spans. */
export function countersOfSpans(spans: readonly StoredSpan[]): Counters {
  const counters: Record<string, number> = { 'operations success': 0, 'operations error': 0 };
  const add = (name: string, value: unknown) => {
    counters[name] = (counters[name] ?? 0) + Number(value ?? 0);
  };
  for (const { parentSpanId, statusCode, attributes } of spans) {
    const isError = statusCode === 2;
    if (parentSpanId === '') {
      add(`operations ${isError ? 'error' : 'success'}`, 1);
      continue;
    }
    const key = `${attributes['gen_ai.provider.name']} ${attributes['gen_ai.request.model']}`;
    add(`${key} success`, isError ? 0 : 1);
    add(`${key} error`, isError ? 1 : 0);
    add(`${key} input`, attributes['gen_ai.usage.input_tokens']);
    add(`${key} output`, attributes['gen_ai.usage.output_tokens']);
    add(`${key} cost`, attributes['gen_ai.usage.cost']);
  }
  return rounded(counters);
}

function rounded(counters: Counters): Counters {
  return Object.fromEntries(
    Object.entries(counters).map(([name, value]) => [name, Number(value.toFixed(COST_DIGITS))]),
  );
}
