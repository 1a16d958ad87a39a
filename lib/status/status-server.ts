import type { Attributes } from '@opentelemetry/api';
import { type SetTimer, setUnrefTimer } from '../otlp/deadline.js';
import type { ViewerHandler } from '../prometheus/scrape-server.js';
import type { Scraper } from '../prometheus/scraper.js';
import { CHARTS } from './chart-panels.js';
import type { FailureLog } from './failure-log.js';
import { startHints } from './hints.js';
import { countWorkers, identifyProcess, titleOf } from './process-identity.js';
import { createSampler } from './sampler.js';
import { createStatusRoutes } from './status-routes.js';
import { createStatusSource } from './status-source.js';
import { TABLES } from './table-panels.js';

/** The panels in the order of the page. */
export const STATUS_PANELS = [...CHARTS, ...TABLES];

/** Options of {@link createStatusServer}. */
export interface StatusServerOptions {
  readonly scraper: Pick<Scraper, 'collect'>;
  /** The attributes of the resource, read once the port is open. */
  readonly resource: () => Attributes;
  readonly metricsUrl: () => string;
  readonly failures: FailureLog;
  /** Every setting with its value and origin, without secrets. */
  readonly settings: () => readonly unknown[];
  readonly authorization: string | undefined;
  readonly timeoutMillis: number;
  readonly setTimer?: SetTimer | undefined;
  readonly now?: (() => number) | undefined;
  readonly wallNow?: (() => number) | undefined;
}

/** The status page of one process, and its data. */
export interface StatusServer {
  /** The handlers of its paths. */
  readonly routes: ReadonlyMap<string, ViewerHandler>;
  /** Begins the history. @param isFromZero - whether the counters were zero when the process started */
  start(isFromZero?: boolean): void;
  stop(): void;
}

/** Creates the status page. It collects nothing before {@link StatusServer.start}, unless somebody looks. */
export function createStatusServer(options: StatusServerOptions): StatusServer {
  const { scraper, resource, metricsUrl, failures, settings, authorization, timeoutMillis } = options;
  const { setTimer = setUnrefTimer, now = () => performance.now(), wallNow = Date.now } = options;
  let workers = 1;
  const source = createStatusSource({
    panels: STATUS_PANELS,
    head: (hasRecorded) => {
      const process = identifyProcess(resource(), workers);
      return {
        title: titleOf(process),
        process,
        hints: hasRecorded ? [] : startHints(metricsUrl()),
      };
    },
    sources: () => ({ failures: failures.list() }),
  });
  const sampler = createSampler({
    readings: source.readings,
    collect: async () => {
      const collected = await scraper.collect();
      workers = countWorkers(collected.resourceMetrics);
      return collected;
    },
    onSample: (sample) => source.add(sample),
    setTimer,
    now,
    wallNow,
  });
  const routes = createStatusRoutes({
    authorization,
    timeoutMillis,
    setTimer,
    data: {
      '/api/v1/status': async (query) => {
        const since = sinceOf(query);
        await sampler.view();
        return source.json(since);
      },
      '/api/v1/config': async () => {
        const process = identifyProcess(resource(), workers);
        return Buffer.from(JSON.stringify({ schemaVersion: 1, process, settings: settings() }));
      },
    },
  });
  return { routes, start: (isFromZero) => sampler.start(isFromZero), stop: () => sampler.stop() };
}

/** The parameter `since`, in seconds since 1970. */
function sinceOf(query: URLSearchParams): number | undefined {
  const text = query.get('since');
  if (text === null) return undefined;
  const seconds = /^\d{1,12}(\.\d{1,6})?$/.test(text) ? Number(text) : undefined;
  if (seconds === undefined)
    throw new RangeError('since must be a Unix time in seconds, such as 1735689600.5');
  return seconds;
}
