import { gzip } from 'node:zlib';
import type { CollectionResult } from '@opentelemetry/sdk-metrics';
import { INPUT_LIMITS } from '../catalogue/input-limits.js';
import { MonitoringError } from '../errors.js';
import { type SetTimer, setUnrefTimer } from '../otlp/deadline.js';
import type { TextFormat } from './families.js';
import {
  createTextRenderer,
  type ExemplarSource,
  type RenderedText,
  type TextRenderer,
} from './render-text.js';
import { nextTurn, runInTurns } from './turns.js';

/** Source of a scrape; every MetricReader is one. */
export interface Collector {
  collect(options: { readonly timeoutMillis: number }): Promise<CollectionResult>;
}

/** One answer to a scrape, shared by all scrapes that arrive while it is being made. */
export interface Page extends RenderedText {
  readonly contentType: string;
  /** Compresses the body, in another thread and once for all scrapes. */
  gzip(): Promise<Buffer>;
}

/** Options of {@link createScraper}. */
export interface ScraperOptions {
  readonly reader: Collector;
  /** Time after which a collection counts as hung, in milliseconds. */
  readonly timeoutMillis: number;
  readonly exemplars?: ExemplarSource | undefined;
  readonly setTimer?: SetTimer | undefined;
  /** Monotonic milliseconds. */
  readonly now?: (() => number) | undefined;
}

/** Makes pages, one collection at a time. */
export interface Scraper {
  /**
   * Returns the page of the collection in progress, or of a new one.
   *
   * @throws {AggregateError} when callbacks failed: a page without their metrics would look complete
   * @throws {MonitoringError} ERR_DEADLINE_EXCEEDED when earlier collections never ended
   * @throws the error that the collection itself rejects with
   */
  page(format: TextFormat): Promise<Page>;
  /**
   * Returns what the collection in progress, or a new one, finds. Rejects as {@link Scraper.page} does.
   */
  collect(): Promise<CollectionResult>;
  /** Lets later calls start a new collection: the one in progress may lack what was recorded last. */
  startAnew(): void;
}

/**
 * A second collection may start while one hangs: a callback that hung once must not stop all later scrapes. There are no
 * more than these, so that a callback that always hangs does not pile up collections.
 */
const COLLECTIONS_MAX = INPUT_LIMITS.collections.value;

/** The SDK gives up a hung callback after this many timeouts, which ends its collection. */
const SDK_TIMEOUTS = 2;

/** Level 1 shrinks a page to a fortieth; higher levels gain little and cost several times as much. */
const GZIP_OPTIONS = { level: 1, chunkSize: 65_536 } as const;

interface Collection {
  readonly result: Promise<CollectionResult>;
  readonly pages: Map<TextFormat, Promise<Page>>;
}

/** Creates a scraper. Scrapes that arrive while a collection or its page is in progress share it. */
export function createScraper(options: ScraperOptions): Scraper {
  const {
    reader,
    timeoutMillis,
    exemplars,
    setTimer = setUnrefTimer,
    now = () => performance.now(),
  } = options;
  const renderers = {
    text: createTextRenderer('text'),
    openmetrics: createTextRenderer('openmetrics', exemplars),
  };
  let current: Collection | undefined;
  let pendingCount = 0;

  function page(format: TextFormat): Promise<Page> {
    const collection = joinCollection();
    if (collection === undefined) return refuse();
    const inProgress = collection.pages.get(format);
    if (inProgress !== undefined) return inProgress;
    const made = makePage(collection.result, renderers[format]).finally(() => release(collection));
    collection.pages.set(format, made);
    return made;
  }

  function collect(): Promise<CollectionResult> {
    const collection = joinCollection();
    return collection?.result.finally(() => release(collection)) ?? refuse();
  }

  function joinCollection(): Collection | undefined {
    if (current === undefined && pendingCount >= COLLECTIONS_MAX) return undefined;
    current ??= startCollection();
    return current;
  }

  function refuse(): Promise<never> {
    return Promise.reject(
      new MonitoringError('ERR_DEADLINE_EXCEEDED', `${pendingCount} earlier collections are still pending`),
    );
  }

  function startCollection(): Collection {
    pendingCount++;
    const collection: Collection = { result: collectOnce(), pages: new Map() };
    const cancel = setTimer(() => release(collection), timeoutMillis);
    const settled = (): void => {
      cancel();
      pendingCount--;
    };
    collection.result.then(settled, settled);
    return collection;
  }

  async function collectOnce(): Promise<CollectionResult> {
    const result = await reader.collect({ timeoutMillis: timeoutMillis * SDK_TIMEOUTS });
    if (result.errors.length > 0) {
      throw new AggregateError(result.errors, `${result.errors.length} metric callbacks failed`);
    }
    return result;
  }

  /** The next scrape starts a new collection. */
  function release(collection: Collection): void {
    if (current === collection) current = undefined;
  }

  async function makePage(result: Promise<CollectionResult>, renderer: TextRenderer): Promise<Page> {
    const { resourceMetrics } = await result;
    // Collecting held the event loop; rendering starts in a separate turn.
    await nextTurn();
    return createPage(renderer.contentType, await runInTurns(renderer.render(resourceMetrics), now));
  }

  return { page, collect, startAnew: () => current && release(current) };
}

/** Creates the page of a rendered text. */
export function createPage(contentType: string, { body, seriesCount, familyNames }: RenderedText): Page {
  let compressed: Promise<Buffer> | undefined;
  return {
    contentType,
    body,
    seriesCount,
    familyNames,
    gzip() {
      compressed ??= compress(body);
      return compressed;
    },
  };
}

function compress(body: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    gzip(body, GZIP_OPTIONS, (error, compressed) => (error === null ? resolve(compressed) : reject(error)));
  });
}
