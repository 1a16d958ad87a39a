import { isRecord } from '../config/issues.js';
import { type KeptSum, plus } from './exact-sum.js';
import { isOfTheDead, mergeOf } from './merge-rules.js';
import type { Arithmetic, Published } from './published.js';
import {
  type Definition,
  type DescribedSeries,
  Description,
  definitionOf,
  isBounds,
  isKind,
  isReason,
  type Labels,
  LabelTable,
  type LeftOutReason,
  SERIES_MAX,
  widthOf,
} from './series-description.js';
import { hasValidValues, SAME_WINDOW_MS } from './values.js';

/** What the dead stated of a gauge: the latest, or their sum in one window. */
export interface DeadStatement {
  readonly value: KeptSum;
  readonly statedAtMs: number;
  /** From then on it does not count. */
  readonly staleAtMs: number;
}

/** The sums of the dead in one series: of each value, or what they stated if it is a gauge. */
export interface TotalSeries {
  readonly labels: Labels;
  readonly sums: readonly KeptSum[];
  readonly statements: readonly DeadStatement[];
}

/** The sums of the dead in one metric, by the key of the labels. */
export interface TotalMetric {
  readonly definition: Definition;
  /** When the worker started that started last of those that had it. */
  readonly startedMs: number;
  readonly series: ReadonlyMap<string, TotalSeries>;
}

/** The sums of the dead, by the key of the definition: nothing is lost if two versions define a metric differently. */
export interface Totals {
  readonly metrics: ReadonlyMap<string, TotalMetric>;
  readonly leftOut: ReadonlySet<LeftOutReason>;
}

const EMPTY: Totals = { metrics: new Map(), leftOut: new Set() };

/** The most windows of one gauge that are kept: more than one only if the length of the window was changed. */
const WINDOWS_MAX = 8;

/** Sums of the dead, as JSON. */
export const TOTALS: Arithmetic<Totals> = { empty: EMPTY, add, encode, decode };

function add(totals: Totals, dead: Published): Totals {
  const description = new Description(new LabelTable());
  for (const _ of description.read(dead.lines));
  const metrics = new Map(totals.metrics);
  const leftOut = new Set([...totals.leftOut, ...description.leftOut]);
  if (dead.values.length > description.width) leftOut.add('unreadable');
  const startedMs = description.worker?.startedMs ?? 0;
  const copies = new Map<string, Map<string, TotalSeries>>();
  let seriesCount = 0;
  for (const { series } of metrics.values()) seriesCount += series.size;

  for (const described of description.series) {
    const { definition, labels } = described;
    if (!isOfTheDead(mergeOf(definition))) continue;
    if (!hasValidValues(described, dead.values)) {
      leftOut.add('unreadable');
      continue;
    }
    let copy = copies.get(definition.key);
    if (copy === undefined) {
      const known = metrics.get(definition.key);
      copy = new Map(known?.series);
      copies.set(definition.key, copy);
      metrics.set(definition.key, {
        definition,
        startedMs: Math.max(known?.startedMs ?? 0, startedMs),
        series: copy,
      });
    }
    const known = copy.get(labels.key);
    if (known === undefined && seriesCount >= SERIES_MAX) leftOut.add('too_many');
    else {
      if (known === undefined) seriesCount++;
      copy.set(labels.key, addSeries(known, described, dead));
    }
  }
  return { metrics, leftOut };
}

function addSeries(
  known: TotalSeries | undefined,
  { definition, offset, ...described }: DescribedSeries,
  { values, atMs }: Published,
): TotalSeries {
  const labels = known?.labels ?? described.labels;
  if (definition.kind === 'gauge') {
    const [value = Number.NaN, statedAtMs = 0, staleAtMs = 0] = values.subarray(offset, offset + 3);
    const old = (known?.statements ?? []).filter((statement) => statement.staleAtMs > atMs);
    const isStated = !Number.isNaN(value) && staleAtMs > atMs;
    const statements = isStated ? addStatement(old, definition, { value, statedAtMs, staleAtMs }) : old;
    return { labels, sums: [], statements };
  }
  const sums: KeptSum[] = [];
  for (let index = 0; index < widthOf(definition); index++) {
    sums.push(plus(known?.sums[index] ?? 0, values[offset + index] ?? 0));
  }
  return { labels, sums, statements: [] };
}

function addStatement(
  old: readonly DeadStatement[],
  definition: Definition,
  stated: DeadStatement & { readonly value: number },
): readonly DeadStatement[] {
  if (mergeOf(definition) !== 'window') {
    const [last] = old;
    return last !== undefined && last.statedAtMs > stated.statedAtMs ? old : [stated];
  }
  // What is charged to no window would never go away.
  if (stated.staleAtMs === Number.POSITIVE_INFINITY) return old;
  const isSame = ({ staleAtMs }: DeadStatement): boolean =>
    Math.abs(staleAtMs - stated.staleAtMs) < SAME_WINDOW_MS;
  const window = old.find(isSame);
  const sum: DeadStatement = {
    value: plus(window?.value ?? 0, stated.value),
    statedAtMs: Math.max(window?.statedAtMs ?? 0, stated.statedAtMs),
    staleAtMs: Math.max(window?.staleAtMs ?? 0, stated.staleAtMs),
  };
  return [sum, ...old.filter((one) => one !== window)].slice(0, WINDOWS_MAX);
}

function encode({ metrics, leftOut }: Totals): Uint8Array {
  const text = JSON.stringify({
    metrics: [...metrics.values()].map(({ definition, startedMs, series }) => {
      const { name, description, kind, bounds } = definition;
      const rows = [...series.values()].map(({ labels, sums, statements }) => [
        labels.attributes,
        kind === 'gauge'
          ? // JSON has no infinity: what is never stale has no end.
            statements.map(({ value, statedAtMs, staleAtMs }) => [value, statedAtMs, staleAtMs])
          : sums,
      ]);
      return { name, description, kind, bounds, startedMs, series: rows };
    }),
    leftOut: [...leftOut],
  });
  return Buffer.from(text);
}

function decode(bytes: Uint8Array): Totals | undefined {
  try {
    return totalsOf(JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString()));
  } catch {
    // A foreign or damaged file; its reader counts it.
    return undefined;
  }
}

/** Reads totals whole or not at all: a part of them would make counters go back. */
function totalsOf(value: unknown): Totals | undefined {
  if (!isRecord(value) || !Array.isArray(value['metrics']) || !Array.isArray(value['leftOut']))
    return undefined;
  const table = new LabelTable();
  const metrics = new Map<string, TotalMetric>();
  let seriesCount = 0;
  for (const row of value['metrics'] as unknown[]) {
    const metric = metricOf(row, table);
    if (metric === undefined) return undefined;
    seriesCount += metric.series.size;
    if (seriesCount > SERIES_MAX) return undefined;
    metrics.set(metric.definition.key, metric);
  }
  return { metrics, leftOut: new Set(value['leftOut'].filter(isReason)) };
}

function metricOf(row: unknown, table: LabelTable): TotalMetric | undefined {
  if (!isRecord(row)) return undefined;
  const { name, description, kind, bounds, startedMs, series: rows } = row;
  if (typeof name !== 'string' || typeof description !== 'string' || typeof startedMs !== 'number')
    return undefined;
  if (!isKind(kind) || !isBounds(bounds) || !Array.isArray(rows)) return undefined;
  const definition = definitionOf(name, description, kind, bounds);
  const series = new Map<string, TotalSeries>();
  for (const one of rows as unknown[]) {
    const [attributes, amounts] = Array.isArray(one) ? (one as unknown[]) : [];
    const labels = table.of(attributes);
    if (labels === undefined || !Array.isArray(amounts)) return undefined;
    const total = seriesOf(definition, labels, amounts as unknown[]);
    if (total === undefined) return undefined;
    series.set(labels.key, total);
  }
  return { definition, startedMs, series };
}

function seriesOf(
  definition: Definition,
  labels: Labels,
  amounts: readonly unknown[],
): TotalSeries | undefined {
  if (definition.kind === 'gauge') {
    const statements = amounts.map(statementOf).filter((one) => one !== undefined);
    return statements.length === amounts.length ? { labels, sums: [], statements } : undefined;
  }
  if (amounts.length !== widthOf(definition)) return undefined;
  // JSON has no NaN either, which is the sum of a histogram that has none.
  const sums = amounts.map((amount) => (amount === null ? Number.NaN : sumOf(amount)));
  return sums.every((sum) => sum !== undefined) ? { labels, sums, statements: [] } : undefined;
}

function statementOf(value: unknown): DeadStatement | undefined {
  const [amount, statedAtMs, staleAtMs] = Array.isArray(value) ? (value as unknown[]) : [];
  const sum = sumOf(amount);
  if (sum === undefined || typeof statedAtMs !== 'number') return undefined;
  if (staleAtMs === null) return { value: sum, statedAtMs, staleAtMs: Number.POSITIVE_INFINITY };
  return typeof staleAtMs === 'number' ? { value: sum, statedAtMs, staleAtMs } : undefined;
}

function sumOf(amount: unknown): KeptSum | undefined {
  if (typeof amount === 'number') return Number.isFinite(amount) ? amount : undefined;
  return Array.isArray(amount) && amount.every((part) => Number.isFinite(part))
    ? (amount as number[])
    : undefined;
}
