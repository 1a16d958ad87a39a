import { createMetricsPages, type MetricsPagesOptions } from '../../lib/prometheus/metrics-page.js';
import {
  type ScrapeServer,
  type ScrapeServerOptions,
  startScrapeServer,
} from '../../lib/prometheus/scrape-server.js';
import { createScraper, type ScraperOptions } from '../../lib/prometheus/scraper.js';

export { createLastScrape } from '../../lib/prometheus/last-scrape.js';
export type { ScrapeReport } from '../../lib/prometheus/scrape-handler.js';
export type { ScrapeServer } from '../../lib/prometheus/scrape-server.js';
export { createScraper } from '../../lib/prometheus/scraper.js';

const servers: ScrapeServer[] = [];

/** Serves a reader on a free port of 127.0.0.1, with a deadline of 10 s, where the options say nothing else. */
export async function serveScrapes(
  options: Pick<ScraperOptions, 'reader'> &
    Partial<ScraperOptions & Omit<MetricsPagesOptions, 'scraper'> & Omit<ScrapeServerOptions, 'handler'>>,
): Promise<ScrapeServer> {
  const scraping = { timeoutMillis: 10_000, ...options };
  const scraper = createScraper(scraping);
  const server = await startScrapeServer({
    host: '127.0.0.1',
    port: 0,
    path: '/metrics',
    handler: createMetricsPages({ ...scraping, scraper: () => scraper }).metricsHandler(),
    isAuthorized: options.authorization !== undefined,
    ...options,
  });
  servers.push(server);
  return server;
}

/** Closes all servers that a spec has started. */
export async function closeScrapeServers(): Promise<void> {
  await Promise.all(servers.splice(0).map((server) => server.close()));
}
