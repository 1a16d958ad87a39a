import { type ExpositionSample, readExposition } from '../exposition.js';
import { type Fetched, fetchText } from '../fetch-text.js';
import { printable } from '../outside-text.js';
import { addSeries, emptySeries, type Reading, type Source } from './reading.js';
import type { TargetList } from './target-lists.js';
import { WATCHED, WATCHED_ROWS, type WatchedName } from './watched-metrics.js';

/** What the counters of one process were when they were last read. */
interface KnownProcess {
  readonly counters: Map<string, number>;
  readAtMs: number;
}

/** Options of {@link createScrapedFleet}. */
export interface ScrapedFleetOptions {
  readonly targets: TargetList;
  readonly authorization: string | undefined;
  readonly timeoutMillis: number;
  readonly fetchPage?: typeof fetchText | undefined;
  /** Milliseconds of a clock that never goes back. */
  readonly now?: (() => number) | undefined;
}

const CONNECTIONS_MAX = 16;
const PAGE_BYTES_MAX = 16 * 1024 * 1024;
const PAGE_SAMPLES_MAX = 100_000;
const FLEET_SAMPLES_MAX = 1_000_000;
/** A process that has not been read for so long is forgotten. */
const FORGET_MILLIS = 10 * 60_000;

const NAME_BY_SERIES = new Map<string, WatchedName>(WATCHED_ROWS.map(([name, { series }]) => [series, name]));
const isWanted = (name: string): boolean => NAME_BY_SERIES.has(name) || name === 'target_info';

interface AnsweredPage {
  readonly target: string;
  readonly samples: readonly ExpositionSample[];
  readonly problem: string | undefined;
  readonly readAtMs: number;
}

/**
 * Makes a source that scrapes the pages of one or several processes.
 *
 * Increases are taken for each process by itself. The first page of a process says where its counters begin and adds
 * nothing, so that one that comes makes no spike. One that was away for a while adds its increase over that time. A
 * counter that falls has begun again at 0. A process that is reached by two addresses is counted once.
 */
export function createScrapedFleet(options: ScrapedFleetOptions): Source {
  const {
    targets,
    authorization,
    timeoutMillis,
    fetchPage = fetchText,
    now = () => performance.now(),
  } = options;
  const processes = new Map<string, KnownProcess>();
  let lastReadMs: number | undefined;

  async function scrape(url: string, target: string, signal: AbortSignal): Promise<AnsweredPage> {
    const accept = 'text/plain;version=0.0.4';
    const bounds = { timeoutMillis, bytesMax: PAGE_BYTES_MAX, signal };
    const fetched = await fetchPage(url, { authorization, accept, ...bounds });
    const readAtMs = now();
    const refused = refusal(fetched);
    if (refused !== undefined || !fetched.ok) return { target, samples: [], problem: refused, readAtMs };
    const { samples, families, isCut } = readExposition(fetched.text, {
      isWanted,
      samplesMax: PAGE_SAMPLES_MAX,
    });
    const isOurs = [...families.keys()].some((name) => name.startsWith('llm_edge_'));
    const problem = isOurs
      ? isCut
        ? `the page has more than ${PAGE_SAMPLES_MAX} series; the others are left out`
        : undefined
      : 'the page has no llm_edge metrics';
    return { target, samples: isOurs ? samples : [], problem, readAtMs };
  }

  /** Adds a page to a reading. @returns a problem. */
  function addPage(
    page: AnsweredPage,
    series: Reading['series'],
    readBy: Map<string, string>,
  ): string | undefined {
    const pageId = instanceOf(page.samples) ?? page.target;
    const before = new Map<string, KnownProcess | undefined>();
    let twin: string | undefined;
    for (const { name, labels, value } of page.samples) {
      const watched = NAME_BY_SERIES.get(name);
      if (watched === undefined || !Number.isFinite(value)) continue;
      // The page of a Collector holds several processes.
      const id = labels['instance'] === undefined ? pageId : `${labels['job'] ?? ''} ${labels['instance']}`;
      const owner = readBy.get(id);
      if (owner !== undefined && owner !== page.target) {
        twin = owner;
        continue;
      }
      readBy.set(id, page.target);
      if (!before.has(id)) {
        const known = processes.get(id);
        before.set(id, known && { ...known });
        if (known === undefined) processes.set(id, { counters: new Map(), readAtMs: page.readAtMs });
        else known.readAtMs = page.readAtMs;
      }
      if (WATCHED[watched].combine !== 'rate') addSeries(series, watched, labels, value);
      else addCounter(id, before.get(id), page.readAtMs, watched, labels, value, series);
    }
    return twin === undefined ? page.problem : `the same process as ${twin}; counted once`;
  }

  function addCounter(
    id: string,
    before: KnownProcess | undefined,
    readAtMs: number,
    name: WatchedName,
    labels: ExpositionSample['labels'],
    value: number,
    series: Reading['series'],
  ): void {
    if (value < 0) return;
    const key = `${name}${JSON.stringify(labels)}`;
    const counters = processes.get(id)?.counters;
    const earlier = counters?.get(key) ?? 0;
    counters?.set(key, value);
    // A process that is new has no rate; a series that is new in a known process began at 0.
    const seconds = before === undefined ? 0 : (readAtMs - before.readAtMs) / 1000;
    const increase = value < earlier ? value : value - earlier;
    if (seconds > 0) addSeries(series, name, labels, increase / seconds, increase);
    else addSeries(series, name, labels, 0);
  }

  return {
    title: targets.title,
    async read(signal) {
      const { urls, problem } = await targets.list(signal);
      const pages = await inParallel(urls, (url) => scrape(url, hostOf(url), signal));
      const series = emptySeries();
      const readBy = new Map<string, string>();
      const problems = problem === undefined ? [] : [printable(problem)];
      const services = new Set<string>();
      let answering = 0;
      let samplesLeft = FLEET_SAMPLES_MAX;
      for (const page of pages) {
        const isAnswer = page.samples.length > 0;
        answering += isAnswer ? 1 : 0;
        samplesLeft -= page.samples.length;
        const wrong = samplesLeft < 0 ? 'the fleet has too many series' : addPage(page, series, readBy);
        if (wrong !== undefined) problems.push(printable(`${page.target}: ${wrong}`));
        const service = isAnswer ? infoOf(page.samples)?.['service_name'] : undefined;
        if (service !== undefined) services.add(printable(service));
      }
      const readAtMs = now();
      const seconds = lastReadMs === undefined ? 0 : (readAtMs - lastReadMs) / 1000;
      lastReadMs = readAtMs;
      for (const [id, known] of processes) {
        if (readAtMs - known.readAtMs > FORGET_MILLIS) processes.delete(id);
      }
      return {
        seconds,
        elapsedSeconds: seconds,
        series,
        targets: { known: urls.length, answering, problems },
        services: [...services].sort(),
      };
    },
  };
}

function refusal(fetched: Fetched): string | undefined {
  if (!fetched.ok) return fetched.problem;
  if (fetched.status === 200) return undefined;
  if (fetched.status === 401) return '401 unauthorized: pass --authorization, or correct it';
  return `status ${fetched.status}`;
}

function infoOf(samples: readonly ExpositionSample[]): ExpositionSample['labels'] | undefined {
  const infos = samples.filter(({ name }) => name === 'target_info');
  return infos.length === 1 ? infos[0]?.labels : undefined;
}

function instanceOf(samples: readonly ExpositionSample[]): string | undefined {
  const info = infoOf(samples);
  const id = info?.['service_instance_id'];
  return id === undefined || id === '' ? undefined : `${info?.['service_name'] ?? ''} ${id}`;
}

function hostOf(url: string): string {
  return new URL(url).host;
}

async function inParallel<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < items.length) {
      const index = next;
      next += 1;
      results[index] = await work(items[index] as Item);
    }
  };
  await Promise.all(Array.from({ length: Math.min(CONNECTIONS_MAX, items.length) }, worker));
  return results;
}
