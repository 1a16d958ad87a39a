import type { MetricSpec } from '../../../catalogue/metric-spec.js';
import { METRICS } from '../../../catalogue/metrics.js';
import { rowOf } from '../../../catalogue/providers.js';
import type { LabelMapping, MetricMapping, SourceMapping } from './mapping.js';

/** A label of the query's metric, and what it is in the other world. */
export interface LabelTranslation {
  readonly name: string;
  /** The other world's value, or `undefined` where it has none. */
  readonly valueOf: (value: string) => string | undefined;
  /** Whether every value is the same in both worlds, so that a pattern is too. */
  readonly isIdentity: boolean;
}

/** What one series of a query becomes. */
export interface Translation {
  readonly series: string;
  /** What a value of the new series is multiplied by to be in the unit of the old one. */
  readonly factor: number;
  /** What a bound of the old buckets is multiplied by to be one of the new ones. */
  readonly boundFactor: number;
  /** The new bounds, where they are known. */
  readonly bounds: readonly number[] | undefined;
  /** By label of the old series; `null` where there is no counterpart. Other labels stay as they are. */
  readonly labels: ReadonlyMap<string, LabelTranslation | null>;
  /** Matchers that the selector has to have, and loses. */
  readonly implied: Readonly<Record<string, string>>;
  /** Matchers that the selector gains. */
  readonly pins: Readonly<Record<string, string>>;
  /** Labels of the new series that the old one does not have, and that are not pinned to one value. */
  readonly extras: readonly string[];
  /** Makes `status="error"` the presence of a label. */
  readonly onErrors: string | undefined;
  readonly differs: string | undefined;
  /** Whether several old series can be one new series. */
  readonly isCoarser: boolean;
}

/** Translates the names of one direction. */
export interface Dictionary {
  /** Whether a metric is one that this direction translates. */
  owns(name: string): boolean;
  /** The translations of a series, the best first. */
  translationsOf(series: string): readonly Translation[];
  /** Why a series has none. */
  reasonOf(series: string): string;
  /** The new name of a label, whichever metric has it. */
  renameOf(label: string): string | undefined;
}

const PARTS = ['_bucket', '_sum', '_count'] as const;
const MS_PER = { s: 1_000, us: 0.001, ms: 1 } as const;

const specOf = (name: string): MetricSpec | undefined =>
  Object.hasOwn(METRICS, name) ? METRICS[name as keyof typeof METRICS] : undefined;

/** Makes a dictionary of a source's names, to ours or from ours. */
export function createDictionary(source: SourceMapping, direction: 'toOurs' | 'toTheirs'): Dictionary {
  const toOurs = direction === 'toOurs';
  const translations = new Map<string, Translation[]>();
  for (const row of source.metrics) {
    for (const [theirs, ours] of seriesOf(row)) {
      if (toOurs) {
        for (const name of [theirs, ...otherNames(row, theirs)]) push(translations, name, toOur(row, ours));
      } else push(translations, ours, toTheir(row, theirs));
    }
  }
  // Of ours, one metric is several of theirs by the value of a label: the closest one comes first.
  const pinCount = ({ implied }: Translation): number => Object.keys(implied).length;
  for (const list of translations.values()) list.sort((a, b) => pinCount(b) - pinCount(a));
  const prefixes = toOurs ? source.prefixes : ['llm_edge_'];
  return {
    owns: (name) =>
      prefixes.some((prefix) => name.startsWith(prefix)) && !(toOurs && name.startsWith('llm_edge_')),
    translationsOf: (series) => translations.get(series) ?? [],
    reasonOf: (series) => {
      const known = [series, ...[...PARTS, '_total'].map((part) => withoutEnd(series, part))];
      const name = known.find((candidate) => Object.hasOwn(source.without, candidate));
      if (toOurs && name !== undefined) return `${series}: ${source.without[name]}`;
      const others = [...translations.keys()].filter((key) =>
        PARTS.some((part) => known.includes(withoutEnd(key, part))),
      );
      if (others.length > 0)
        return `${series} has no counterpart, only ${[...new Set(others)].join(' and ')}`;
      return toOurs
        ? `${series} is no metric of ${source.title} ${source.version} that this command knows`
        : `${source.title} has no counterpart of ${series}`;
    },
    renameOf: (label) =>
      [...translations.values()].flat().flatMap(({ labels }) => labels.get(label)?.name ?? [])[0],
  };
}

/** The series of a row: theirs, and ours. */
function seriesOf({ theirs, kind, part, ours }: MetricMapping): readonly (readonly [string, string])[] {
  if (part !== undefined) return [[`${theirs}_${part}`, ours]];
  if (kind !== 'histogram') return [[theirs, ours]];
  return PARTS.map((suffix) => [theirs + suffix, ours + suffix] as const);
}

function otherNames({ theirs, also = [] }: MetricMapping, series: string): readonly string[] {
  return also.map((name) => name + series.slice(theirs.length));
}

function toOur(row: MetricMapping, series: string): Translation {
  const spec = specOf(row.ours);
  const pins = row.match ?? {};
  const mapped = new Set(row.labels.map(({ ours }) => ours));
  const isThere = (label: string): boolean =>
    Object.entries(spec?.onlyWhen?.[label] ?? {}).every(([key, value]) => (pins[key] ?? value) === value);
  return {
    series,
    ...scales(row, series, 1),
    bounds: series.endsWith('_bucket') ? spec?.buckets : undefined,
    labels: new Map([
      ...row.others.map((label) => [label, null] as const),
      ...row.labels.flatMap((label) =>
        [label.theirs, ...(label.also ?? [])].map((name) => [name, ourLabel(row, label)] as const),
      ),
    ]),
    implied: {},
    pins,
    extras: Object.keys(spec?.labels ?? {}).filter(
      (label) => !mapped.has(label) && !Object.hasOwn(pins, label) && isThere(label),
    ),
    onErrors: undefined,
    differs: row.differs,
    isCoarser: row.others.length > 0,
  };
}

function toTheir(row: MetricMapping, series: string): Translation {
  const mapped = new Map(row.labels.map((label) => [label.ours, label]));
  return {
    series,
    ...scales(row, series, -1),
    bounds: series.endsWith('_bucket') ? row.bounds : undefined,
    labels: new Map(
      Object.keys(specOf(row.ours)?.labels ?? {}).map((label) => {
        const mapping = mapped.get(label);
        return [label, mapping === undefined ? null : theirLabel(mapping)] as const;
      }),
    ),
    implied: row.match ?? {},
    pins: {},
    extras: row.others,
    onErrors: row.onErrors,
    differs: row.differs,
    isCoarser: false,
  };
}

/** Values of `_sum` and of gauges have a unit, bounds of buckets have it too, counts have none. */
function scales(
  { unit }: MetricMapping,
  series: string,
  direction: 1 | -1,
): Pick<Translation, 'factor' | 'boundFactor'> {
  const msPerUnit = unit === undefined ? 1 : MS_PER[unit] ** direction;
  return { factor: series.endsWith('_count') ? 1 : 1 / msPerUnit, boundFactor: msPerUnit };
}

function ourLabel({ ours: metric }: MetricMapping, label: LabelMapping): LabelTranslation {
  const values = new Map(label.values);
  const closed = specOf(metric)?.labels[label.ours];
  const known = (value: string): string | undefined =>
    closed === undefined || 'limiter' in closed || closed.includes(value) ? value : undefined;
  return {
    name: label.ours,
    isIdentity: label.values === undefined && label.normalise === undefined,
    valueOf: (value) => {
      const found = values.get(value) ?? label.normalise?.(value);
      if (found !== undefined) return known(found);
      // Providers have many names, and the package knows most of them.
      if (label.ours === 'provider') return rowOf(value)?.provider ?? value;
      return label.values === undefined && label.normalise === undefined ? known(value) : undefined;
    },
  };
}

function theirLabel(label: LabelMapping): LabelTranslation {
  const values = new Map<string, string>();
  for (const [theirs, ours] of label.values ?? []) if (!values.has(ours)) values.set(ours, theirs);
  const isOpen = label.open || label.values === undefined;
  return {
    name: label.theirs,
    isIdentity: label.values === undefined,
    valueOf: (value) => values.get(value) ?? (isOpen ? value : undefined),
  };
}

const withoutEnd = (text: string, end: string): string =>
  text.endsWith(end) ? text.slice(0, -end.length) : text;

function push<Key, Value>(map: Map<Key, Value[]>, key: Key, value: Value): void {
  map.set(key, [...(map.get(key) ?? []), value]);
}
