/** What limits the values of an open label, which callers choose. */
export type Limiter = 'provider' | 'model' | 'route' | 'upstream' | 'budget' | 'metric' | 'version' | 'host';

/**
 * How the values of a gauge in the workers of one port become the value on their page.
 *
 * - `sum`: of the living. `lowest` and `highest`: of the living.
 * - `latest`: what any worker stated last, the dead included, until it is stale.
 * - `window`: the sum over all workers, the dead included until the end of the window in which they stated it.
 * - `group`: not a value of a worker, but a fact about the group, which whoever answers knows.
 */
export type WorkerMerge = 'sum' | 'lowest' | 'highest' | 'latest' | 'window' | 'group';

/** A closed set of values, or the limiter of an open one. */
export type LabelSpec = readonly string[] | { readonly limiter: Limiter };

/** One metric of the catalogue, with everything that code, documents and dashboards need. */
export interface MetricSpec {
  readonly kind: 'counter' | 'gauge' | 'histogram';
  /** What is measured, with its unit, as one sentence. Becomes the `# HELP` line. */
  readonly description: string;
  readonly labels: Readonly<Record<string, LabelSpec>>;
  /** Labels that a series carries only when another label has this value. */
  readonly onlyWhen?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /**
   * How the values of several workers become one. Every gauge has a rule; counters and histograms are summed over the
   * living and the dead, unless they are facts about the group.
   */
  readonly merge?: WorkerMerge;
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

/** A metric as it is written into the catalogue: its series budget is computed. */
export type MetricRow = Omit<MetricSpec, 'seriesBudget'>;

/** One combination of the values of a metric's closed labels. */
export type Variant = Readonly<Record<string, string>>;

/** Lists every combination of closed label values that a metric may have; one empty combination for none. */
export function variantsOf({
  labels,
  onlyWhen,
}: Pick<MetricSpec, 'labels' | 'onlyWhen'>): readonly Variant[] {
  let variants: Variant[] = [{}];
  for (const [label, values] of Object.entries(labels)) {
    if ('limiter' in values) continue;
    const condition = Object.entries(onlyWhen?.[label] ?? {});
    variants = variants.flatMap((variant) =>
      condition.every(([key, value]) => variant[key] === value)
        ? values.map((value) => ({ ...variant, [label]: value }))
        : [variant],
    );
  }
  return variants;
}

/** The limiter of a metric's open labels, or `undefined` when it has none. */
export function limiterOf({ labels }: Pick<MetricSpec, 'labels'>): Limiter | undefined {
  let limiter: Limiter | undefined;
  for (const spec of Object.values(labels)) {
    // A model belongs to its provider, so the pair's limiter decides where both labels are present.
    if ('limiter' in spec && (limiter === undefined || spec.limiter !== 'provider')) limiter = spec.limiter;
  }
  return limiter;
}
