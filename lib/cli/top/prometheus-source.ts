import { fetchText } from '../fetch-text.js';
import { printable } from '../outside-text.js';
import { addSeries, emptySeries, type Reading, type SeriesLabels, type Source } from './reading.js';
import { WATCHED_ROWS, type WatchedMetric } from './watched-metrics.js';

/** Options of {@link createPrometheusSource}. */
export interface PrometheusSourceOptions {
  /** Such as `http://localhost:9090`. */
  readonly url: string;
  /** What stands between the braces of each selector, such as `job="my-gateway"`. */
  readonly selector: string;
  readonly authorization: string | undefined;
  /** The range of rates; at least two scrapes must lie in it. */
  readonly windowSeconds: number;
  readonly timeoutMillis: number;
  readonly fetchPage?: typeof fetchText | undefined;
  readonly now?: (() => number) | undefined;
}

interface QueriedSeries {
  readonly labels: SeriesLabels;
  readonly value: number;
}

type Queried =
  | { readonly ok: true; readonly series: readonly QueriedSeries[] }
  | { readonly ok: false; readonly problem: string };

const ANSWER_BYTES_MAX = 16 * 1024 * 1024;
/** Targets that were seen within this time and no longer answer are still counted as known. */
const KNOWN_RANGE = '10m';

/** Makes a source that queries a Prometheus in place of scraping pages. */
export function createPrometheusSource(options: PrometheusSourceOptions): Source {
  const { url, selector, authorization, windowSeconds, timeoutMillis } = options;
  const { fetchPage = fetchText, now = () => performance.now() } = options;
  const endpoint = `${url.replace(/\/+$/, '')}/api/v1/query`;
  const alive = `group by (job, instance) (llm_edge_active_requests{${selector}})`;
  const known = `group by (job, instance) (last_over_time(llm_edge_active_requests{${selector}}[${KNOWN_RANGE}]))`;
  let lastReadMs: number | undefined;

  async function query(text: string, signal: AbortSignal): Promise<Queried> {
    const fetched = await fetchPage(endpoint, {
      authorization,
      accept: 'application/json',
      form: { query: text },
      timeoutMillis,
      signal,
      bytesMax: ANSWER_BYTES_MAX,
    });
    if (!fetched.ok) return fetched;
    return (
      readAnswer(fetched.text) ?? {
        ok: false,
        problem: `status ${fetched.status}, not an answer of Prometheus`,
      }
    );
  }

  return {
    title: `prometheus ${new URL(url).host}${selector === '' ? '' : ` {${selector}}`}`,
    async read(signal) {
      const [up, living, ...answers] = await Promise.all([
        query(`up and on (job, instance) ${known}`, signal),
        query(alive, signal),
        ...WATCHED_ROWS.map(([, metric]) => query(queryFor(metric, selector, windowSeconds), signal)),
      ]);
      const readAtMs = now();
      const elapsedSeconds = lastReadMs === undefined ? 0 : (readAtMs - lastReadMs) / 1000;
      lastReadMs = readAtMs;
      const series = emptySeries();
      // What is wrong with one query is wrong with all.
      const problems = new Set<string>();
      for (const answer of [up, living]) if (!answer.ok) problems.add(printable(answer.problem));
      for (const [index, answer] of answers.entries()) {
        const row = WATCHED_ROWS[index];
        if (row === undefined) continue;
        if (!answer.ok) problems.add(printable(answer.problem));
        else {
          for (const { labels, value } of answer.series) {
            addSeries(series, row[0], labels, value, row[1].combine === 'rate' ? value * elapsedSeconds : 0);
          }
        }
      }
      const targets = targetsOf(up, living);
      return {
        // The first query already has a past to take rates from.
        seconds: windowSeconds,
        elapsedSeconds,
        series,
        targets: { ...targets, problems: [...problems].slice(0, 1) },
        services: jobsOf(living),
      };
    },
  };
}

/** A matcher of one label in PromQL. */
export function matcher(label: string, value: string): string {
  return `${label}=${JSON.stringify(value)}`;
}

function queryFor({ series, combine, by }: WatchedMetric, selector: string, windowSeconds: number): string {
  const selected = `${series}{${selector}}`;
  const value = combine === 'rate' ? `rate(${selected}[${Math.round(windowSeconds * 1000)}ms])` : selected;
  return `${combine === 'rate' ? 'sum' : combine} by (${by.join(', ')}) (${value})`;
}

/** Processes that push have no `up` of their own: those with current series are counted then. */
function targetsOf(up: Queried, living: Queried): Pick<Reading['targets'], 'known' | 'answering'> {
  const states = up.ok ? up.series : [];
  const current = living.ok ? living.series.length : 0;
  if (states.length === 0) return { known: undefined, answering: current };
  return { known: states.length, answering: states.filter(({ value }) => value === 1).length };
}

function jobsOf(living: Queried): readonly string[] {
  const jobs = (living.ok ? living.series : []).map(({ labels }) => printable(labels['job'] ?? ''));
  return [...new Set(jobs)].filter((job) => job !== '').sort();
}

/** Reads an answer of `/api/v1/query`; `undefined` for anything else. */
function readAnswer(text: string): Queried | undefined {
  let answer: { status?: unknown; error?: unknown; data?: { result?: unknown } } | null;
  try {
    answer = JSON.parse(text);
  } catch {
    // A page of a proxy, or of another program.
    return undefined;
  }
  if (answer?.status === 'error') return { ok: false, problem: String(answer.error).slice(0, 200) };
  const result = answer?.data?.result;
  if (answer?.status !== 'success' || !Array.isArray(result)) return undefined;
  return { ok: true, series: result.flatMap(readSeries) };
}

function readSeries(series: unknown): QueriedSeries[] {
  const { metric, value } = (series ?? {}) as { metric?: unknown; value?: unknown };
  if (typeof metric !== 'object' || metric === null || !Array.isArray(value)) return [];
  const number = Number(value[1]);
  const labels = Object.entries(metric).filter(([, text]) => typeof text === 'string');
  return Number.isFinite(number) ? [{ labels: Object.fromEntries(labels), value: number }] : [];
}
