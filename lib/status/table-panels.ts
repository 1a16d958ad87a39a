import { type Change, quantileOf, rateOf, totalIncrease } from './changes.js';
import { type PanelEntry, table } from './panel-entry.js';
import { type Group, keyOf, sumBy } from './readings.js';
import type { StateCell } from './status-document.js';

const HEALTH: readonly StateCell[] = [
  { text: 'unhealthy', tone: 'bad' },
  { text: 'healthy', tone: 'good' },
];
const CIRCUITS: readonly StateCell[] = [
  { text: 'closed', tone: 'good' },
  { text: 'half open', tone: 'warning' },
  { text: 'open', tone: 'bad' },
];

/** The tables in the order of the page. A further one is a further entry. */
export const TABLES: readonly PanelEntry[] = [
  table({
    id: 'providers',
    title: 'Providers',
    help: 'Each provider in the last minute; the headroom is that of the tightest rate limit it reported.',
    columns: [
      { title: 'Provider', unit: 'text' },
      { title: 'Requests', unit: 'per_second' },
      { title: 'Errors', unit: 'ratio' },
      { title: 'p95', unit: 'milliseconds' },
      { title: 'Health', unit: 'state' },
      { title: 'Circuit', unit: 'state' },
      { title: 'Rate limit left', unit: 'ratio' },
    ],
    reads: {
      requests: sumBy('llm_edge_requests_total', 'provider', 'status'),
      durations: sumBy('llm_edge_request_duration_ms', 'provider'),
      health: sumBy('llm_edge_provider_available', 'provider'),
      circuits: sumBy('llm_edge_circuit_breaker_state', 'provider'),
      remaining: sumBy('llm_edge_rate_limit_remaining', 'provider', 'model', 'limit'),
      limits: sumBy('llm_edge_rate_limit_limit', 'provider', 'model', 'limit'),
    },
    empty: 'No requests so far.',
    rows({ requests, durations, health, circuits, remaining, limits }) {
      const headrooms = headroomByProvider(remaining, limits);
      const providers = new Set(
        [requests, health, circuits, remaining].flatMap(({ now }) =>
          [...now.values()].map(({ labels: [provider = ''] }) => provider),
        ),
      );
      return [...providers]
        .map((provider) => ({
          provider,
          total: totalIncrease(requests, (group) => group.labels[0] === provider),
        }))
        .sort((a, b) => b.total - a.total)
        .map(({ provider, total }) => {
          const failed = totalIncrease(requests, isFailureOf(provider));
          return [
            provider,
            total / requests.seconds,
            total > 0 ? failed / total : null,
            quantileOf(durations, keyOf(provider), 0.95),
            stateOf(health, provider, HEALTH),
            stateOf(circuits, provider, CIRCUITS),
            headrooms.get(provider) ?? null,
          ];
        });
    },
  }),
  table({
    id: 'models',
    title: 'Models',
    help: 'The usage and cost of each model since the start, the most expensive first.',
    columns: [
      { title: 'Model', unit: 'text' },
      { title: 'Provider', unit: 'text' },
      { title: 'Requests', unit: 'count' },
      { title: 'Input tokens', unit: 'count' },
      { title: 'Output tokens', unit: 'count' },
      { title: 'Cost', unit: 'usd' },
    ],
    reads: {
      requests: sumBy('llm_edge_requests_total', 'model', 'provider'),
      tokens: sumBy('llm_edge_tokens_total', 'model', 'provider', 'type'),
      costs: sumBy('llm_edge_cost_usd_total', 'model', 'provider'),
    },
    empty: 'No requests so far.',
    rows: ({ requests, tokens, costs }) =>
      [...new Map([...requests.now, ...costs.now])]
        .map(([key, { labels }]) => ({
          labels,
          requests: requests.now.get(key)?.value ?? 0,
          // What is not known is not zero: the price of a model, or the usage that a provider did not report.
          costUsd: costs.now.get(key)?.value ?? null,
          input: tokens.now.get(keyOf(...labels, 'input'))?.value ?? null,
          output: tokens.now.get(keyOf(...labels, 'output'))?.value ?? null,
        }))
        .filter(({ requests, costUsd }) => requests > 0 || (costUsd ?? 0) > 0)
        .sort((a, b) => (b.costUsd ?? 0) - (a.costUsd ?? 0) || b.requests - a.requests)
        .map(({ labels, requests, costUsd, input, output }) => [...labels, requests, input, output, costUsd]),
  }),
  table({
    id: 'budgets',
    title: 'Budgets',
    help: 'What this process has spent of each budget in its current window.',
    columns: [
      { title: 'Budget', unit: 'text' },
      { title: 'Spent', unit: 'usd' },
      { title: 'Limit', unit: 'usd' },
      { title: 'Share', unit: 'ratio' },
    ],
    reads: {
      spent: sumBy('llm_edge_budget_spent_usd', 'budget'),
      limits: sumBy('llm_edge_budget_limit_usd', 'budget'),
    },
    empty: 'No budget is configured.',
    rows: ({ spent, limits }) =>
      [...new Set([...spent.now.keys(), ...limits.now.keys()])]
        .map((budget) => {
          const spentUsd = spent.now.get(budget)?.value ?? 0;
          const limitUsd = limits.now.get(budget)?.value;
          return { budget, spentUsd, limitUsd, share: limitUsd ? spentUsd / limitUsd : undefined };
        })
        .sort((a, b) => (b.share ?? 0) - (a.share ?? 0))
        .map(({ budget, spentUsd, limitUsd, share }) => [budget, spentUsd, limitUsd ?? null, share ?? null]),
  }),
  table({
    id: 'failures',
    title: 'Last failures',
    help: 'The last failed requests, with the traces that show what happened.',
    columns: [
      { title: 'Time', unit: 'time' },
      { title: 'Provider', unit: 'text' },
      { title: 'Model', unit: 'text' },
      { title: 'Error', unit: 'text' },
      { title: 'Trace', unit: 'trace' },
    ],
    reads: {},
    empty: 'No failures so far.',
    rows: (_changes, { failures }) =>
      failures.map(({ atMs, provider, model, errorType, traceId }) => [
        atMs,
        provider,
        model,
        errorType,
        traceId ?? null,
      ]),
  }),
  table({
    id: 'unseen',
    title: 'Unseen traffic',
    help: 'Requests that look like calls to a model and were not recognised, so no other metric counts them.',
    columns: [
      { title: 'Host', unit: 'text' },
      { title: 'Seen by', unit: 'text' },
      { title: 'Requests', unit: 'count' },
    ],
    reads: { unseen: sumBy('llm_edge_monitoring_unrecognised_requests_total', 'host', 'seen_by') },
    empty: 'All requests that look like calls to a model were recognised.',
    rows: ({ unseen }) => counted(unseen),
  }),
  table({
    id: 'unpriced',
    title: 'Unpriced traffic',
    help: 'Requests with usage whose price is unknown: the cost does not include them.',
    columns: [
      { title: 'Provider', unit: 'text' },
      { title: 'Model', unit: 'text' },
      { title: 'Reason', unit: 'text' },
      { title: 'Requests', unit: 'count' },
    ],
    reads: { unpriced: sumBy('llm_edge_unpriced_requests_total', 'provider', 'model', 'reason') },
    empty: 'Every request with usage has a price.',
    rows: ({ unpriced }) => counted(unpriced),
  }),
  table({
    id: 'dropped',
    title: 'Dropped',
    help: 'Values that could not be recorded as given, and spans that were lost, since the start.',
    columns: [
      { title: 'What', unit: 'text' },
      { title: 'Reason', unit: 'text' },
      { title: 'Count', unit: 'count' },
      { title: 'Rate', unit: 'per_second' },
    ],
    reads: {
      values: sumBy('llm_edge_monitoring_dropped_total', 'reason'),
      spans: sumBy('llm_edge_monitoring_spans_dropped_total', 'reason'),
    },
    empty: 'Nothing was dropped.',
    rows: ({ values, spans }) => [...dropped('values', values), ...dropped('spans', spans)],
  }),
];

function isFailureOf(provider: string): (group: Group) => boolean {
  return ({ labels }) => labels[0] === provider && labels[1] === 'error';
}

/** The state that a gauge stands for; `null` where it was never set. */
function stateOf({ now }: Change, provider: string, states: readonly StateCell[]): StateCell | null {
  return states[now.get(keyOf(provider))?.value ?? -1] ?? null;
}

/** The share of its tightest rate limit that each provider has left. */
function headroomByProvider(remaining: Change, limits: Change): ReadonlyMap<string, number> {
  const headrooms = new Map<string, number>();
  for (const [key, { labels, value }] of remaining.now) {
    const [provider = ''] = labels;
    const limit = limits.now.get(key)?.value ?? 0;
    if (limit > 0) headrooms.set(provider, Math.min(headrooms.get(provider) ?? 1, value / limit));
  }
  return headrooms;
}

/** The labels and value of each group that is not zero, the largest first. */
function counted({ now }: Change): (string | number)[][] {
  return [...now.values()]
    .filter(({ value }) => value > 0)
    .sort((a, b) => b.value - a.value)
    .map(({ labels, value }) => [...labels, value]);
}

function dropped(what: string, change: Change): (string | number)[][] {
  return counted(change).map(([reason = '', count = 0]) => [
    what,
    reason,
    count,
    rateOf(change, keyOf(String(reason))),
  ]);
}
