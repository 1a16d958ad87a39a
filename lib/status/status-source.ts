import { INPUT_LIMITS } from '../catalogue/input-limits.js';
import { changeOf } from './changes.js';
import type { ChartEntry, PanelEntry, TableEntry, TableSources } from './panel-entry.js';
import { createPointRing, type PointRing, type PointSeries, rounded } from './point-ring.js';
import type { Reading, Snapshot } from './readings.js';
import type { Sample } from './sampler.js';
import type { ChartPanel, StatusDocument, StatusPanel, TablePanel } from './status-document.js';

/** What is in each document beside its numbers. */
export type DocumentHead = Pick<StatusDocument, 'title' | 'process' | 'hints'>;

/** Options of {@link createStatusSource}. */
export interface StatusSourceOptions {
  readonly panels: readonly PanelEntry[];
  readonly head: (hasRecorded: boolean) => DocumentHead;
  readonly sources: () => TableSources;
}

/** Keeps the history and makes documents of it. */
export interface StatusSource {
  /** All that the panels read. */
  readonly readings: readonly Reading[];
  /** Adds a point to the history. */
  add(sample: Sample): void;
  /**
   * Returns the document as JSON, with the points after a time: one text for all viewers that ask for the same points.
   *
   * @param sinceSeconds - seconds since 1970; all points if absent, or later than the last one
   * @throws {TypeError} before there is a sample
   */
  json(sinceSeconds?: number): Buffer;
}

/** Points of the history: five minutes while somebody looks, fifty at other times. */
export const POINTS_MAX = 300;
const ROWS_MAX = INPUT_LIMITS.statusRows.value;
/** Viewers that have the same page open ask for the same points; those that lag behind share little. */
const TEXTS_MAX = 8;
const OTHER = 'other';

interface ChartHistory {
  readonly entry: ChartEntry;
  readonly series: Map<string, PointSeries>;
}

/** Creates a source without history. */
export function createStatusSource({ panels, head, sources }: StatusSourceOptions): StatusSource {
  const ring = createPointRing(POINTS_MAX);
  const histories = new Map<PanelEntry, ChartHistory>();
  for (const entry of panels) if (entry.kind === 'chart') histories.set(entry, historyOf(entry, ring));
  const texts = new Map<number, Buffer>();
  let shown: Sample | undefined;
  let tables: ReadonlyMap<PanelEntry, TablePanel> | undefined;

  function add(sample: Sample): void {
    ring.begin(Math.round(sample.collectedAtMs) / 1000);
    for (const { entry, series } of histories.values()) {
      for (const [name, value] of entry.values(changesOf(entry, sample.now, sample.secondsAgo))) {
        const points =
          series.get(name) ??
          (series.size < entry.seriesMax
            ? addSeries(series, name, entry, ring)
            : (series.get(OTHER) ?? addSeries(series, OTHER, entry, ring)));
        points.add(value);
      }
    }
    shown = sample;
    tables = undefined;
    texts.clear();
  }

  function json(sinceSeconds = 0): Buffer {
    const from = ring.indexAfter(sinceSeconds);
    const text = texts.get(from) ?? Buffer.from(JSON.stringify(documentFrom(from)));
    if (texts.size < TEXTS_MAX) texts.set(from, text);
    return text;
  }

  function documentFrom(from: number): StatusDocument {
    if (shown === undefined) throw new TypeError('there is no sample yet');
    const { collectedAtMs, hasRecorded } = shown;
    tables ??= tablesOf(shown);
    return {
      schemaVersion: 1,
      ...head(hasRecorded),
      collectedAt: Math.round(collectedAtMs),
      hasRecorded,
      times: ring.times(from),
      panels: panels.map((entry) => panelOf(entry, from)),
    };
  }

  function panelOf(entry: PanelEntry, from: number): StatusPanel {
    const history = histories.get(entry);
    return history === undefined ? (tables?.get(entry) as TablePanel) : chartOf(history, from);
  }

  function tablesOf(sample: Sample): ReadonlyMap<PanelEntry, TablePanel> {
    const found = sources();
    const ofKind = panels.filter((entry) => entry.kind === 'table');
    return new Map(ofKind.map((entry) => [entry, tableOf(entry, sample, found)]));
  }

  return { readings: panels.flatMap(({ reads }) => Object.values(reads)), add, json };
}

function historyOf(entry: ChartEntry, ring: PointRing): ChartHistory {
  const series = new Map<string, PointSeries>();
  for (const name of entry.series) addSeries(series, name, entry, ring);
  return { entry, series };
}

function addSeries(
  all: Map<string, PointSeries>,
  name: string,
  { initial }: ChartEntry,
  ring: PointRing,
): PointSeries {
  const series = ring.series(initial);
  all.set(name, series);
  return series;
}

function changesOf({ reads }: PanelEntry, now: Snapshot, before: Snapshot) {
  return Object.fromEntries(
    Object.entries(reads).map(([name, reading]) => [name, changeOf(reading, now, before)]),
  );
}

function chartOf({ entry, series }: ChartHistory, from: number): ChartPanel {
  const { id, title, help, unit, tones } = entry;
  return {
    kind: 'chart',
    id,
    title,
    help,
    unit,
    series: [...series].map(([name, points]) => ({
      name,
      tone: Object.hasOwn(tones, name) ? (tones[name] ?? 'neutral') : 'neutral',
      values: points.values(from),
    })),
  };
}

function tableOf(entry: TableEntry, { now, minuteAgo }: Sample, sources: TableSources): TablePanel {
  const { id, title, help, columns, empty } = entry;
  const rows = entry.rows(changesOf(entry, now, minuteAgo), sources);
  const shown = rows.slice(0, ROWS_MAX).map((row) =>
    row.map((cell, index) => {
      const isAmount = typeof cell === 'number' && columns[index]?.unit !== 'time';
      return isAmount ? rounded(cell) : cell;
    }),
  );
  return {
    kind: 'table',
    id,
    title,
    help,
    columns,
    rows: shown,
    rowsLeftOut: rows.length - shown.length,
    empty,
  };
}
