import type { ChartPanel, StatusDocument, StatusPanel, StatusSeries } from '../status/status-document.js';

/** Points that the page keeps, also when it is open for days. */
const POINTS_MAX = 900;

/** Points that are further apart than this are not joined: the server takes some every ten seconds when nobody looks. */
const GAP_SECONDS = 60;

/**
 * Whether an answer to `?since=` continues what is known: it is of the same run of the same process, whose clock was not
 * set back, and it has no series of which the earlier values are not known.
 */
export function isContinuation(known: StatusDocument, next: StatusDocument): boolean {
  const [from = Number.POSITIVE_INFINITY] = next.times;
  return (
    known.process.instanceId === next.process.instanceId &&
    known.process.startedAt === next.process.startedAt &&
    from > (known.times.at(-1) ?? Number.NEGATIVE_INFINITY) &&
    next.panels.every((panel) => panel.kind === 'table' || hasNoOther(panel, chartIn(known, panel.id)))
  );
}

function hasNoOther(next: ChartPanel, known: ChartPanel | undefined): boolean {
  const names = new Set(known?.series.map(({ name }) => name));
  return next.series.every(({ name }) => names.has(name));
}

function chartIn({ panels }: StatusDocument, id: string): ChartPanel | undefined {
  return panels.filter((panel) => panel.kind === 'chart').find((panel) => panel.id === id);
}

/**
 * Appends the later points of an answer that {@link isContinuation} to what is known. All else is taken from the later
 * document.
 *
 * A series that is no longer named has no values from then on, and goes once none of its values is left. Where points
 * are missing in between, one without values keeps the lines from being joined.
 */
export function mergeHistory(
  known: StatusDocument,
  next: StatusDocument,
  pointsMax = POINTS_MAX,
): StatusDocument {
  const last = known.times.at(-1) ?? Number.POSITIVE_INFINITY;
  const between = (next.times[0] ?? last) - last > GAP_SECONDS ? [last + 1] : [];
  const times = [...known.times, ...between, ...next.times];
  const cut = Math.max(0, times.length - pointsMax);
  const knownCount = known.times.length + between.length;

  const merge = (panel: StatusPanel): StatusPanel => {
    if (panel.kind !== 'chart') return panel;
    const series = pairs(chartIn(known, panel.id), panel).map(({ latest, before, after }) => ({
      ...latest,
      values: [...padded(before, knownCount), ...padded(after, next.times.length)].slice(cut),
    }));
    return { ...panel, series };
  };
  return { ...next, times: times.slice(cut), panels: next.panels.map(merge) };
}

interface Pair {
  readonly latest: StatusSeries;
  readonly before: StatusSeries['values'];
  readonly after: StatusSeries['values'];
}

/** The series of a panel with their values in both documents, in the order of the later one. */
function pairs(old: ChartPanel | undefined, next: ChartPanel): Pair[] {
  const before = new Map(old?.series.map((series) => [series.name, series]));
  const after = new Set(next.series.map(({ name }) => name));
  const gone = [...before.values()].filter(
    ({ name, values }) => !after.has(name) && values.some((value) => value !== null),
  );
  return [
    ...next.series.map((series) => ({
      latest: series,
      before: before.get(series.name)?.values ?? [],
      after: series.values,
    })),
    ...gone.map((series) => ({ latest: series, before: series.values, after: [] })),
  ];
}

function padded(values: StatusSeries['values'], length: number): (number | null)[] {
  return Array.from({ length }, (_, index) => values[index] ?? null);
}
