import { initMonitoring, type Monitoring, type MonitoringOptions } from '../../lib/index.js';
import { send } from '../support/http-client.js';
import { closeScrapeServers } from '../support/scrape-server.js';
import { createStatusRoutes, serveViewers, setUnrefTimer } from '../support/status.js';

const SECRET = 'Bearer s3cret';
const DATA = ['/api/v1/status', '/api/v1/config'];
const FILES = {
  'index.html': '<!doctype html>',
  'page.js': '"use strict";',
  'page.css': 'body{}',
  'icon.svg': '<svg/>',
};

const running: Monitoring[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((monitoring) => monitoring.shutdown()));
  await closeScrapeServers();
});

/** Starts monitoring, and returns where it can be reached over 127.0.0.1. */
async function origin(
  metrics: MonitoringOptions['metrics'],
  statusPage: MonitoringOptions['statusPage'] = {},
) {
  const monitoring = await initMonitoring({
    metrics: { port: 0, host: '127.0.0.1', ...metrics },
    traces: { exporter: 'none' },
    statusPage,
  });
  running.push(monitoring);
  return `http://127.0.0.1:${new URL(monitoring.metricsUrl ?? '').port}`;
}

const ask = async (url: string, headers: Record<string, string> = {}) =>
  (await send(url, { headers })).status;

describe('the data of the status page', () => {
  describe.each([
    ['on loopback', '127.0.0.1', 200],
    ['beyond loopback', '0.0.0.0', 404],
  ])('%s', (_where, host, open) => {
    it.each(DATA)(`answers %s with ${open} where no secret is set`, async (path) => {
      const at = await origin({ host });
      expect(await ask(at + path)).toBe(open);
    });

    it.each(DATA)('demands the secret that is set for %s', async (path) => {
      const at = await origin({ host }, { authorization: SECRET });
      expect([
        await ask(at + path),
        await ask(at + path, { authorization: 'Bearer other' }),
        await ask(at + path, { authorization: SECRET }),
      ]).toEqual([401, 401, 200]);
    });

    it.each(DATA)('is not opened by the secret of scrapes for %s, nor opens scrapes', async (path) => {
      const metrics = { host, authorization: 'Bearer scraper' };
      const at = await origin(metrics, { authorization: SECRET });
      expect([
        await ask(at + path, { authorization: 'Bearer scraper' }),
        await ask(at + path, { authorization: SECRET }),
        await ask(`${at}/metrics`, { authorization: SECRET }),
        await ask(`${at}/metrics`, { authorization: 'Bearer scraper' }),
      ]).toEqual([401, 200, 401, 200]);
    });

    it(`is not opened by a secret of scrapes alone`, async () => {
      const at = await origin({ host, authorization: 'Bearer scraper' });
      expect(await ask(`${at}/api/v1/status`, { authorization: 'Bearer scraper' })).toBe(open);
    });
  });

  it('says what to set where it is closed', async () => {
    const at = await origin({ host: '0.0.0.0' });
    for (const path of ['/', '/page.js', ...DATA]) {
      const { status, body } = await send(at + path);
      expect([status, body.toString()]).toEqual([
        404,
        expect.stringContaining('statusPage.authorization (LLM_EDGE_STATUS_AUTHORIZATION)'),
      ]);
    }
  });

  it('is closed on the address of a name that is not loopback, though it says localhost', async () => {
    const at = await origin({ host: '0.0.0.0' });
    expect(await ask(`${at}/api/v1/status`, { host: 'localhost' })).toBe(404);
  });

  it('challenges with its own realm', async () => {
    const at = await origin({}, { authorization: SECRET });
    expect((await send(`${at}/api/v1/status`)).headers['www-authenticate']).toBe('Bearer realm="status"');
  });

  it.each([
    ['rebound.example', undefined, 403],
    ['rebound.example', SECRET, 403],
    ['gateway.internal', undefined, 200],
    ['gateway.internal:9464', SECRET, 200],
    ['localhost', undefined, 200],
    ['[::1]:80', SECRET, 200],
  ])(
    'of a request for %p, with the secret %p, is answered with %p on loopback',
    async (host, secret, status) => {
      const at = await origin({ allowedHosts: ['gateway.internal'] }, { authorization: secret });
      const headers = { host, ...(secret && { authorization: secret }) };
      for (const path of DATA) expect(await ask(at + path, headers)).toBe(status);
      if (status === 403) expect(await ask(`${at}/`, headers)).toBe(403);
    },
  );

  it.each([
    [{ 'sec-fetch-site': 'same-origin' }, 200],
    [{ 'sec-fetch-site': 'none' }, 200],
    [{ 'sec-fetch-site': 'same-site' }, 403],
    [{ 'sec-fetch-site': 'cross-site' }, 403],
    [{ origin: 'http://localhost:3000', host: 'localhost:9464' }, 403],
    [{ origin: 'http://localhost:9464', host: 'localhost:9464' }, 200],
    [{ origin: 'https://127.0.0.1', host: '127.0.0.1' }, 200],
    [{ origin: 'null' }, 403],
    [{ origin: 'https://example.com' }, 403],
  ])('with %p are answered with %p', async (headers, status) => {
    const at = await origin({});
    for (const path of DATA) expect(await ask(at + path, headers as never)).toBe(status);
  });

  it.each(['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'])('cannot be asked for by %s', async (method) => {
    const at = await origin({});
    for (const path of ['/', ...DATA]) {
      const { status, headers } = await send(at + path, { method });
      expect([status, headers.allow]).toEqual([405, 'GET, HEAD']);
    }
  });

  it('has no body for HEAD', async () => {
    const at = await origin({});
    const { status, headers, body } = await send(`${at}/api/v1/status`, { method: 'HEAD' });
    expect([status, body.length]).toEqual([200, 0]);
    expect(Number(headers['content-length'])).toBeGreaterThan(1000);
  });
});

describe('the files of the status page', () => {
  const routes = (authorization?: string) =>
    createStatusRoutes({
      data: { '/api/v1/status': async () => Buffer.from('{}') },
      authorization,
      timeoutMillis: 10_000,
      setTimer: setUnrefTimer,
      readFile: (name) => Buffer.from(FILES[name as keyof typeof FILES]),
    });

  it.each([
    ['127.0.0.1', undefined, 200],
    ['127.0.0.1', SECRET, 200],
    ['0.0.0.0', SECRET, 200],
    ['0.0.0.0', undefined, 404],
  ])('on %p with the secret %p are answered with %p, without the secret', async (host, secret, status) => {
    const { url } = await serveViewers(routes(secret), host);
    for (const path of ['/', '/page.js', '/page.css', '/icon.svg'])
      expect(await ask(new URL(path, url).href)).toBe(status);
  });

  it('have their types, and are not sent again while they are the same', async () => {
    const { url } = await serveViewers(routes());
    const types = {
      '/': 'text/html; charset=utf-8',
      '/page.js': 'text/javascript; charset=utf-8',
      '/page.css': 'text/css; charset=utf-8',
      '/icon.svg': 'image/svg+xml',
    };
    for (const [path, type] of Object.entries(types)) {
      const first = await send(new URL(path, url).href);
      expect(first.headers['content-type']).toBe(type);
      expect(first.headers['cache-control']).toBe('no-cache');
      const again = await send(new URL(path, url).href, {
        headers: { 'if-none-match': String(first.headers.etag) },
      });
      expect([again.status, again.body.length]).toEqual([304, 0]);
    }
  });

  it('say that the page was not built where they are missing, beside data that are there', async () => {
    const missing = createStatusRoutes({
      data: { '/api/v1/status': async () => Buffer.from('{}') },
      authorization: undefined,
      timeoutMillis: 10_000,
      setTimer: setUnrefTimer,
      readFile: () => undefined,
    });
    const { url } = await serveViewers(missing);
    const { status, body } = await send(new URL('/', url).href);
    expect([status, body.toString()]).toEqual([404, expect.stringContaining('npm run build')]);
    expect(await ask(new URL('/api/v1/status', url).href)).toBe(200);
  });
});

describe('each answer to viewers', () => {
  it.each([
    ['/', {}, 200],
    ['/api/v1/status', { authorization: SECRET }, 200],
    ['/api/v1/status', {}, 401],
    ['/api/v1/status', { 'sec-fetch-site': 'cross-site' }, 403],
  ])('at %p with %p lets a browser do nothing else', async (path, headers, status) => {
    const routes = createStatusRoutes({
      data: { '/api/v1/status': async () => Buffer.from('{}') },
      authorization: SECRET,
      timeoutMillis: 10_000,
      setTimer: setUnrefTimer,
      readFile: () => Buffer.from('<!doctype html>'),
    });
    const { url } = await serveViewers(routes);
    const answer = await send(new URL(path, url).href, { headers: headers as never });
    expect(answer.status).toBe(status);
    expect(answer.headers).toMatchObject({
      'content-security-policy':
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    });
    expect(answer.headers['cache-control']).toBe(path === '/' ? 'no-cache' : 'no-store');
    expect(Object.keys(answer.headers).filter((name) => /^access-control-|^set-cookie$/.test(name))).toEqual(
      [],
    );
  });
});
