import { once } from 'node:events';
import { createServer } from 'node:net';
import type { TelemetryConfig } from '../../config/resolve.js';
import { fetchText } from '../fetch-text.js';
import { ok, skipped, type Trial, wrong } from './trial.js';

const SUBJECT = 'port';
const TIMEOUT_MILLIS = 2_000;
const REMEDY = 'set LLM_EDGE_METRICS_PORT to another port, or to auto for the first free one';

/** Listens for a moment where the scrape port would be, and says who has it where it is taken. */
export async function tryPort({ metrics }: TelemetryConfig): Promise<Trial> {
  const { host, port, path, exporters } = metrics;
  if (!exporters.includes('prometheus')) return skipped(SUBJECT, 'no port is opened for scrapes');
  if (port === 'none') return skipped(SUBJECT, 'no port is opened: LLM_EDGE_METRICS_PORT=none');
  const isAny = port === 'auto' || port === 0;
  const code = await listenCode(host, isAny ? 0 : port);
  const place = isAny ? host : `${host}:${port}`;
  if (code === undefined)
    return ok(SUBJECT, isAny ? `a free port on ${host} will be used` : `${place} is free`);
  if (code === 'EADDRINUSE') return taken(`http://${localHost(host)}:${port}`, path, place);
  if (code === 'EACCES')
    return wrong(SUBJECT, `${place} requires privileges that this user lacks; ${REMEDY}`);
  return wrong(SUBJECT, `${place} cannot be opened (${code}): check OTEL_EXPORTER_PROMETHEUS_HOST`);
}

/** A monitored process that runs is as it should be; anything else on its port is not. */
async function taken(origin: string, path: string, place: string): Promise<Trial> {
  const page = await fetchText(`${origin}${path}`, { timeoutMillis: TIMEOUT_MILLIS, accept: 'text/plain' });
  const isOurs = page.ok && /^llm_edge_/m.test(page.text);
  if (isOurs) {
    const service = /^target_info\{[^\n]*\bservice_name="([^"\n]{1,200})"/m.exec(page.text)?.[1];
    const who = service === undefined ? 'a monitored process' : `${service}, a monitored process`;
    return ok(
      SUBJECT,
      `${place} is in use by ${who}; see its settings with: npx llm-edge-monitoring check ${origin}`,
    );
  }
  const seen = page.ok ? `answers ${path} with HTTP ${page.status}` : `does not answer ${path}`;
  return wrong(SUBJECT, `${place} is in use by another program, which ${seen}; ${REMEDY}`);
}

async function listenCode(host: string, port: number): Promise<string | undefined> {
  const server = createServer();
  try {
    server.listen({ host, port, exclusive: true });
    await once(server, 'listening');
    return undefined;
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code);
  } finally {
    server.close();
  }
}

/** The address under which this machine reaches itself. */
function localHost(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}
