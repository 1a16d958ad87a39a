import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect as connectHttp2, createServer as createHttp2Server } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { metrics } from '@opentelemetry/api';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import express from 'express';
import { Hono } from 'hono';
import { Counter, Gauge, Histogram, Registry, Summary } from 'prom-client';
import {
  initMonitoring,
  METRICS,
  type Monitoring,
  MonitoringError,
  type MonitoringOptions,
} from '../../lib/index.js';
import { captureLog } from '../support/captured-log.js';
import { type HttpAnswer, send } from '../support/http-client.js';
import { samplesOf } from '../support/scrape.js';

const OPENMETRICS = 'application/openmetrics-text;version=1.0.0';
const HITS = 'llm_edge_cache_hits_total{tier="L1"}';

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  metrics.disable();
});

async function start(options: MonitoringOptions = {}): Promise<Monitoring> {
  const monitoring = await initMonitoring({
    ...options,
    metrics: { host: '127.0.0.1', port: 0, ...options.metrics },
    traces: { exporter: 'none' },
  });
  cleanups.push(() => monitoring.shutdown());
  return monitoring;
}

/** Serves `/metrics` of an Express app, and returns what scrapes it. */
async function mount(handler: ReturnType<Monitoring['metricsHandler']>) {
  const app = express();
  app.get('/metrics', handler);
  app.post('/metrics', handler);
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanups.push(() => new Promise((resolve) => server.close(resolve)));
  const { port } = server.address() as AddressInfo;
  return (headers: Record<string, string> = {}, method = 'GET'): Promise<HttpAnswer> =>
    send(`http://127.0.0.1:${port}/metrics`, { headers, method });
}

/** A registry of prom-client with one metric of each kind. */
function createRegistry(contentType?: typeof Registry.OPENMETRICS_CONTENT_TYPE): Registry {
  const registry = new Registry() as Registry;
  if (contentType !== undefined) registry.setContentType(contentType as never);
  const registers = [registry];
  new Counter({ name: 'orders_total', help: 'Orders.', registers }).inc(3);
  new Gauge({ name: 'carts', help: 'Open\ncarts.', registers, labelNames: ['shop'] }).set({ shop: 'a"b' }, 2);
  new Histogram({ name: 'checkout_seconds', help: 'h', registers, buckets: [1, 2] }).observe(1.5);
  new Summary({ name: 'basket_items', help: 's', registers, percentiles: [0.5] }).observe(4);
  return registry;
}

describe('metricsHandler()', () => {
  it('answers in an Express app as the port does, in the format that is asked for', async () => {
    const monitoring = await start();
    monitoring.recordCacheHit('L1');
    const scrape = await mount(monitoring.metricsHandler());
    for (const accept of [undefined, OPENMETRICS]) {
      const headers: Record<string, string> = accept === undefined ? {} : { accept };
      const answer = await scrape(headers);
      const fromPort = await send(monitoring.metricsUrl ?? '', { headers });
      expect(answer.status).toBe(200);
      expect(answer.headers['content-type']).toBe(fromPort.headers['content-type']);
      expect(samplesOf(answer.body.toString())[HITS]).toBe(1);
      expect(samplesOf(fromPort.body.toString())[HITS]).toBe(1);
    }
  });

  it('compresses, answers HEAD without a body and refuses other methods', async () => {
    const monitoring = await start();
    const scrape = await mount(monitoring.metricsHandler());
    const zipped = await scrape({ 'accept-encoding': 'gzip' });
    expect(gunzipSync(zipped.body).toString()).toContain('# TYPE llm_edge_active_requests gauge');
    expect(await scrape({}, 'HEAD')).toMatchObject({ status: 200, body: Buffer.alloc(0) });
    expect(await scrape({}, 'POST')).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD' } });
  });

  it('demands the authorization of the port', async () => {
    const monitoring = await start({ metrics: { authorization: 'Bearer s3cret' } });
    const scrape = await mount(monitoring.metricsHandler());
    expect((await scrape()).status).toBe(401);
    expect((await scrape({ authorization: 'Bearer s3cret' })).status).toBe(200);
  });

  it('answers under any host, since the server is not of this package', async () => {
    const monitoring = await start();
    const scrape = await mount(monitoring.metricsHandler());
    expect((await scrape({ host: 'gateway.internal' })).status).toBe(200);
  });

  it('works without a port', async () => {
    const monitoring = await start({ metrics: { port: 'none' } });
    expect(monitoring.metricsUrl).toBeUndefined();
    const scrape = await mount(monitoring.metricsHandler());
    expect((await scrape()).status).toBe(200);
  });

  it('counts its scrapes', async () => {
    const monitoring = await start();
    const scrape = await mount(monitoring.metricsHandler());
    const series = 'llm_edge_monitoring_scrapes_total{outcome="success"}';
    await scrape();
    expect(samplesOf((await scrape()).body.toString())[series]).toBe(1);
  });

  it('answers over HTTP/2', async () => {
    const monitoring = await start();
    const warnings: unknown[] = [];
    const onWarning = (warning: unknown): number => warnings.push(warning);
    process.on('warning', onWarning);
    cleanups.push(() => process.off('warning', onWarning));
    const server = createHttp2Server(monitoring.metricsHandler() as never).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const session = connectHttp2(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    cleanups.push(
      () => session.close(),
      () => server.close(),
    );
    const ask = async (method: string): Promise<[unknown, string]> => {
      const stream = session.request({ ':method': method, ':path': '/metrics' });
      stream.end();
      const [headers] = await once(stream, 'response');
      const chunks: Buffer[] = [];
      for await (const chunk of stream) chunks.push(chunk as Buffer);
      return [headers[':status'], Buffer.concat(chunks).toString()];
    };
    expect(await ask('GET')).toEqual([200, expect.stringContaining('# TYPE llm_edge_active_requests gauge')]);
    expect((await ask('DELETE'))[0]).toBe(405);
    expect(warnings).toEqual([]);
  });

  it('closes the connection where a method of the response throws, and counts one failure', async () => {
    const monitoring = await start();
    const handler = monitoring.metricsHandler();
    const scrape = await mount((request, response) => {
      response.writeHead = () => {
        throw new Error('no header');
      };
      handler(request, response);
    });
    const log = captureLog();
    cleanups.push(() => log.release());
    await expect(scrape()).rejects.toMatchObject({ code: 'ECONNRESET' });
    const samples = samplesOf((await monitoring.metricsText()).body);
    expect(samples).toMatchObject({
      'llm_edge_monitoring_scrapes_total{outcome="success"}': 0,
      'llm_edge_monitoring_scrapes_total{outcome="failed"}': 1,
    });
    expect(log.lines).toEqual([expect.stringMatching(/^error: the scrape failed/)]);
  });

  it('answers with 503 once monitoring is shut down', async () => {
    const monitoring = await start();
    const scrape = await mount(monitoring.metricsHandler());
    await monitoring.shutdown();
    expect(await scrape()).toMatchObject({ status: 503, body: Buffer.from('monitoring is shut down\n') });
  });

  const WITHOUT_METRICS: readonly [string, MonitoringOptions, RegExp][] = [
    ['disabled', { enabled: false }, /monitoring is disabled/],
    ['without the exporter', { metrics: { exporters: [] } }, /add prometheus to metrics.exporters/],
    [
      'with the meter provider of the program',
      { meterProvider: new MeterProvider() },
      /the program's meter provider collects/,
    ],
  ];

  it.each(WITHOUT_METRICS)('says why there is no page: %s', async (_name, options, reason) => {
    const monitoring = await start(options);
    const scrape = await mount(monitoring.metricsHandler());
    const { status, body } = await scrape();
    expect([status, body.toString()]).toEqual([503, expect.stringMatching(reason)]);
    await expect(monitoring.metricsText()).rejects.toMatchObject({ code: 'ERR_NO_METRICS' });
    const together = await mount(monitoring.metricsHandler({ registry: createRegistry() }));
    expect(samplesOf((await together()).body.toString())).toMatchObject({ orders_total: 3 });
  });
});

describe('metricsHandler() with a registry of prom-client', () => {
  it('shows both in text, with one type and no end', async () => {
    const monitoring = await start();
    monitoring.recordCacheHit('L1');
    const scrape = await mount(monitoring.metricsHandler({ registry: createRegistry() }));
    const { headers, body } = await scrape({ accept: OPENMETRICS });
    const text = body.toString();
    expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(samplesOf(text)).toMatchObject({
      [HITS]: 1,
      orders_total: 3,
      'carts{shop="a\\"b"}': 2,
      'checkout_seconds_bucket{le="2"}': 1,
      checkout_seconds_count: 1,
      basket_items_sum: 4,
    });
    expect(text).not.toContain('# EOF');
    expect(text).not.toMatch(/\n\n/);
  });

  it('shows both in OpenMetrics, with one end', async () => {
    const monitoring = await start();
    const registry = createRegistry(Registry.OPENMETRICS_CONTENT_TYPE);
    const scrape = await mount(monitoring.metricsHandler({ registry }));
    const { headers, body } = await scrape();
    expect(headers['content-type']).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8');
    expect(body.toString().match(/# EOF\n/g)).toHaveLength(1);
    expect(body.toString()).toMatch(/\n# TYPE orders counter\norders_total 3\n.*# EOF\n$/s);
  });

  it('reads lines that end as on Windows', async () => {
    const monitoring = await start();
    const registry = createRegistry(Registry.OPENMETRICS_CONTENT_TYPE);
    registry.metrics = async () => '# TYPE orders counter\r\norders_total 3\r\n# EOF\r\n';
    const { body } = await monitoring.metricsText({ registry });
    expect(body).toMatch(/\n# TYPE orders counter\norders_total 3\n# EOF\n$/);
    expect(body).not.toContain('\r');
  });

  it('follows a registry whose type is changed later', async () => {
    const monitoring = await start();
    const registry = createRegistry();
    const scrape = await mount(monitoring.metricsHandler({ registry }));
    registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE as never);
    expect((await scrape()).headers['content-type']).toMatch(/^application\/openmetrics-text/);
  });

  it('counts the series of both, a histogram and a summary once', async () => {
    const monitoring = await start();
    const alone = await mount(monitoring.metricsHandler());
    const both = await mount(monitoring.metricsHandler({ registry: createRegistry() }));
    const shown = async (): Promise<number | undefined> =>
      samplesOf((await monitoring.metricsText()).body)['llm_edge_monitoring_scrape_series'];
    await alone();
    await alone();
    const before = (await shown()) ?? Number.NaN;
    await both();
    expect(await shown()).toBe(before + 4);
  });

  const REFUSED: readonly [string, (registry: Registry) => unknown, RegExp][] = [
    ...['llm_edge_requests_total', 'llm_edge_active_requests', 'target_info'].map(
      (name): [string, (registry: Registry) => unknown, RegExp] => [
        name,
        (registry) => new Gauge({ name, help: 'h', registers: [registry] }),
        /rename this metric/,
      ],
    ),
    [
      'an histogram of the catalogue',
      (registry) => new Counter({ name: 'llm_edge_overhead_ms_count', help: 'h', registers: [registry] }),
      /rename this metric/,
    ],
    ['another object', () => ({}), /pass a Registry/],
    ['null', () => null, /pass a Registry/],
    [
      'a registry in protobuf',
      () => ({
        contentType: 'application/vnd.google.protobuf',
        metrics: async () => '',
        getMetricsAsArray: () => [],
      }),
      /content type/,
    ],
  ];

  it.each(REFUSED)('refuses %s', async (_name, create, remedy) => {
    const monitoring = await start();
    const registry = createRegistry();
    const made = create(registry);
    const used = made instanceof Gauge || made instanceof Counter ? registry : (made as Registry);
    let failure: unknown;
    try {
      monitoring.metricsHandler({ registry: used });
    } catch (error) {
      failure = error;
    }
    expect(failure).toBeInstanceOf(MonitoringError);
    expect(failure).toMatchObject({ code: 'ERR_INVALID_CONFIG', message: expect.stringMatching(remedy) });
  });

  it('refuses the name of a metric of the GenAI conventions exactly where the page has it', async () => {
    const name = 'gen_ai_client_operation_duration_seconds';
    const registry = createRegistry();
    new Histogram({ name, help: 'h', registers: [registry] });
    for (const [genAi, isRefused] of [
      [{ metrics: 'v1.41', scrape: true }, true],
      [{ metrics: 'v1.41', scrape: false }, false],
      [{ metrics: 'none', scrape: true }, false],
    ] as const) {
      const monitoring = await start({ genAi });
      const create = () => monitoring.metricsHandler({ registry });
      if (isRefused) expect(create).toThrow(new RegExp(`${name}.*rename this metric`));
      else expect(create).not.toThrow();
      await monitoring.shutdown();
    }
  });

  it('leaves out a family that is on the page already, with one warning', async () => {
    const monitoring = await start({ registerGlobals: true });
    cleanups.push(() => metrics.disable());
    metrics.getMeter('spec').createCounter('jobs').add(7);
    const registry = createRegistry();
    const scrape = await mount(monitoring.metricsHandler({ registry }));
    new Counter({ name: 'jobs_total', help: 'h', registers: [registry] }).inc(1);
    new Counter({ name: 'late_total', help: 'h', registers: [registry] }).inc(1);
    const log = captureLog();
    cleanups.push(() => log.release());
    for (let time = 0; time < 2; time++) {
      const text = (await scrape()).body.toString();
      expect(text.match(/^jobs_total .*$/gm)).toEqual(['jobs_total 7']);
      expect(samplesOf(text)).toMatchObject({ late_total: 1, orders_total: 3 });
    }
    expect(log.lines).toEqual([
      expect.stringMatching(/^warn: the metric jobs_total of the registry is left out/),
    ]);
  });

  it('fails as a whole where the registry fails, so that no page looks complete', async () => {
    const monitoring = await start();
    const registry = createRegistry();
    new Gauge({
      name: 'broken',
      help: 'h',
      registers: [registry],
      collect: () => Promise.reject(new Error('no database')),
    });
    const scrape = await mount(monitoring.metricsHandler({ registry }));
    expect((await scrape()).status).toBe(500);
  });

  it('leaves no rejection unhandled where registry and page both fail', async () => {
    const monitoring = await start({ registerGlobals: true });
    const fail = (): never => {
      throw new Error('no');
    };
    metrics.getMeter('spec').createObservableGauge('failing').addCallback(fail);
    const registry = createRegistry();
    registry.metrics = fail;
    const unhandled: unknown[] = [];
    const onUnhandled = (reason: unknown): number => unhandled.push(reason);
    process.on('unhandledRejection', onUnhandled);
    cleanups.push(() => process.off('unhandledRejection', onUnhandled));
    const scrape = await mount(monitoring.metricsHandler({ registry }));
    expect((await scrape()).status).toBe(500);
    // A scrape of the same collection ends after it.
    await expect(monitoring.metricsText()).rejects.toThrow('1 metric callbacks failed');
    await new Promise((resolve) => setImmediate(resolve));
    expect(unhandled).toEqual([]);
  });

  it('ends at its deadline where the registry hangs', async () => {
    const monitoring = await start({ metrics: { timeoutMillis: 50 } });
    const registry = createRegistry();
    new Gauge({
      name: 'hung',
      help: 'h',
      registers: [registry],
      collect: () => new Promise(() => undefined),
    });
    const scrape = await mount(monitoring.metricsHandler({ registry }));
    expect((await scrape()).status).toBe(503);
    await expect(monitoring.metricsText({ registry })).rejects.toMatchObject({
      code: 'ERR_DEADLINE_EXCEEDED',
    });
  });
});

describe('metricsText()', () => {
  it('gives the page to a Hono app', async () => {
    const monitoring = await start();
    monitoring.recordCacheHit('L1');
    const app = new Hono();
    app.get('/metrics', async (c) => {
      const { body, contentType } = await monitoring.metricsText({ accept: c.req.header('accept') });
      return c.body(body, 200, { 'content-type': contentType });
    });
    const answer = await app.request('/metrics', { headers: { accept: OPENMETRICS } });
    expect(answer.headers.get('content-type')).toBe(
      'application/openmetrics-text; version=1.0.0; charset=utf-8',
    );
    expect(samplesOf(await answer.text())[HITS]).toBe(1);
  });

  it('shares a collection with scrapes at the same time', async () => {
    const monitoring = await start({ registerGlobals: true });
    let collections = 0;
    metrics
      .getMeter('spec')
      .createObservableGauge('observed')
      .addCallback(() => {
        collections++;
      });
    const server = createServer(monitoring.metricsHandler()).listen(0, '127.0.0.1');
    await once(server, 'listening');
    cleanups.push(() => new Promise((resolve) => server.close(resolve)));
    const pages = await Promise.all([monitoring.metricsText(), monitoring.metricsText()]);
    expect(pages[0]).toEqual(pages[1]);
    expect(collections).toBe(1);
  });

  it('has every metric of the catalogue that has a value', async () => {
    const monitoring = await start();
    monitoring.recordRequestSuccess('openai', 'gpt-4o', 12);
    const { body } = await monitoring.metricsText();
    expect(body).toContain(`# HELP llm_edge_requests_total ${METRICS.llm_edge_requests_total.description}\n`);
  });
});
