import { MonitoringError } from '../errors.js';
import { isDeadlineError, type SetTimer, setUnrefTimer, withDeadline } from '../otlp/deadline.js';
import { createAuthorizer } from './access.js';
import { negotiateFormat } from './negotiate.js';
import { appendRegistry, checkRegistry, formatOf, type PromClientRegistry } from './prom-client.js';
import {
  createScrapeHandler,
  type PageSource,
  type RequestListener,
  type ScrapeReport,
} from './scrape-handler.js';
import type { Scraper } from './scraper.js';

/** Options of `monitoring.metricsHandler()`. */
export interface MetricsHandlerOptions {
  /**
   * A registry of prom-client, whose metrics are added to the page. The page is then in the format of the registry, and
   * without exemplars unless that is OpenMetrics. A metric of the registry with a name of this package is refused.
   */
  readonly registry?: PromClientRegistry | undefined;
}

/** Options of `monitoring.metricsText()`. */
export interface MetricsTextOptions extends MetricsHandlerOptions {
  /** The `Accept` header of the scrape, which chooses the format. @defaultValue text 0.0.4 */
  readonly accept?: string | undefined;
}

/** A page for Prometheus. */
export interface MetricsText {
  /** The value of the `Content-Type` header. */
  readonly contentType: string;
  readonly body: string;
}

/** Options of {@link createMetricsPages}. */
export interface MetricsPagesOptions {
  /** Returns what makes the pages, or the reason why there are none. */
  readonly scraper: () => Scraper | string;
  /** The names of metrics on the pages beside those of the catalogue. */
  readonly furtherNames?: readonly string[] | undefined;
  /** Longest time for a scrape, in milliseconds; the shorter timeout of a scraper takes precedence. */
  readonly timeoutMillis: number;
  /** The `Authorization` header that a scrape must carry, such as `Bearer …`; open if absent. */
  readonly authorization?: string | undefined;
  /** Called once for each scrape. */
  readonly onScrape?: ((report: ScrapeReport) => void) | undefined;
  readonly setTimer?: SetTimer | undefined;
  readonly now?: (() => number) | undefined;
}

/** Gives pages to the scrape port, to a server of the user and to code of the user. */
export interface MetricsPages {
  metricsHandler(options?: MetricsHandlerOptions): RequestListener;
  metricsText(options?: MetricsTextOptions): Promise<MetricsText>;
}

/** Creates the pages of one monitoring. Scrapes at the same time share a collection, however they arrive. */
export function createMetricsPages(options: MetricsPagesOptions): MetricsPages {
  const { timeoutMillis, authorization, onScrape } = options;
  const { setTimer = setUnrefTimer, now = () => performance.now() } = options;
  return {
    metricsHandler: ({ registry } = {}) =>
      createScrapeHandler({
        pages: createPageSource(options, registry),
        timeoutMillis,
        authorizer: authorization === undefined ? undefined : createAuthorizer(authorization, 'metrics'),
        onScrape,
        setTimer,
        now,
      }),
    async metricsText({ registry, accept } = {}) {
      const pages = createPageSource(options, registry);
      const startedAt = now();
      try {
        const page = await withDeadline(pages(accept), timeoutMillis, 'the page', setTimer);
        const { contentType, body, seriesCount } = page;
        onScrape?.({ outcome: 'success', durationMs: now() - startedAt, bytes: body.length, seriesCount });
        return { contentType, body: body.toString() };
      } catch (error) {
        const outcome = isDeadlineError(error) ? 'timeout' : 'failed';
        onScrape?.({ outcome, durationMs: now() - startedAt, bytes: 0, seriesCount: 0 });
        throw error;
      }
    },
  };
}

function createPageSource(
  { scraper, furtherNames = [] }: MetricsPagesOptions,
  registry: PromClientRegistry | undefined,
): PageSource {
  const reported = new Set<string>();
  if (registry !== undefined) checkRegistry(registry, furtherNames);
  return async (accept) => {
    const source = scraper();
    if (registry === undefined) {
      if (typeof source === 'string') throw new MonitoringError('ERR_NO_METRICS', source);
      return source.page(negotiateFormat(accept));
    }
    const format = formatOf(registry) ?? 'text';
    // The registry comes first: if it throws, no page is made whose failure nothing would handle.
    const added = registry.metrics();
    const page = typeof source === 'string' ? undefined : source.page(format);
    const [own, text] = await Promise.all([page, added]);
    return appendRegistry(own, text, format, reported);
  };
}
