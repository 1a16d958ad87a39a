import { INPUT_LIMITS } from '../catalogue/input-limits.js';
import { type Change, quantileOf, rateOf } from './changes.js';
import type { FailedRequest } from './failure-log.js';
import { keyOf, type Reading } from './readings.js';
import type { StatusColumn, StatusTone, StatusUnit, TablePanel } from './status-document.js';

/** What a panel reads, by a name for each reading. */
type Reads = Readonly<Record<string, Reading>>;
type ChangesOf<Read extends Reads> = { readonly [Name in keyof Read]: Change };

interface EntryBase {
  /** Stable name, part of the API. */
  readonly id: string;
  readonly title: string;
  /** One sentence on what the panel shows. */
  readonly help: string;
}

/** What a chart shows at one time, by the name of the series; `null` where there is no value. */
export type ChartValues = Iterable<readonly [name: string, value: number | null]>;

/** A chart of the status page. */
export interface ChartEntry<Read extends Reads = Reads> extends EntryBase {
  readonly kind: 'chart';
  readonly unit: StatusUnit;
  readonly reads: Read;
  /** The value of a series before it first had one: zero for a rate, `null` for a quantile. */
  readonly initial: 0 | null;
  /** Series that are shown from the start, in this order; others follow as they appear. */
  readonly series: readonly string[];
  /** The most series. Those that appear later are added up as `other`. */
  readonly seriesMax: number;
  readonly tones: Readonly<Record<string, StatusTone>>;
  values(changes: ChangesOf<Read>): ChartValues;
}

type Row = TablePanel['rows'][number];

/** What tables show beside metrics. */
export interface TableSources {
  /** The last failed requests, newest first. */
  readonly failures: readonly FailedRequest[];
}

/** A table of the status page. */
export interface TableEntry<Read extends Reads = Reads> extends EntryBase {
  readonly kind: 'table';
  readonly columns: readonly StatusColumn[];
  readonly reads: Read;
  /** Shown in place of an empty table. */
  readonly empty: string;
  /** The rows, the most important first, since only the first ones are shown. */
  rows(changes: ChangesOf<Read>, sources: TableSources): readonly Row[];
}

/** One panel of the status page. */
export type PanelEntry = ChartEntry | TableEntry;

type Optional<Entry, Names extends keyof Entry> = Omit<Entry, Names | 'kind'> & Partial<Pick<Entry, Names>>;

const SERIES_MAX = INPUT_LIMITS.statusSeries.value;

/** Makes a chart. */
export function chart<Read extends Reads>(
  entry: Optional<ChartEntry<Read>, 'initial' | 'series' | 'seriesMax' | 'tones'>,
): PanelEntry {
  // The readings of an entry are passed to it again, under the same names.
  return {
    kind: 'chart',
    initial: 0,
    series: [],
    seriesMax: SERIES_MAX,
    tones: {},
    ...entry,
  } as unknown as ChartEntry;
}

/** Makes a table. */
export function table<Read extends Reads>(entry: Omit<TableEntry<Read>, 'kind'>): PanelEntry {
  return { kind: 'table', ...entry } as unknown as TableEntry;
}

/** The values of a chart with one rate for each value of the reading's only label. */
export function* ratesByLabel(change: Change): ChartValues {
  for (const [name] of change.now) yield [name, rateOf(change, name)];
}

/** The values of a chart of quantiles of one histogram, such as `p95`. */
export function quantilesOf(...percents: readonly number[]): {
  readonly series: readonly string[];
  readonly initial: null;
  values(changes: { readonly histogram: Change }): ChartValues;
} {
  return {
    series: percents.map((percent) => `p${percent}`),
    initial: null,
    *values({ histogram }) {
      for (const percent of percents) yield [`p${percent}`, quantileOf(histogram, keyOf(), percent / 100)];
    },
  };
}
