import { initMonitoring, type Monitoring } from '../../lib/index.js';
import { openRaw } from '../support/raw-connection.js';

let monitoring: Monitoring | undefined;

afterEach(async () => {
  await monitoring?.shutdown();
});

interface Port {
  readonly host?: string;
  readonly authorization?: string;
  readonly allowedHosts?: readonly string[];
}

async function start(options: Port = {}): Promise<number> {
  monitoring = await initMonitoring({
    metrics: { host: '127.0.0.1', port: 0, ...options },
    traces: { exporter: 'none' },
  });
  return Number(new URL(monitoring.metricsUrl ?? '').port);
}

/** Sends a request as it is written, and returns the answer. */
async function ask(port: number, head: string): Promise<string> {
  const connection = await openRaw('127.0.0.1', port, `${head}\r\nconnection: close\r\n\r\n`);
  await connection.closed;
  return connection.received();
}

const statusOf = (answer: string): number => Number(answer.slice('HTTP/1.1 '.length).slice(0, 3));

describe('the scrape port', () => {
  it.each([
    ['/metrics', 200],
    ['/metrics?', 200],
    ['/metrics?x=1', 200],
    ['/healthz', 200],
    ['/healthz?x', 200],
    ['//x/metrics', 404],
    ['//metrics', 404],
    ['///metrics', 404],
    ['/x/%2e%2e/metrics', 404],
    ['/x/../metrics', 404],
    ['/./metrics', 404],
    ['/%6detrics', 404],
    ['/metrics/', 404],
    ['/metrics#x', 404],
    ['/metrics%3Fx', 404],
    ['\\metrics', 400],
    ['http://localhost/metrics', 404],
    ['http://x/metrics', 404],
    ['http:/metrics', 400],
    ['//x/healthz', 404],
    ['/x/%2e%2e/healthz', 404],
    ['*', 404],
  ])('answers the target %s with %d', async (target, status) => {
    const port = await start();
    expect(statusOf(await ask(port, `GET ${target} HTTP/1.1\r\nhost: localhost`))).toBe(status);
  });

  const KNOWN = ['localhost', 'LocalHost', 'localhost.', 'localhost:9464', 'LOCALHOST.:1', '127.0.0.1'];
  const ADDRESSES = ['127.0.0.1:9464', '192.0.2.7', '127.0.0.1.', '[::1]', '[::1]:9464', '[2001:DB8::1]'];
  const FOREIGN = ['evil.example', 'evil.example:9464', 'localhost.evil.example', '127.0.0.1.evil.example'];
  const ODD = [
    '',
    ':9464',
    'a.localhost',
    'localhost..',
    '[]',
    '[localhost]',
    '::1',
    '[::1',
    'localhost:x',
    '127.1',
  ];

  describe('on loopback without authorization', () => {
    it.each([...KNOWN, ...ADDRESSES])('answers a scrape of %j', async (host) => {
      const port = await start();
      expect(statusOf(await ask(port, `GET /metrics HTTP/1.1\r\nhost: ${host}`))).toBe(200);
    });

    it.each([...FOREIGN, ...ODD])('refuses a scrape of %j, and names the option', async (host) => {
      const port = await start();
      const answer = await ask(port, `GET /metrics HTTP/1.1\r\nhost: ${host}`);
      expect(statusOf(answer)).toBe(403);
      expect(answer).toMatch(
        /\r\nconnection: close\r\n.*metrics\.allowedHosts \(LLM_EDGE_METRICS_ALLOWED_HOSTS\)/is,
      );
      if (host !== '') expect(answer).not.toContain(`${host} `);
    });

    it('refuses a scrape without a host', async () => {
      const port = await start();
      expect(statusOf(await ask(port, 'GET /metrics HTTP/1.0'))).toBe(403);
    });

    it('answers a scrape of a name that is allowed', async () => {
      const port = await start({ allowedHosts: ['Gateway.test', 'other.test.'] });
      for (const host of ['gateway.test', 'GATEWAY.test.:80', 'other.test', 'localhost']) {
        expect(statusOf(await ask(port, `GET /metrics HTTP/1.1\r\nhost: ${host}`))).toBe(200);
      }
      expect(statusOf(await ask(port, 'GET /metrics HTTP/1.1\r\nhost: x.gateway.test'))).toBe(403);
    });

    it.each([...FOREIGN, ''])('answers a probe of %j', async (host) => {
      const port = await start();
      expect(statusOf(await ask(port, `GET /healthz HTTP/1.1\r\nhost: ${host}`))).toBe(200);
    });
  });

  it('checks the authorization alone if there is one', async () => {
    const port = await start({ authorization: 'Bearer s3cret' });
    const head = 'GET /metrics HTTP/1.1\r\nhost: evil.example';
    expect(statusOf(await ask(port, head))).toBe(401);
    expect(statusOf(await ask(port, `${head}\r\nauthorization: Bearer s3cret`))).toBe(200);
  });

  it.each([...FOREIGN, 'edge-agent', ''])('answers a scrape of %j on any other address', async (host) => {
    const port = await start({ host: '0.0.0.0' });
    expect(statusOf(await ask(port, `GET /metrics HTTP/1.1\r\nhost: ${host}`))).toBe(200);
  });

  it('takes the allowed names from the environment, and refuses what are none', async () => {
    process.env['LLM_EDGE_METRICS_ALLOWED_HOSTS'] = 'gateway.test, other.test';
    try {
      const port = await start();
      expect(statusOf(await ask(port, 'GET /metrics HTTP/1.1\r\nhost: other.test'))).toBe(200);
    } finally {
      delete process.env['LLM_EDGE_METRICS_ALLOWED_HOSTS'];
    }
    await expect(start({ allowedHosts: ['http://gateway.test'] })).rejects.toMatchObject({
      code: 'ERR_INVALID_CONFIG',
      message: expect.stringContaining('metrics.allowedHosts'),
    });
  });
});
