import { type ParsedFamily, parseExposition, type Sample } from '../../support/parse-exposition.js';
import { eventually } from './eventually.js';

/** Between two scrapes. */
const PAUSE_MS = 20;
const SCRAPE_TIMEOUT_MS = 10_000;
/** Types whose samples only grow. */
const MONOTONIC_TYPES: readonly string[] = ['counter', 'histogram'];

/** A metrics page. */
export interface Page {
  /** The sum of the samples with this name and these labels, among others; 0 where there is none. */
  sum(name: string, labels?: Readonly<Record<string, string>>): number;
  /** The values of counters and histograms by series. */
  readonly monotonic: ReadonlyMap<string, number>;
  /** The labels of each `target_info`. */
  readonly targets: readonly Readonly<Record<string, string>>[];
}

/** Scrapes a page over and over. */
export interface PageWatch {
  readonly url: string;
  /** Resolves with the first page from now on that is as wanted. */
  until(what: string, isWanted: (page: Page) => boolean): Promise<Page>;
  /** Ends it. Returns what was wrong with the pages, and how many there were. */
  stop(): Promise<{ readonly faults: readonly string[]; readonly pages: number }>;
}

export function pageOf(text: string): Page {
  const families = parseExposition(text);
  const samples = families.flatMap((family) => family.samples);
  return {
    sum: (name, labels = {}) =>
      samples
        .filter((sample) => sample.name === name && hasLabels(sample, labels))
        .reduce((sum, { value }) => sum + Number(value), 0),
    monotonic: monotonicOf(families),
    targets: samples.filter(({ name }) => name === 'target_info').map(({ labels }) => labels),
  };
}

/**
 * Scrapes a page until it is stopped, and compares each with the one before: no counter and no histogram goes
 * backwards or away, and `target_info` stays the same. A scrape may fail while the port changes hands.
 *
 * @param check - returns what else is wrong with a page
 */
export function watchPages(url: string, check: (page: Page) => readonly string[] = () => []): PageWatch {
  const faults: string[] = [];
  let pages = 0;
  let last: Page | undefined;
  let isStopped = false;

  const look = async (): Promise<void> => {
    const text = await scrape(url);
    if (text === undefined) return;
    const page = pageOf(text);
    pages += 1;
    faults.push(...stepsBack(last, page), ...targetFaults(last, page), ...check(page));
    last = page;
  };
  const watching = (async () => {
    while (!isStopped) {
      await look();
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  })();
  // `stop` rejects with what the loop failed of.
  watching.catch(() => undefined);

  return {
    url,
    until: async (what, isWanted) => {
      const seen = pages;
      const fresh = () => (pages > seen && last !== undefined && isWanted(last) ? last : undefined);
      const failed = watching.then(() => Promise.reject(new Error('the pages are no longer watched')));
      try {
        return await Promise.race([eventually(fresh, { what, deadlineMs: 60_000 }), failed]);
      } catch (cause) {
        const text = await scrape(url);
        const workers = text?.split('\n').filter((line) => line.startsWith('llm_edge_monitoring_work'));
        throw new Error(`There were ${pages - seen} pages without ${what}; now: ${workers?.join(' ')}`, {
          cause,
        });
      }
    },
    stop: async () => {
      isStopped = true;
      await watching;
      return { faults, pages };
    },
  };
}

/** Returns `undefined` where nobody answers. */
async function scrape(url: string): Promise<string | undefined> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(SCRAPE_TIMEOUT_MS) });
    const text = await response.text();
    return response.ok ? text : undefined;
  } catch {
    return undefined;
  }
}

function monotonicOf(families: readonly ParsedFamily[]): ReadonlyMap<string, number> {
  const values = new Map<string, number>();
  for (const { type, samples } of families) {
    if (!MONOTONIC_TYPES.includes(type)) continue;
    for (const { name, labels, value } of samples)
      values.set(`${name} ${JSON.stringify(Object.entries(labels).sort())}`, Number(value));
  }
  return values;
}

function stepsBack(before: Page | undefined, after: Page): string[] {
  return [...(before?.monotonic ?? [])].flatMap(([series, value]) => {
    const next = after.monotonic.get(series);
    if (next === undefined) return [`${series} is gone after ${value}`];
    return next < value ? [`${series} went back from ${value} to ${next}`] : [];
  });
}

function targetFaults(before: Page | undefined, { targets }: Page): string[] {
  if (targets.length !== 1) return [`${targets.length} target_info`];
  const [was, is] = [before?.targets[0] ?? targets[0], targets[0]].map((target) =>
    JSON.stringify(Object.entries(target ?? {}).sort()),
  );
  return was === is ? [] : [`another target_info: ${is} after ${was}`];
}

function hasLabels(sample: Sample, labels: Readonly<Record<string, string>>): boolean {
  return Object.entries(labels).every(([name, value]) => sample.labels[name] === value);
}
