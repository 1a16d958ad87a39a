import type { MetricSpec, WorkerMerge } from '../catalogue/metric-spec.js';
import { METRICS } from '../catalogue/metrics.js';
import type { Definition } from './series-description.js';

const ROWS = new Map<string, MetricSpec>(Object.entries(METRICS));

/** The place of each metric of the catalogue on a page. */
const PLACES = new Map(Object.keys(METRICS).map((name, place) => [name, place]));

/**
 * How the values of a metric add up: `total` over the living and the dead, `current` over the living, `newest` is what a
 * living worker stated last, and the others are the rules of the catalogue.
 */
export type MergeRule = WorkerMerge | 'total' | 'current' | 'newest';

/** The rule of a metric. A gauge that the catalogue does not have is of the living, whose values are newer than any other. */
export function mergeOf({ name, kind }: Pick<Definition, 'name' | 'kind'>): MergeRule {
  const row = ROWS.get(name);
  if (row?.merge === 'group') return 'group';
  if (kind === 'gauge') return row?.merge ?? 'newest';
  return kind === 'updown' ? 'current' : 'total';
}

/** Whether a rule also uses what the dead have published. */
export function isOfTheDead(rule: MergeRule): boolean {
  return rule === 'total' || rule === 'latest' || rule === 'window';
}

/** Puts the metrics of the catalogue in its order, and others after them by name. */
export function comparePlaces(a: string, b: string): number {
  const places = (PLACES.get(a) ?? PLACES.size) - (PLACES.get(b) ?? PLACES.size);
  if (places !== 0) return places;
  return a < b ? -1 : Number(a > b);
}
