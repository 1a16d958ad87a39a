import type { HrTime } from '@opentelemetry/api';
import type { Histogram, MetricData, ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { createDefinitionChoice } from './definition-choice.js';
import { groupMetrics } from './group-metrics.js';
import { createResourceCache } from './group-resource.js';
import { comparePlaces } from './merge-rules.js';
import { type MergedMetric, type MergedSeries, type MergedWorker, MergeTable } from './merge-table.js';
import { MergedValues } from './merged-values.js';
import { type MergedPoint, metricData } from './metric-data.js';
import type { GroupReading, Published } from './published.js';
import type { Definition, LeftOutReason } from './series-description.js';
import type { Totals } from './totals.js';
import { hasValidValues } from './values.js';

/** What a page of the group is made of. */
export interface MergeInput {
  readonly reading: GroupReading<Totals>;
  /** The time, on the machine's monotonic clock. */
  readonly nowMs: number;
  /** The same moment, in milliseconds since the epoch. */
  readonly wallMs: number;
  /** The `service.instance.id` of the page, unless all workers were given the same one. */
  readonly instanceId: string;
}

/** What the page of a group shows. */
export interface MergedMetrics {
  readonly resourceMetrics: ResourceMetrics;
  /** The number of workers of which something is left out; the sums of the dead count as one. */
  readonly leftOut: Readonly<Record<LeftOutReason, number>>;
}

/** Adds up what workers have published. */
export interface Merger {
  /** Yields often, so that other callbacks can run. Several may be in progress at once. */
  merge(input: MergeInput): Generator<undefined, MergedMetrics>;
}

/** Series after which other callbacks can run: a fraction of a millisecond. */
const SERIES_PER_STEP = 200;

/**
 * Creates what adds up what workers have published. The result is the same whoever makes it and in whatever order the
 * workers are: sums are rounded once, and the metrics and series have an order of their own.
 */
export function createMerger(): Merger {
  const resources = createResourceCache();
  let table = new MergeTable();
  let epoch: number | undefined;

  function* merge(input: MergeInput): Generator<undefined, MergedMetrics> {
    const { reading, nowMs, wallMs } = input;
    const { living, totals } = reading;
    if (reading.epoch !== epoch || !table.suits(living)) table = new MergeTable();
    epoch = reading.epoch;
    const page = table;
    const workers: [Published, MergedWorker][] = [];
    for (const published of living) workers.push([published, yield* page.worker(published)]);
    const totalTargets = yield* page.targetsOf(totals);
    const choice = createDefinitionChoice(workers, totals);
    const leftOut = { bounds: 0, kind: 0, ...reading.leftOut };
    const countReasons = (reasons: ReadonlySet<LeftOutReason>): void => {
      for (const reason of reasons) leftOut[reason]++;
    };
    const values = new MergedValues(page.seriesCount, page.columnCount, nowMs);
    for (const [published, worker] of workers) {
      countReasons(new Set([...(yield* addWorker(values, published, worker)), ...choice.reasons(worker)]));
    }
    yield* addTotals(values, totals, totalTargets);
    countReasons(new Set([...totals.leftOut, ...choice.totalReasons]));

    const time: HrTime = [Math.floor(wallMs / 1000), Math.floor(wallMs % 1000) * 1_000_000];
    const metrics: MetricData[] = groupMetrics({ reading, nowMs, wallMs, leftOut, time });
    for (const metric of page.sorted()) {
      if (metric.rule !== 'group' && choice.has(metric.definition)) {
        const data = yield* dataOf(metric, values, time);
        if (data.dataPoints.length > 0) metrics.push(data);
      }
    }
    metrics.sort((a, b) => comparePlaces(a.descriptor.name, b.descriptor.name));
    const resource = resources(workers, input.instanceId);
    return {
      resourceMetrics: { resource, scopeMetrics: [{ scope: { name: 'workers' }, metrics }] },
      leftOut,
    };
  }

  return { merge };
}

/** Adds the values of a worker; returns why some of it is left out. */
function* addWorker(
  merged: MergedValues,
  { values, isEnded }: Published,
  { description, targets }: MergedWorker,
): Generator<undefined, ReadonlySet<LeftOutReason>> {
  const reasons = new Set(description.leftOut);
  if (values.length > description.width) reasons.add('unreadable');
  const { series } = description;
  for (let place = 0; place < series.length; place++) {
    if (place % SERIES_PER_STEP === 0) yield;
    const described = series[place];
    // Series that the worker has described since it published these values.
    if (described === undefined || described.offset >= values.length) break;
    const target = targets[place];
    if (target === undefined) reasons.add('too_many');
    else if (target.metric.rule === 'group') continue;
    else if (hasValidValues(described, values)) merged.add(target, described, values, isEnded);
    else reasons.add('unreadable');
  }
  return reasons;
}

function* addTotals(
  merged: MergedValues,
  totals: Totals,
  targets: readonly (MergedSeries | undefined)[],
): Generator<undefined, void> {
  let place = 0;
  for (const { series } of totals.metrics.values()) {
    for (const total of series.values()) {
      if (place % SERIES_PER_STEP === 0) yield;
      const target = targets[place++];
      if (target !== undefined) merged.addTotal(target, total);
    }
  }
}

function* dataOf(
  { definition, series }: MergedMetric,
  values: MergedValues,
  time: HrTime,
): Generator<undefined, MetricData> {
  const points: MergedPoint[] = [];
  let steps = 0;
  // A copy, since another page may put the series in order in between.
  for (const one of [...series.values()]) {
    if (++steps % SERIES_PER_STEP === 0) yield;
    if (!values.has(one)) continue;
    const { attributes } = one.labels;
    if (definition.kind === 'gauge') points.push({ attributes, value: values.gauge(one) });
    else if (definition.kind === 'histogram') {
      points.push({ attributes, value: histogramOf(one, definition, values) });
    } else points.push({ attributes, value: values.sum(one) });
  }
  return metricData(definition, points, time);
}

function histogramOf(series: MergedSeries, { bounds }: Definition, values: MergedValues): Histogram {
  const counts: number[] = [];
  let count = 0;
  for (let index = 0; index <= bounds.length; index++) {
    const inBucket = values.sum(series, index);
    counts.push(inBucket);
    count += inBucket;
  }
  const sum = values.sum(series, bounds.length + 1);
  // The renderer keeps the text of each array of bounds, which is the same one on every page.
  const buckets = { boundaries: bounds as number[], counts };
  return Number.isNaN(sum) ? { buckets, count } : { buckets, count, sum };
}
