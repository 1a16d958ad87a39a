import type { MetricSpec } from '../../lib/index.js';

/** One thing wrong with a row of the catalogue. */
export interface CatalogueProblem {
  readonly metric: string;
  readonly text: string;
}

type Rule = (name: string, metric: MetricSpec, catalogue: Readonly<Record<string, MetricSpec>>) => string[];

const RESERVED_LABELS = new Set(['le', 'quantile', 'job', 'instance']);
const UNIT_SUFFIXES = ['ms', 'usd'];

const RULES: readonly Rule[] = [
  (name) =>
    /^llm_edge_[a-z][a-z0-9]*(_[a-z0-9]+)*$/.test(name) ? [] : ['the name is not snake case below llm_edge_'],
  (name, { kind }) =>
    (kind === 'counter') === name.endsWith('_total') ? [] : ['exactly counters end in _total'],
  (name, { kind }) =>
    kind === 'histogram' && !UNIT_SUFFIXES.some((unit) => name.endsWith(`_${unit}`))
      ? ['a histogram name ends in its unit']
      : [],
  (_, { description }) =>
    /^[A-Z].*\.$/.test(description) && !description.includes('\n')
      ? []
      : ['the description is not one sentence'],
  (name, { description }) => [
    ...(/_ms(_|$)/.test(name) && !/millisecond/.test(description)
      ? ['the description lacks the unit milliseconds']
      : []),
    ...(/_usd(_|$)/.test(name) && !/US dollars/.test(description)
      ? ['the description lacks the unit US dollars']
      : []),
  ],
  (_, { interpretation }) =>
    /\.$/.test(interpretation) ? [] : ['the interpretation does not end in a full stop'],
  (_, { labels }) =>
    Object.entries(labels).flatMap(([label, spec]) => [
      ...(/^[a-z][a-z_]*$/.test(label) && !RESERVED_LABELS.has(label)
        ? []
        : [`the label ${label} is not allowed`]),
      ...('limiter' in spec || (spec.length > 0 && new Set(spec).size === spec.length)
        ? []
        : [`the values of ${label} are empty or repeat`]),
    ]),
  (_, { labels, onlyWhen = {} }) =>
    Object.entries(onlyWhen).flatMap(([label, condition]) =>
      label in labels && Object.keys(condition).every((key) => key in labels)
        ? []
        : [`onlyWhen of ${label} names a label that is not there`],
    ),
  (_, { kind, buckets }) => {
    if ((kind === 'histogram') !== (buckets !== undefined)) return ['exactly histograms have buckets'];
    const ascending =
      buckets?.every((bound, index) => index === 0 || bound > (buckets[index - 1] ?? bound)) ?? true;
    return ascending ? [] : ['the buckets do not ascend'];
  },
  (_, { kind, merge }) =>
    kind === 'gauge'
      ? merge === undefined
        ? ['no rule says how the gauges of several workers become one']
        : []
      : merge === undefined || merge === 'group'
        ? []
        : ['only gauges are merged by a rule'],
  (_, { seeAlso = [] }, catalogue) =>
    seeAlso
      .filter((other) => !(other in catalogue))
      .map((other) => `seeAlso names ${other}, which does not exist`),
  (name, { query }) => (query.includes(name) ? [] : ['the query does not use the metric']),
  // One below the SDK's own limit, at which it would fold series by itself and in silence.
  (_, { seriesBudget }) => (seriesBudget < 2000 ? [] : ['the budget exceeds the 2,000 series of an SDK']),
];

/** Checks a catalogue as data and returns what is wrong with it, sorted by metric. */
export function lintCatalogue(catalogue: Readonly<Record<string, MetricSpec>>): readonly CatalogueProblem[] {
  return Object.entries(catalogue)
    .flatMap(([metric, spec]) =>
      RULES.flatMap((rule) => rule(metric, spec, catalogue).map((text) => ({ metric, text }))),
    )
    .sort((a, b) => a.metric.localeCompare(b.metric) || a.text.localeCompare(b.text));
}
