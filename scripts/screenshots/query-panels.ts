import { expandGrafanaMacros } from '../promql/grafana-macros.js';
import type {
  DashboardJson,
  DashboardPicture,
  ExemplarPoint,
  Frame,
  PanelJson,
  PanelPicture,
  TargetJson,
} from './dashboard-json.js';

/** Also the step of range queries, as in Grafana where the data source says so. */
export const SCRAPE_INTERVAL_SECONDS = 5;
/** Grafana's `$__rate_interval` is at least four scrape intervals. */
const RATE_INTERVAL_SECONDS = 4 * SCRAPE_INTERVAL_SECONDS;
const EXEMPLARS_MAX = 60;

/** The time that a picture covers, in seconds since 1970. */
export interface TimeRange {
  readonly from: number;
  readonly to: number;
}

interface SeriesJson {
  readonly metric: Readonly<Record<string, string>>;
  readonly values?: readonly (readonly [number, string])[];
  readonly value?: readonly [number, string];
}

/** Runs the queries of a dashboard as Grafana would when it is opened, everything chosen. */
export async function queryDashboard(
  prometheusUrl: string,
  dashboard: DashboardJson,
  caption: string,
  range: TimeRange,
): Promise<DashboardPicture> {
  const from = Math.ceil(range.from / SCRAPE_INTERVAL_SECONDS) * SCRAPE_INTERVAL_SECONDS;
  const times: number[] = [];
  for (let at = from; at <= range.to; at += SCRAPE_INTERVAL_SECONDS) times.push(at);
  const panels: PanelPicture[] = [];
  for (const panel of dashboard.panels) panels.push(await queryPanel(prometheusUrl, panel, times));
  const shown = dashboard.templating.list.filter(({ type }) => type === 'query');
  return {
    title: dashboard.title,
    caption,
    variables: shown.map(({ name, label }) => [label ?? name, 'All']),
    times,
    panels,
  };
}

async function queryPanel(url: string, panel: PanelJson, times: readonly number[]): Promise<PanelPicture> {
  const frames: Frame[] = [];
  const exemplars: ExemplarPoint[] = [];
  for (const target of panel.targets ?? []) {
    frames.push(...(await runTarget(url, target, times)));
    if (target.exemplar === true) exemplars.push(...(await readExemplars(url, target, times)));
  }
  return { panel, frames, exemplars: thinOut(exemplars) };
}

async function runTarget(url: string, target: TargetJson, times: readonly number[]): Promise<Frame[]> {
  const [from = 0, to = 0] = [times[0], times.at(-1)];
  const query = promqlOf(target, times);
  const { result } = await ask<{ result: readonly SeriesJson[] }>(
    url,
    target.instant === true ? 'query' : 'query_range',
    target.instant === true
      ? { query, time: `${to}` }
      : { query, start: `${from}`, end: `${to}`, step: `${SCRAPE_INTERVAL_SECONDS}` },
  );
  return result.map(({ metric, values, value }) => {
    const { __name__: _, ...labels } = metric;
    const byTime = new Map(values);
    return {
      refId: target.refId,
      name: nameOf(target.legendFormat ?? '', metric),
      labels,
      values: value === undefined ? times.map((at) => finite(byTime.get(at))) : [finite(value[1])],
    };
  });
}

async function readExemplars(
  url: string,
  target: TargetJson,
  times: readonly number[],
): Promise<ExemplarPoint[]> {
  const found = await ask<
    readonly { exemplars: readonly { readonly value: string; readonly timestamp: number }[] }[]
  >(url, 'query_exemplars', {
    query: promqlOf(target, times),
    start: `${times[0]}`,
    end: `${times.at(-1)}`,
  });
  return found.flatMap(({ exemplars }) =>
    exemplars.map(({ value, timestamp }) => ({ seconds: timestamp, value: Number(value) })),
  );
}

function promqlOf({ expr }: TargetJson, times: readonly number[]): string {
  const seconds = (times.at(-1) ?? 0) - (times[0] ?? 0);
  return expandGrafanaMacros(expr, { rateInterval: `${RATE_INTERVAL_SECONDS}s`, range: `${seconds}s` });
}

async function ask<T>(url: string, path: string, parameters: Record<string, string>): Promise<T> {
  const response = await fetch(`${url}/api/v1/${path}`, {
    method: 'POST',
    body: new URLSearchParams(parameters),
    signal: AbortSignal.timeout(30_000),
  });
  const { data, error } = (await response.json()) as { data?: T; error?: string };
  if (data === undefined) throw new Error(`Prometheus refused ${parameters['query']}: ${error}`);
  return data;
}

/** JSON has no NaN, and nothing could be drawn for it. */
function finite(text: string | undefined): number | null {
  const value = text === undefined ? Number.NaN : Number(text);
  return Number.isFinite(value) ? value : null;
}

function nameOf(legendFormat: string, metric: Readonly<Record<string, string>>): string {
  if (legendFormat !== '') {
    return legendFormat.replace(/\{\{\s*(\w+)\s*\}\}/g, (_, label: string) => metric[label] ?? '').trim();
  }
  return Object.entries(metric)
    .map(([label, value]) => `${label}="${value}"`)
    .join(', ');
}

/** Keeps the largest exemplar of each stretch of time, as Grafana thins them where they would cover each other. */
function thinOut(exemplars: readonly ExemplarPoint[]): ExemplarPoint[] {
  const sorted = [...exemplars].sort((one, other) => one.seconds - other.seconds);
  const [first, last] = [sorted[0], sorted.at(-1)];
  if (first === undefined || last === undefined) return [];
  const stretch = Math.max((last.seconds - first.seconds) / EXEMPLARS_MAX, 1);
  const largest = new Map<number, ExemplarPoint>();
  for (const exemplar of sorted) {
    const place = Math.floor((exemplar.seconds - first.seconds) / stretch);
    const known = largest.get(place);
    if (known === undefined || exemplar.value > known.value) largest.set(place, exemplar);
  }
  return [...largest.values()];
}
