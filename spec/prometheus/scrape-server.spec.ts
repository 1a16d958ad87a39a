import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { gunzipSync } from 'node:zlib';
import { MonitoringError } from '../../lib/index.js';
import { captureLog } from '../support/captured-log.js';
import { send } from '../support/http-client.js';
import { createManualTimer } from '../support/manual-timer.js';
import { createMeterHarness, type MeterHarness } from '../support/meter-harness.js';
import { runScript } from '../support/run-script.js';
import {
  closeScrapeServers,
  type ScrapeReport,
  type ScrapeServer,
  serveScrapes,
} from '../support/scrape-server.js';

const OPENMETRICS = { accept: 'application/openmetrics-text;version=1.0.0' };

afterEach(closeScrapeServers);

function createCounted(): MeterHarness {
  const harness = createMeterHarness({});
  harness.provider.getMeter('spec').createCounter('c_total').add(1);
  return harness;
}

const COUNTED_TEXT =
  '# HELP target_info Target metadata\n# TYPE target_info gauge\ntarget_info 1\n# TYPE c_total counter\nc_total 1\n';

function connectTo(server: ScrapeServer): Socket {
  const { hostname, port } = new URL(server.url);
  return connect(Number(port), hostname);
}

describe('startScrapeServer()', () => {
  describe('with a reader', () => {
    it('serves text 0.0.4 without an Accept header', async () => {
      const server = await serveScrapes(createCounted());
      const answer = await send(server.url);
      expect(answer.status).toBe(200);
      expect(answer.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
      expect(answer.headers['content-length']).toBe(`${COUNTED_TEXT.length}`);
      expect(answer.body.toString()).toBe(COUNTED_TEXT);
    });

    it('serves OpenMetrics to a scraper that prefers it', async () => {
      const server = await serveScrapes(createCounted());
      const answer = await send(server.url, { headers: OPENMETRICS });
      expect(answer.headers['content-type']).toBe(
        'application/openmetrics-text; version=1.0.0; charset=utf-8',
      );
      expect(answer.body.toString()).toMatch(/^# HELP target Target metadata\n.*\nc_total 1\n# EOF\n$/s);
    });

    it('serves exemplars', async () => {
      const exemplars = {
        exemplar: () => ({ traceId: 'f00', spanId: 'ba4', value: 1, timestampSeconds: 2 }),
      };
      const server = await serveScrapes({ ...createCounted(), exemplars });
      const answer = await send(server.url, { headers: OPENMETRICS });
      expect(answer.body.toString()).toContain('c_total 1 # {trace_id="f00",span_id="ba4"} 1 2\n');
    });

    it('compresses when asked', async () => {
      const server = await serveScrapes(createCounted());
      const answer = await send(server.url, { headers: { 'accept-encoding': 'gzip' } });
      expect(answer.headers['content-encoding']).toBe('gzip');
      expect(answer.headers['content-length']).toBe(`${answer.body.length}`);
      expect(gunzipSync(answer.body).toString()).toBe(COUNTED_TEXT);
    });

    it('answers HEAD as GET, without the body', async () => {
      const server = await serveScrapes(createCounted());
      const answer = await send(server.url, { method: 'HEAD' });
      expect(answer.status).toBe(200);
      expect(answer.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
      expect(answer.headers['content-length']).toBe(`${COUNTED_TEXT.length}`);
      expect(answer.body.length).toBe(0);
    });

    it.each(['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'])('refuses %s', async (method) => {
      const server = await serveScrapes(createCounted());
      const answer = await send(server.url, { method });
      expect([answer.status, answer.headers.allow]).toEqual([405, 'GET, HEAD']);
    });

    it.each([
      ['/metrics?name[]=c_total', 200],
      ['/healthz', 200],
      ['/', 404],
      ['/metrics/', 404],
      ['/Metrics', 404],
      ['//', 404],
      ['/%ZZ', 404],
    ])('answers %s with %d', async (path, status) => {
      const server = await serveScrapes(createCounted());
      expect((await send(new URL(server.url).origin + path)).status).toBe(status);
    });

    it('reports each scrape', async () => {
      const reports: ScrapeReport[] = [];
      let nowMs = 0;
      const now = (): number => nowMs++;
      const server = await serveScrapes({
        ...createCounted(),
        now,
        onScrape: (report) => reports.push(report),
      });
      await send(server.url);
      const { body } = await send(server.url, { headers: { 'accept-encoding': 'gzip' } });
      await send(server.url, { method: 'HEAD' });
      await send(`${server.url}/nowhere`);
      expect(reports).toEqual([
        { outcome: 'success', durationMs: expect.any(Number), bytes: COUNTED_TEXT.length, seriesCount: 1 },
        { outcome: 'success', durationMs: expect.any(Number), bytes: body.length, seriesCount: 1 },
        { outcome: 'success', durationMs: expect.any(Number), bytes: 0, seriesCount: 1 },
      ]);
      expect(reports.every(({ durationMs }) => durationMs > 0)).toBe(true);
    });

    it('serves on when the hook throws', async () => {
      const onScrape = (): never => {
        throw new Error('hook');
      };
      const server = await serveScrapes({ ...createCounted(), onScrape });
      expect((await send(server.url)).status).toBe(200);
    });
  });

  describe('with several scrapers at once', () => {
    it('collects once for all', async () => {
      const harness = createCounted();
      let collections = 0;
      let openGate: () => void = () => undefined;
      const gate = new Promise<void>((resolve) => {
        openGate = resolve;
      });
      harness.provider
        .getMeter('spec')
        .createObservableGauge('g')
        .addCallback((result) => {
          result.observe(++collections);
          return gate;
        });
      const timer = createManualTimer();
      let timersSet = 0;
      const server = await serveScrapes({
        ...harness,
        setTimer(callback, delayMillis) {
          // One timer for each of three scrapes and one for their collection: then all have arrived.
          if (++timersSet === 4) openGate();
          return timer.setTimer(callback, delayMillis);
        },
      });
      const answers = await Promise.all([
        send(server.url),
        send(server.url, { headers: OPENMETRICS }),
        send(server.url, { headers: { 'accept-encoding': 'gzip' } }),
      ]);
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
      expect(collections).toBe(1);
      await send(server.url);
      expect(collections).toBe(2);
    });
  });

  describe('with a collection that fails', () => {
    it('answers 500 when a callback throws, and 200 when it is well again', async () => {
      const harness = createCounted();
      let broken = true;
      harness.provider
        .getMeter('spec')
        .createObservableGauge('g')
        .addCallback(() => {
          if (broken) throw new Error('database away');
        });
      const outcomes: string[] = [];
      const server = await serveScrapes({ ...harness, onScrape: ({ outcome }) => outcomes.push(outcome) });
      const answer = await send(server.url);
      expect([answer.status, answer.headers['content-type']]).toEqual([500, 'text/plain; charset=utf-8']);
      expect(answer.body.toString()).not.toContain('database');
      broken = false;
      expect((await send(server.url)).status).toBe(200);
      expect(outcomes).toEqual(['failed', 'success']);
    });

    it('answers 500 when the reader rejects', async () => {
      const harness = createCounted();
      const server = await serveScrapes(harness);
      await harness.provider.shutdown();
      expect((await send(server.url)).status).toBe(500);
    });

    it('logs it once until one succeeds', async () => {
      const log = captureLog();
      let broken = true;
      const harness = createCounted();
      const reader = {
        collect: async () => {
          if (broken) throw new Error('away');
          return harness.reader.collect();
        },
      };
      const server = await serveScrapes({ reader });
      for (const state of [true, true, false, true]) {
        broken = state;
        await send(server.url);
      }
      log.release();
      expect(log.lines).toEqual(
        Array(2).fill('error: the scrape failed; further failures are counted, not logged'),
      );
    });
  });

  describe('with a collection that hangs', () => {
    it.each([
      ['its own deadline', undefined, 10_000],
      ['the deadline of the scraper', '5', 4_750],
      ['its own where the scraper has more time', '60', 10_000],
      ['its own where the header makes no sense', 'soon', 10_000],
    ])('answers 503 after %s', async (_, seconds, deadlineMillis) => {
      const timer = createManualTimer();
      const outcomes: string[] = [];
      const reader = { collect: () => new Promise<never>(() => undefined) };
      let arrived: () => void = () => undefined;
      const waiting = new Promise<void>((resolve) => {
        arrived = resolve;
      });
      const server = await serveScrapes({
        reader,
        now: timer.now,
        setTimer(callback, delayMillis) {
          const cancel = timer.setTimer(callback, delayMillis);
          if (timer.delays.length === 2) arrived();
          return cancel;
        },
        onScrape: ({ outcome }) => outcomes.push(outcome),
      });
      const headers = seconds === undefined ? {} : { 'x-prometheus-scrape-timeout-seconds': seconds };
      const answer = send(server.url, { headers });
      await waiting;
      timer.advance(deadlineMillis - 1);
      expect(outcomes).toEqual([]);
      timer.advance(1);
      expect((await answer).status).toBe(503);
      expect(outcomes).toEqual(['timeout']);
    });
  });

  describe('with authorization', () => {
    it('requires it of scrapes and not of the health check', async () => {
      const server = await serveScrapes({ ...createCounted(), authorization: 'Bearer s3cret' });
      const refused = await send(server.url);
      expect([refused.status, refused.headers['www-authenticate']]).toEqual([401, 'Bearer realm="metrics"']);
      expect((await send(server.url, { headers: { authorization: 'Bearer s3cret' } })).status).toBe(200);
      expect((await send(`${new URL(server.url).origin}/healthz`)).status).toBe(200);
    });
  });

  describe('with a client that does not read', () => {
    it('cuts the connection when the deadline passes', async () => {
      const timer = createManualTimer();
      let sending: () => void = () => undefined;
      const answered = new Promise<void>((resolve) => {
        sending = resolve;
      });
      const harness = createMeterHarness({ large: 'x'.repeat(30_000_000) });
      const server = await serveScrapes({
        ...harness,
        now: timer.now,
        setTimer: timer.setTimer,
        onScrape: () => sending(),
      });
      const socket = connectTo(server);
      socket.on('error', () => undefined);
      socket.pause();
      socket.write('GET /metrics HTTP/1.1\r\nhost: localhost\r\n\r\n');
      await answered;
      // The timer of the answer is set in the turn that reports the scrape.
      await new Promise(setImmediate);
      timer.advance(10_000);
      socket.resume();
      await once(socket, 'close');
      expect(socket.bytesRead).toBeLessThan(30_000_000);
    });
  });

  describe('with a client that hangs up before its answer', () => {
    it('reports the scrape as failed', async () => {
      const harness = createCounted();
      let letGo: () => void = () => undefined;
      let collecting: () => void = () => undefined;
      const started = new Promise<void>((resolve) => {
        collecting = resolve;
      });
      const reader = {
        async collect() {
          collecting();
          await new Promise<void>((resolve) => {
            letGo = resolve;
          });
          return harness.reader.collect();
        },
      };
      const reported = new Promise<ScrapeReport>((resolve) => {
        void serveScrapes({ reader, onScrape: resolve }).then(async (server) => {
          const socket = connectTo(server);
          socket.write('GET /metrics HTTP/1.1\r\nhost: localhost\r\n\r\n');
          await started;
          socket.destroy();
          // A whole request on another connection: by its answer the server has seen the first one close.
          await send(`${new URL(server.url).origin}/healthz`);
          letGo();
        });
      });
      expect((await reported).outcome).toBe('failed');
    });
  });

  describe('close()', () => {
    it('stops at once with half-sent and idle connections open, and frees the port', async () => {
      const server = await serveScrapes(createCounted());
      const idle = connectTo(server);
      const halfSent = connectTo(server);
      for (const socket of [idle, halfSent]) socket.on('error', () => undefined);
      await Promise.all([once(idle, 'connect'), once(halfSent, 'connect')]);
      halfSent.write('GET /metrics HTTP/1.1\r\nhost: ');
      await send(server.url);
      const closed = [once(idle, 'close'), once(halfSent, 'close')];
      const first = server.close();
      expect(server.close()).toBe(first);
      await first;
      await Promise.all(closed);
      await expect(send(server.url)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
      const again = await serveScrapes({ ...createCounted(), port: Number(new URL(server.url).port) });
      expect((await send(again.url)).status).toBe(200);
    });

    it('stops at once while a collection hangs', async () => {
      const server = await serveScrapes({ reader: { collect: () => new Promise<never>(() => undefined) } });
      const answer = send(server.url);
      await send(`${new URL(server.url).origin}/healthz`);
      await server.close();
      await expect(answer).rejects.toMatchObject({ code: expect.stringMatching(/ECONN(RESET|REFUSED)/) });
    });
  });

  describe('with a port that is taken', () => {
    it.each(['127.0.0.1', 'localhost'])('rejects on %s, and succeeds once the port is free', async (host) => {
      const other = createServer();
      other.listen(0, '127.0.0.1');
      await once(other, 'listening');
      const { port } = other.address() as AddressInfo;
      const failure: unknown = await serveScrapes({ ...createCounted(), host, port }).catch(
        (error: unknown) => error,
      );
      expect(failure).toBeInstanceOf(MonitoringError);
      expect(failure).toMatchObject({
        code: 'ERR_PORT_IN_USE',
        message: expect.stringMatching(new RegExp(`${host}:${port}.*OTEL_EXPORTER_PROMETHEUS_PORT`)),
        cause: { code: 'EADDRINUSE' },
      });
      other.close();
      await once(other, 'close');
      const server = await serveScrapes({ ...createCounted(), host, port });
      expect(server.url).toBe(`http://${host}:${port}/metrics`);
      expect((await send(server.url)).status).toBe(200);
    });
  });

  describe('with a host that is not of this machine', () => {
    it('rejects', async () => {
      await expect(serveScrapes({ ...createCounted(), host: '192.0.2.1', port: 9464 })).rejects.toMatchObject(
        {
          code: 'ERR_LISTEN_FAILED',
          message: expect.stringContaining('192.0.2.1:9464'),
        },
      );
    });
  });

  describe('with localhost', () => {
    const loopbacks = Object.values(networkInterfaces())
      .flat()
      .flatMap((address) => (address?.internal === true ? [address.address] : []))
      .filter((address) => address === '127.0.0.1' || address === '::1');

    it('refuses a port that is taken on the last of its addresses, and holds none of them then', async () => {
      const other = createServer();
      other.listen(0, loopbacks.at(-1));
      await once(other, 'listening');
      const { port } = other.address() as AddressInfo;
      for (let attempt = 0; attempt < 2; attempt++) {
        await expect(serveScrapes({ ...createCounted(), host: 'localhost', port })).rejects.toMatchObject({
          code: 'ERR_PORT_IN_USE',
        });
      }
      other.close();
      await once(other, 'close');
      expect((await serveScrapes({ ...createCounted(), host: 'localhost', port })).url).toBe(
        `http://localhost:${port}/metrics`,
      );
    });

    it('answers on each loopback address of the machine', async () => {
      const server = await serveScrapes({ ...createCounted(), host: 'localhost' });
      const { port } = new URL(server.url);
      expect(server.url).toBe(`http://localhost:${port}/metrics`);
      expect(loopbacks).toContain('127.0.0.1');
      for (const address of loopbacks) {
        const host = address.includes(':') ? `[${address}]` : address;
        expect((await send(`http://${host}:${port}/metrics`)).status).toBe(200);
      }
    });
  });

  describe('with any address', () => {
    it.each([
      ['0.0.0.0', /^http:\/\/localhost:\d+\/metrics$/],
      ['127.0.0.1', /^http:\/\/127\.0\.0\.1:\d+\/metrics$/],
    ])('names a url for %s that can be scraped', async (host, url) => {
      const server = await serveScrapes({ ...createCounted(), host });
      expect(server.url).toMatch(url);
      expect((await send(server.url)).status).toBe(200);
    });
  });

  describe('in a process with nothing else to do', () => {
    it('lets it end, without a word about rejections', async () => {
      const script = runScript(`
        import { metrics } from '@opentelemetry/api';
        import { initMonitoring } from '#lib/index.js';
        const { metricsUrl } = await initMonitoring({
          metrics: { host: 'localhost', port: 0, timeoutMillis: 20 },
          traces: { exporter: 'none' },
          registerGlobals: true,
        });
        const answers = [() => Promise.reject(new Error('away')), () => new Promise(() => undefined)];
        metrics.getMeter('spec').createObservableGauge('g').addCallback(() => answers.shift()());
        for (let scrape = 0; scrape < 2; scrape++) console.log((await fetch(metricsUrl)).status);
      `);
      expect(await script.end()).toEqual({ code: 0, signal: null, stdout: '500\n503\n', stderr: '' });
    });
  });
});
