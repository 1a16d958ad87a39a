/** The names of one label in both worlds. */
export interface LabelMapping {
  readonly theirs: string;
  /** Older names of the same label. */
  readonly also?: readonly string[];
  readonly ours: string;
  /** Values that differ, theirs first. Of several pairs with the same value of ours, the first leads back. */
  readonly values?: readonly (readonly [theirs: string, ours: string])[];
  /** Whether values that are in no pair stay as they are; otherwise they have no counterpart. */
  readonly open?: true;
  /** Another name of a value of theirs, in our words. */
  readonly normalise?: (theirs: string) => string | undefined;
}

/** One metric of another product, and what it is here. */
export interface MetricMapping {
  /** The name in Prometheus: of a counter with `_total`, of a histogram without `_bucket`, `_sum` and `_count`. */
  readonly theirs: string;
  readonly kind: 'counter' | 'gauge' | 'histogram';
  /** Only this series of a histogram of theirs has a counterpart, which is a counter. */
  readonly part?: 'sum' | 'count';
  readonly ours: string;
  /** The part of ours that it is. */
  readonly match?: Readonly<Record<string, string>>;
  /** The unit of theirs; durations of ours are in milliseconds. */
  readonly unit?: 's' | 'us';
  readonly labels: readonly LabelMapping[];
  /** Labels of theirs without a counterpart. */
  readonly others: readonly string[];
  /** A label of theirs that is present on failures alone, as `status="error"` is ours. */
  readonly onErrors?: string;
  /** Upper bounds of their buckets, in their unit; not given where a configuration decides. */
  readonly bounds?: readonly number[];
  /** Other names under which exporters write the same metric. */
  readonly also?: readonly string[];
  /** How its meaning differs from ours, as one sentence. */
  readonly differs?: string;
}

/** The metrics of one product, as its documents and sources name them. */
export interface SourceMapping {
  /** The value of `--from` and `--to`. */
  readonly name: string;
  readonly title: string;
  /** What the names of its metrics begin with. */
  readonly prefixes: readonly string[];
  /** The version that the names were read from. */
  readonly version: string;
  /** Where the names are defined. */
  readonly definedIn: readonly string[];
  /** In order: of several rows with the same metric, the first that has all labels of a query is taken. */
  readonly metrics: readonly MetricMapping[];
  /** Metrics without a counterpart, and why. */
  readonly without: Readonly<Record<string, string>>;
}
