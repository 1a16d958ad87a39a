import { EventEmitter } from 'node:events';
import { initMonitoring, type Monitoring } from '../../lib/index.js';
import { captureLog } from '../support/captured-log.js';
import { send } from '../support/http-client.js';
import { createManualTimer } from '../support/manual-timer.js';
import { openRaw, type RawConnection } from '../support/raw-connection.js';
import { closeScrapeServers } from '../support/scrape-server.js';
import { createConnections, createStatusRoutes, serveViewers, setUnrefTimer } from '../support/status.js';

const VIEWERS = 500;
const VIEWERS_MAX = 64;

const get = (path: string): string => `GET ${path} HTTP/1.1\r\nhost: localhost\r\n\r\n`;

const opened: RawConnection[] = [];
let monitoring: Monitoring | undefined;

afterEach(async () => {
  for (const { socket } of opened.splice(0)) socket.destroy();
  await monitoring?.shutdown();
  monitoring = undefined;
  await closeScrapeServers();
});

async function open(port: string, sent = ''): Promise<RawConnection> {
  const connection = await openRaw('127.0.0.1', Number(port), sent);
  opened.push(connection);
  return connection;
}

/** Opens many connections at once, each of which sends a request. */
function openMany(port: string, path: string): Promise<RawConnection[]> {
  return Promise.all(Array.from({ length: VIEWERS }, () => open(port, get(path))));
}

describe('500 viewers', () => {
  it('that read the page take no connection from scrapers', async () => {
    monitoring = await initMonitoring({ metrics: { port: 0 }, traces: { exporter: 'none' } });
    const url = monitoring.metricsUrl ?? '';
    const { port } = new URL(url);
    const scraper = await open(port, get('/metrics'));
    await scraper.receive('HTTP/1.1 200 OK');

    // The first of all connections that are accepted together.
    const another = open(port, get('/metrics'));
    const viewers = await openMany(port, '/api/v1/status');
    await (await another).receive('HTTP/1.1 200 OK');
    const scrapes = Array.from({ length: 10 }, () => send(`http://127.0.0.1:${port}/metrics`));
    expect((await Promise.all(scrapes)).map(({ status }) => status)).toEqual(scrapes.map(() => 200));
    await Promise.all(viewers.slice(0, VIEWERS - VIEWERS_MAX).map(({ closed }) => closed));

    expect(scraper.socket.destroyed).toBe(false);
    scraper.socket.write(get('/metrics').replace('host', 'connection: close\r\nhost'));
    await scraper.closed;
    expect(scraper.received().match(/HTTP\/1\.1 200 OK/g)).toHaveLength(2);
    expect((await send(`http://127.0.0.1:${port}/healthz`)).status).toBe(200);
  });

  it('that wait for answers take no connection from scrapers, and are limited in number', async () => {
    let waiting = 0;
    const { url } = await serveViewers(new Map([['/', () => (waiting += 1)]]));
    const { port } = new URL(url);
    const scraper = await open(port, get('/metrics'));
    await scraper.receive('HTTP/1.1 200 OK');

    const viewers = await openMany(port, '/');
    let closedCount = 0;
    await new Promise<void>((resolve) => {
      for (const { closed } of viewers) {
        void closed.then(() => {
          closedCount += 1;
          if (closedCount === VIEWERS - VIEWERS_MAX) resolve();
        });
      }
    });
    expect(waiting).toBe(VIEWERS_MAX);
    expect((await send(url)).status).toBe(200);
    expect(scraper.socket.destroyed).toBe(false);
  });
});

describe('connections that are accepted in one turn', () => {
  it('are closed as silent only after the requests that have arrived were read', async () => {
    class FakeSocket extends EventEmitter {
      destroyed = false;
      destroy(): void {
        this.destroyed = true;
        this.emit('close');
      }
    }
    const server = new EventEmitter();
    createConnections(2, () => 'scraper').serve(server as never, () => undefined);
    const sockets = Array.from({ length: 5 }, () => new FakeSocket());
    for (const socket of sockets) server.emit('connection', socket);
    // Their requests are read in the next turn.
    await new Promise((resolve) => setImmediate(resolve));
    server.emit('request', { socket: sockets[0] }, new EventEmitter());
    await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setImmediate(resolve));
    expect(sockets.map(({ destroyed }) => destroyed)).toEqual([false, true, true, false, false]);
  });
});

describe('a viewer', () => {
  const BIG = Buffer.alloc(50_000_000);

  it('that reads slowly is disconnected at the deadline', async () => {
    const timer = createManualTimer();
    const routes = createStatusRoutes({
      data: {},
      authorization: undefined,
      timeoutMillis: 10_000,
      setTimer: timer.setTimer,
      readFile: () => BIG,
    });
    const { url } = await serveViewers(routes);
    const viewer = await open(new URL(url).port, get('/'));
    await viewer.receive('HTTP/1.1 200 OK');
    viewer.socket.pause();
    expect(timer.delays).toEqual([10_000]);
    timer.advance(10_000);
    viewer.socket.resume();
    await viewer.closed;
    expect(viewer.received().length).toBeLessThan(BIG.length);
  });

  it('that has read its answer leaves no timer behind', async () => {
    const timer = createManualTimer();
    const routes = createStatusRoutes({
      data: { '/api/v1/status': async () => Buffer.from('{}') },
      authorization: undefined,
      timeoutMillis: 10_000,
      setTimer: timer.setTimer,
    });
    const { url } = await serveViewers(routes);
    const viewer = await open(new URL(url).port, get('/api/v1/status'));
    await viewer.receive('{}');
    await new Promise((resolve) => setImmediate(resolve));
    expect(timer.delays).toEqual([]);
  });

  it('that waits longer than the deadline is told so', async () => {
    const timer = createManualTimer();
    let asked: () => void = () => undefined;
    const isAsked = new Promise<void>((resolve) => {
      asked = resolve;
    });
    const routes = createStatusRoutes({
      data: {
        '/api/v1/status': () => {
          asked();
          return new Promise(() => undefined);
        },
      },
      authorization: undefined,
      timeoutMillis: 10_000,
      setTimer: timer.setTimer,
    });
    const { url } = await serveViewers(routes);
    const answer = send(new URL('/api/v1/status', url).href);
    await isAsked;
    timer.advance(10_000);
    const { status, body } = await answer;
    expect([status, body.toString()]).toEqual([503, 'the metrics were not collected in time\n']);
  });

  it('that is cut off by the end of the server, before its numbers fail, is no fault to report', async () => {
    const log = captureLog();
    let fail: (error: Error) => void = () => undefined;
    const isAsked = new Promise<void>((resolve) => {
      const source = () =>
        new Promise<never>((_, reject) => {
          fail = reject;
          resolve();
        });
      void serveViewers(
        createStatusRoutes({
          data: { '/api/v1/status': source },
          authorization: undefined,
          timeoutMillis: 10_000,
          setTimer: setUnrefTimer,
        }),
      ).then(({ url }) => open(new URL(url).port, get('/api/v1/status')));
    });
    await isAsked;
    await closeScrapeServers();
    fail(new Error('shut down'));
    await new Promise((resolve) => setImmediate(resolve));
    log.release();
    expect(log.lines).toEqual([]);
  });
});
