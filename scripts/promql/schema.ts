import type { MetricSpec } from '../../lib/catalogue/metric-spec.js';
import { METRICS } from '../../lib/catalogue/metrics.js';
import { EXTERNAL_METRICS } from './external-metrics.js';
import { type LabelValues, labelsOfQuery, type MetricLabels, type MetricSchema } from './labels.js';
import { type Rule, recordingRules } from './rules.js';

/** Labels that Prometheus gives to every series of a target. */
const TARGET_LABELS = ['job', 'instance'] as const;

/**
 * Knows every metric that a rule or a dashboard may use: the catalogue's, those of Prometheus and the
 * Collector, and those that the recording rules make, whose labels follow from their expressions.
 */
export function createMetricSchema(rules: readonly Rule[] = []): MetricSchema {
  const known = new Map<string, MetricLabels>([...catalogueSeries(), ...externalSeries()]);
  const recorded = new Map(recordingRules(rules).map((rule) => [rule.record, rule]));
  const schema: MetricSchema = {
    labelsOf(metric) {
      const rule = recorded.get(metric);
      if (known.has(metric) || rule === undefined) return known.get(metric);
      // Before its labels are known, so that a rule that uses itself ends here instead of in a loop.
      known.set(metric, new Map());
      const { labels } = labelsOfQuery(rule.expr, schema);
      known.set(
        metric,
        new Map([...(labels ?? []), ...Object.keys(rule.labels)].map((label) => [label, undefined])),
      );
      return known.get(metric);
    },
    matching(pattern) {
      const whole = new RegExp(`^(?:${pattern})$`);
      return [...known.keys(), ...recorded.keys()].filter((name) => whole.test(name));
    },
  };
  return schema;
}

function* catalogueSeries(): Generator<[string, MetricLabels]> {
  const metrics: Record<string, MetricSpec> = METRICS;
  for (const [name, spec] of Object.entries(metrics)) {
    const labels = new Map<string, LabelValues>(TARGET_LABELS.map((label) => [label, undefined]));
    for (const [label, values] of Object.entries(spec.labels)) {
      labels.set(label, 'limiter' in values ? undefined : values);
    }
    if (spec.kind !== 'histogram') {
      yield [name, labels];
      continue;
    }
    // The values of `le` stay open: Prometheus 3 writes "10.0" where Prometheus 2 writes "10".
    yield [`${name}_bucket`, new Map([...labels, ['le', undefined]])];
    yield [`${name}_sum`, labels];
    yield [`${name}_count`, labels];
  }
}

function* externalSeries(): Generator<[string, MetricLabels]> {
  for (const [name, labels] of Object.entries(EXTERNAL_METRICS)) {
    yield [name, new Map([...TARGET_LABELS, ...labels].map((label) => [label, undefined]))];
  }
}
