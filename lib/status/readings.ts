import type { DataPoint, Histogram, ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { INPUT_LIMITS } from '../catalogue/input-limits.js';
import type { MetricName } from '../catalogue/labels.js';
import { METRICS } from '../catalogue/metrics.js';

type LabelOf<Name extends MetricName> = keyof (typeof METRICS)[Name]['labels'] & string;

/** A metric summed by some of its labels, as `sum by (…)` does it. Identified by its object. */
export interface Reading {
  readonly metric: MetricName;
  readonly by: readonly string[];
}

/** Sums a metric by some of its labels. A gauge has to be read by all of its labels. */
export function sumBy<Name extends MetricName>(metric: Name, ...by: LabelOf<Name>[]): Reading {
  return { metric, by };
}

/** The series of a reading that have the same values of its labels. */
export interface Group {
  /** In the order of the reading's labels; a label that a series does not have is empty. */
  readonly labels: readonly string[];
  /** Sum of a counter or gauge; number of records of a histogram. */
  readonly value: number;
  /** The records of a histogram in each bucket; the last one has no upper bound. */
  readonly buckets: readonly number[] | undefined;
}

/** Groups by the values of their labels; see {@link keyOf}. */
export type Groups = ReadonlyMap<string, Group>;

/** What all readings found at one time. */
export interface Snapshot {
  /** Monotonic milliseconds. */
  readonly atMs: number;
  readonly groups: ReadonlyMap<Reading, Groups>;
}

/** The key of the group with these values. */
export function keyOf(...labels: readonly string[]): string {
  return labels.join('\u0000');
}

type Mutable<Type> = { -readonly [Key in keyof Type]: Type[Key] };
type MutableGroup = Omit<Mutable<Group>, 'buckets'> & { buckets: number[] | undefined };

const GROUPS_MAX = INPUT_LIMITS.statusGroups.value;
const POINTS_PER_STEP = 200;

/** Reads a collection in one pass, some hundred series at each step. */
export function* readGroups(
  readings: Iterable<Reading>,
  { scopeMetrics }: ResourceMetrics,
): Generator<undefined, ReadonlyMap<Reading, Groups>> {
  const found = new Map<Reading, Map<string, MutableGroup>>();
  const byMetric = new Map<string, Reading[]>();
  for (const reading of readings) {
    found.set(reading, new Map());
    byMetric.set(reading.metric, [...(byMetric.get(reading.metric) ?? []), reading]);
  }
  let count = 0;
  for (const { descriptor, dataPoints } of scopeMetrics.flatMap(({ metrics }) => metrics)) {
    const wanted = byMetric.get(descriptor.name) ?? [];
    if (wanted.length === 0) continue;
    for (const point of dataPoints) {
      for (const reading of wanted)
        add(found.get(reading), reading.by, point as DataPoint<number | Histogram>);
      count += 1;
      if (count % POINTS_PER_STEP === 0) yield;
    }
  }
  return found;
}

function add(
  groups: Map<string, MutableGroup> | undefined,
  by: readonly string[],
  { attributes, value }: DataPoint<number | Histogram>,
): void {
  if (groups === undefined) return;
  let labels = by.map((name) => String(attributes[name] ?? ''));
  let key = keyOf(...labels);
  let group = groups.get(key);
  if (group === undefined && groups.size >= GROUPS_MAX) {
    labels = by.map(() => 'other');
    key = keyOf(...labels);
    group = groups.get(key);
  }
  if (group === undefined) {
    group = { labels, value: 0, buckets: undefined };
    groups.set(key, group);
  }
  if (typeof value === 'number') {
    group.value += value;
    return;
  }
  group.value += value.count;
  const { counts = [] } = value.buckets ?? {};
  group.buckets ??= new Array<number>(counts.length).fill(0);
  for (let index = 0; index < counts.length; index += 1) {
    group.buckets[index] = (group.buckets[index] ?? 0) + (counts[index] ?? 0);
  }
}

/** What is reported without anything being recorded: by the package of itself, and by configuration. */
const OWN = /^llm_edge_(monitoring_|price_list_|budget_limit_|active_requests)/;
const RECORDED: ReadonlySet<string> = new Set(Object.keys(METRICS).filter((name) => !OWN.test(name)));
const REPORTED_STATES: ReadonlySet<string> = new Set<MetricName>([
  'llm_edge_provider_available',
  'llm_edge_circuit_breaker_state',
]);

/** Whether a collection has any value that the program recorded. A declared counter at zero is none. */
export function hasRecords({ scopeMetrics }: ResourceMetrics): boolean {
  return scopeMetrics
    .flatMap(({ metrics }) => metrics)
    .some(({ descriptor: { name }, dataPoints }) => {
      if (!RECORDED.has(name)) return false;
      if (REPORTED_STATES.has(name)) return dataPoints.length > 0;
      return dataPoints.some(({ value }) => (typeof value === 'number' ? value > 0 : true));
    });
}
