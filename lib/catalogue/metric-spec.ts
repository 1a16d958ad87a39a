/** What keeps an open label (one whose values callers choose) from growing without bound. */
export type Limiter = 'provider' | 'model' | 'route' | 'budget' | 'metric';

/** A closed set of values, or the limiter of an open one. */
export type LabelSpec = readonly string[] | { readonly limiter: Limiter };

/** One metric of the catalogue: all that code, documents and dashboards need to know about it. */
export interface MetricSpec {
  readonly kind: 'counter' | 'gauge' | 'histogram';
  /** What is measured, with its unit, as one sentence. Becomes the `# HELP` line. */
  readonly description: string;
  readonly labels: Readonly<Record<string, LabelSpec>>;
  /** Labels that a series carries only when another label has this value. */
  readonly onlyWhen?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Upper bounds of the histogram's buckets, ascending. */
  readonly buckets?: readonly number[];
  /** The most series this metric may have under the default limits. */
  readonly seriesBudget: number;
  /** What it means when the value rises or falls, and what to do then. */
  readonly interpretation: string;
  /** Other metrics worth reading beside it. */
  readonly seeAlso?: readonly string[];
  /** A PromQL query to start from. */
  readonly query: string;
}
