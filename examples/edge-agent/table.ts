import type { CircuitState } from 'llm-edge-monitoring';
import type { Provider } from './chat.js';
import { percentile, summarize, type Totals, type TotalsRow } from './totals.js';

/** What the table shows. */
export interface View {
  readonly totals: Totals;
  readonly circuits: Readonly<Record<Provider, { readonly state: CircuitState }>>;
  readonly elapsedMs: number;
}

/** Fits a terminal of 80 columns. */
const COLUMNS = [
  { title: 'model', width: 17, align: 'left' },
  { title: 'requests', width: 9, align: 'right' },
  { title: 'errors', width: 7, align: 'right' },
  { title: 'p50 ms', width: 7, align: 'right' },
  { title: 'p95 ms', width: 7, align: 'right' },
  { title: 'tokens in', width: 11, align: 'right' },
  { title: 'tokens out', width: 11, align: 'right' },
  { title: 'cost $', width: 9, align: 'right' },
] as const;

const RULE = '-'.repeat(COLUMNS.reduce((sum, { width }) => sum + width, 0));

const HEALTH: Readonly<Record<CircuitState, string>> = { closed: 'up', half_open: 'probing', open: 'DOWN' };

/** The state of the gateway as a table, one line each. */
export function toTable(view: View): string[] {
  const { totals, circuits, elapsedMs } = view;
  const rows = [...totals.rows.values()].sort((left, right) => left.model.localeCompare(right.model));
  const all = { ...summarize(totals), durationsMs: rows.flatMap((row) => row.durationsMs) };
  const { operations, failedOperations, durationsMs, cacheHits, cacheMisses, retries, failovers } = totals;
  return [
    line(COLUMNS.map(({ title }) => title)),
    RULE,
    ...rows.map((row) => line([row.model, ...numbers(row)])),
    RULE,
    line(['all providers', ...numbers(all)]),
    '',
    `providers  openai ${HEALTH[circuits.openai.state]}, anthropic ${HEALTH[circuits.anthropic.state]}`,
    `recovery   ${count(retries)} retries, ${count(failovers)} failovers, those around an open circuit included`,
    `cache L1   ${hitRate(totals)} hits (${count(cacheHits)} of ${count(cacheHits + cacheMisses)})`,
    `callers    ${count(operations)} calls at ${perSecond(operations, elapsedMs)}/s, ${count(failedOperations)} failed, ` +
      `p50 ${milliseconds(durationsMs, 0.5)} ms, p95 ${milliseconds(durationsMs, 0.95)} ms`,
  ];
}

/** The state of the gateway as one line, for logs. */
export function toLogLine({ totals, circuits, elapsedMs }: View): string {
  const { requests, errors, inputTokens, outputTokens, costUsd } = summarize(totals);
  const durations = [...totals.rows.values()].flatMap((row) => row.durationsMs);
  return [
    `${(elapsedMs / 1000).toFixed(0)}s`,
    `requests=${requests}`,
    `errors=${errors}`,
    `p50=${milliseconds(durations, 0.5)}ms`,
    `p95=${milliseconds(durations, 0.95)}ms`,
    `tokens=${inputTokens}+${outputTokens}`,
    `cost=$${costUsd.toFixed(4)}`,
    `cache=${hitRate(totals)}`,
    `failovers=${totals.failovers}`,
    `openai=${HEALTH[circuits.openai.state]}`,
    `anthropic=${HEALTH[circuits.anthropic.state]}`,
  ].join(' ');
}

function numbers(
  row: Pick<TotalsRow, 'requests' | 'errors' | 'durationsMs' | 'inputTokens' | 'outputTokens' | 'costUsd'>,
): string[] {
  return [
    count(row.requests),
    count(row.errors),
    milliseconds(row.durationsMs, 0.5),
    milliseconds(row.durationsMs, 0.95),
    count(row.inputTokens),
    count(row.outputTokens),
    row.costUsd.toFixed(4),
  ];
}

function line(cells: readonly string[]): string {
  const padded = COLUMNS.map(({ width, align }, index) => {
    const cell = cells[index] ?? '';
    return align === 'left' ? cell.padEnd(width) : cell.padStart(width);
  });
  return padded.join('');
}

function count(value: number): string {
  return value.toLocaleString('en-US');
}

function milliseconds(durationsMs: readonly number[], share: number): string {
  const value = percentile(durationsMs, share);
  return value === undefined ? '-' : Math.round(value).toString();
}

function perSecond(operations: number, elapsedMs: number): string {
  return elapsedMs > 0 ? ((operations * 1000) / elapsedMs).toFixed(1) : '0.0';
}

function hitRate({ cacheHits, cacheMisses }: Totals): string {
  const lookups = cacheHits + cacheMisses;
  return lookups === 0 ? '-' : `${((100 * cacheHits) / lookups).toFixed(1)}%`;
}
