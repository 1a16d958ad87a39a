import { setImmediate as nextTurn } from 'node:timers/promises';
import type { CollectionResult } from '@opentelemetry/sdk-metrics';
import { INPUT_LIMITS } from '../catalogue/input-limits.js';
import { MonitoringError } from '../errors.js';
import { type SetTimer, setUnrefTimer } from '../otlp/deadline.js';
import type { TextFormat } from './dialect.js';
import type { ExemplarSource } from './exemplar-source.js';
import { type Page, writePage } from './page.js';
import { createTextRenderer, type TextRenderer } from './render-text.js';

/** What is scraped; every MetricReader is one. */
export interface Collector {
  collect(options: { readonly timeoutMillis: number }): Promise<CollectionResult>;
}

/** What a scraper needs. */
export interface ScraperOptions {
  readonly reader: Collector;
  /** Time after which a collection counts as hung, in milliseconds. */
  readonly timeoutMillis: number;
  readonly exemplars?: ExemplarSource | undefined;
  readonly setTimer?: SetTimer | undefined;
  readonly now?: (() => number) | undefined;
}

/** Makes pages, one collection at a time. */
export interface Scraper {
  /**
   * The page of the collection that is under way, or of a new one.
   *
   * @throws {AggregateError} when callbacks failed: a page without their metrics would look whole
   * @throws {MonitoringError} ERR_DEADLINE_EXCEEDED when earlier collections never came to an end
   * @throws whatever the collection itself rejects with
   */
  page(format: TextFormat): Promise<Page>;
}

/**
 * A hung collection is left behind and one more may run beside it: a callback that hung once must not blind the
 * scrape for ever, and one that always hangs must not pile up collections.
 */
const COLLECTIONS_MAX = INPUT_LIMITS.collections.value;

/** The SDK gives up a hung callback after this many timeouts, which frees its place. */
const SDK_TIMEOUTS = 2;

interface Collection {
  readonly result: Promise<CollectionResult>;
  readonly pages: Map<TextFormat, Promise<Page>>;
}

/** Makes a scraper. Scrapes that come while a collection or its page is under way share it. */
export function createScraper(options: ScraperOptions): Scraper {
  const {
    reader,
    timeoutMillis,
    exemplars,
    setTimer = setUnrefTimer,
    now = () => performance.now(),
  } = options;
  const renderers = new Map<TextFormat, TextRenderer>();
  let current: Collection | undefined;
  let pendingCount = 0;

  function page(format: TextFormat): Promise<Page> {
    if (current === undefined && pendingCount >= COLLECTIONS_MAX) {
      return Promise.reject(
        new MonitoringError('ERR_DEADLINE_EXCEEDED', `${pendingCount} earlier collections are still pending`),
      );
    }
    current ??= startCollection();
    const collection = current;
    const underWay = collection.pages.get(format);
    if (underWay !== undefined) return underWay;
    const made = makePage(collection.result, format).finally(() => release(collection));
    collection.pages.set(format, made);
    return made;
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

  /** The next scrape starts anew. */
  function release(collection: Collection): void {
    if (current === collection) current = undefined;
  }

  async function makePage(result: Promise<CollectionResult>, format: TextFormat): Promise<Page> {
    const { resourceMetrics } = await result;
    // Collecting held the event loop; rendering starts in a turn of its own.
    await nextTurn();
    let renderer = renderers.get(format);
    if (renderer === undefined) {
      renderer = createTextRenderer(format, exemplars);
      renderers.set(format, renderer);
    }
    return writePage(renderer.contentType, renderer.render(resourceMetrics), { now, pause: nextTurn });
  }

  return { page };
}
