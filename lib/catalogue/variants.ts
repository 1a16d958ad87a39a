import type { Limiter, MetricSpec } from './metric-spec.js';

/** One combination of the values of a metric's closed labels. */
export type Variant = Readonly<Record<string, string>>;

/** The values of a closed label, or `undefined` for an open one. */
function closedValues(spec: MetricSpec['labels'][string]): readonly string[] | undefined {
  return 'limiter' in spec ? undefined : spec;
}

/** Lists every combination of closed label values that a metric may have; one empty combination for none. */
export function variantsOf(metric: MetricSpec): readonly Variant[] {
  let variants: Variant[] = [{}];
  for (const [label, spec] of Object.entries(metric.labels)) {
    const values = closedValues(spec);
    if (values === undefined) continue;
    const condition = Object.entries(metric.onlyWhen?.[label] ?? {});
    variants = variants.flatMap((variant) =>
      condition.every(([key, value]) => variant[key] === value)
        ? values.map((value) => ({ ...variant, [label]: value }))
        : [variant],
    );
  }
  return variants;
}

/** What the open labels of a metric hang off, or `undefined` when it has none. */
export function limiterOf(metric: MetricSpec): Limiter | undefined {
  let limiter: Limiter | undefined;
  for (const spec of Object.values(metric.labels)) {
    // A model belongs to its provider, so the pair's limiter decides where both labels are present.
    if ('limiter' in spec && (limiter === undefined || spec.limiter !== 'provider')) limiter = spec.limiter;
  }
  return limiter;
}
