import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type PrometheusExporter, PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import { MonitoringError } from '../errors.js';

/** How one scrape went. */
export interface ScrapeReport {
  readonly outcome: 'success' | 'failed' | 'timeout';
  readonly durationMs: number;
}

/** What the scrape server serves, and where. */
export interface ScrapeServerOptions {
  readonly reader: PrometheusExporter;
  readonly host: string;
  readonly port: number;
  readonly path: string;
  readonly timeoutMillis: number;
  readonly authorization?: string | undefined;
  readonly onScrape?: (report: ScrapeReport) => void;
}

/** A listening scrape server. */
export interface ScrapeServer {
  readonly url: string;
  close(): Promise<void>;
}

/** Opens the port that Prometheus scrapes. */
export async function startScrapeServer(options: ScrapeServerOptions): Promise<ScrapeServer> {
  const { reader, host, port, path } = options;
  const serializer = new PrometheusSerializer('', false, undefined, false, true);
  const server = createServer((_, response) => {
    const startMs = performance.now();
    reader.collect().then(
      ({ resourceMetrics }) => {
        response.setHeader('content-type', 'text/plain; version=0.0.4; charset=utf-8');
        response.end(serializer.serialize(resourceMetrics));
        options.onScrape?.({ outcome: 'success', durationMs: performance.now() - startMs });
      },
      () => {
        response.statusCode = 500;
        response.end();
      },
    );
  });
  server.unref();
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => {
      reject(new MonitoringError('ERR_PORT_IN_USE', `${host}:${port} is taken`, { cause }));
    });
    server.listen(port, host, resolve);
  });
  const { port: actual } = server.address() as AddressInfo;
  return {
    url: `http://${host}:${actual}${path}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
