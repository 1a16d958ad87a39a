import { networkInterfaces } from 'node:os';
import { metrics } from '@opentelemetry/api';
import { initMonitoring, type Monitoring } from '../../lib/index.js';
import { send } from '../support/http-client.js';
import { openRaw, type RawConnection } from '../support/raw-connection.js';

const CONNECTIONS_MAX = 64;
const GET = 'GET /metrics HTTP/1.1\r\nhost: localhost\r\n\r\n';
const LOOPBACKS = Object.values(networkInterfaces())
  .flat()
  .flatMap((address) => (address?.internal === true ? [address.address] : []))
  .filter((address) => address === '127.0.0.1' || address === '::1');

let monitoring: Monitoring;
let port: number;
const opened: RawConnection[] = [];

beforeEach(async () => {
  monitoring = await initMonitoring({
    metrics: { port: 0 },
    traces: { exporter: 'none' },
    registerGlobals: true,
  });
  port = Number(new URL(monitoring.metricsUrl ?? '').port);
});

afterEach(async () => {
  for (const { socket } of opened.splice(0)) socket.destroy();
  await monitoring.shutdown();
  metrics.disable();
});

async function open(host: string, sent = ''): Promise<RawConnection> {
  const connection = await openRaw(host, port, sent);
  opened.push(connection);
  return connection;
}

/** As many connections as may be, one after the other, spread over the addresses. */
async function fill(addresses: readonly string[], sent: string, awaited: string): Promise<void> {
  for (let index = 0; index < CONNECTIONS_MAX; index += 1) {
    const connection = await open(addresses[index % addresses.length] ?? '', sent);
    if (awaited !== '') await connection.receive(awaited);
  }
}

async function scrapeEach(): Promise<number[]> {
  const statuses: number[] = [];
  for (const address of LOOPBACKS) {
    const host = address.includes(':') ? `[${address}]` : address;
    for (const path of ['/metrics', '/healthz']) {
      statuses.push((await send(`http://${host}:${port}${path}`)).status);
    }
  }
  return statuses;
}

const ANSWERED = LOOPBACKS.flatMap(() => [200, 200]);

describe('the scrape port', () => {
  it('can be reached over loopback here', () => {
    expect(LOOPBACKS).toContain('127.0.0.1');
  });

  describe.each([
    ['over all its addresses', LOOPBACKS],
    ...LOOPBACKS.map((address): [string, string[]] => [`over ${address}`, [address]]),
  ])('with 64 connections %s', (_, addresses) => {
    it.each([
      ['silent', '', ''],
      ['half-sent', 'GET /metrics HTTP/1.1\r\nhost: local', ''],
      ['kept alive after a scrape', GET, '\r\n\r\n'],
    ])('answers scrapes and probes when they are %s', async (_kind, sent, awaited) => {
      await fill(addresses, sent, awaited);
      expect(await scrapeEach()).toEqual(ANSWERED);
    });
  });

  it('closes the oldest silent connection, not one that came later', async () => {
    const oldest = await open('127.0.0.1');
    for (let index = 0; index < CONNECTIONS_MAX; index += 1) await open('127.0.0.1');
    await oldest.closed;
    expect(opened.slice(1).every(({ socket }) => !socket.destroyed)).toBe(true);
    expect(await scrapeEach()).toEqual(ANSWERED);
  });

  it('closes none that is being answered, and refuses the next where all are', async () => {
    let collect: () => void = () => undefined;
    const collected = new Promise<void>((resolve) => {
      collect = resolve;
    });
    let arrived: () => void = () => undefined;
    const collecting = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    metrics
      .getMeter('spec')
      .createObservableGauge('slow')
      .addCallback(() => {
        arrived();
        return collected;
      });
    for (let index = 0; index < CONNECTIONS_MAX; index += 1) {
      const connection = await open('127.0.0.1', GET.replace('host', 'expect: 100-continue\r\nhost'));
      // Sent when the request is whole.
      await connection.receive('100 Continue');
    }
    await collecting;
    const refused = await open(LOOPBACKS.at(-1) ?? '', GET);
    await refused.closed;
    expect(refused.received()).toBe('');
    collect();
    await Promise.all(opened.slice(0, CONNECTIONS_MAX).map((one) => one.receive('HTTP/1.1 200 OK')));
    expect(await scrapeEach()).toEqual(ANSWERED);
  });

  it.each([
    ['GET', '/healthz', 200],
    ['HEAD', '/healthz', 200],
    ['GET', '/nowhere', 404],
    ['POST', '/metrics', 405],
  ])('closes the connection after %s %s', async (method, path, status) => {
    const connection = await open('127.0.0.1', `${method} ${path} HTTP/1.1\r\nhost: localhost\r\n\r\n`);
    await connection.closed;
    expect(connection.received()).toMatch(
      new RegExp(`^HTTP/1\\.1 ${status} .*\\r\\nconnection: close\\r\\n`, 'is'),
    );
  });

  it('closes the connection whose request expects what there is not', async () => {
    const connection = await open('127.0.0.1', GET.replace('host', 'expect: a miracle\r\nhost'));
    await connection.closed;
    expect(connection.received()).toMatch(/^HTTP\/1\.1 417 .*\r\nconnection: close\r\n/is);
  });

  it('answers requests that are sent without waiting for answers, up to 16', async () => {
    const connection = await open(
      '127.0.0.1',
      GET.repeat(15) + GET.replace('host', 'connection: close\r\nhost'),
    );
    await connection.closed;
    expect(connection.received().match(/HTTP\/1\.1 200 OK/g)).toHaveLength(16);
  });

  it('closes a connection that sends more of them, and collects nothing for what comes after', async () => {
    const connection = await open('127.0.0.1', GET.repeat(10_000));
    await connection.closed;
    expect(connection.received()).toBe('');
    // The first of them may share the collection that is under way.
    await scrapeEach();
    const page = (await send(`http://127.0.0.1:${port}/metrics`)).body.toString();
    expect(page).toMatch(/^llm_edge_monitoring_scrapes_total\{outcome="failed"\} 16$/m);
  });

  it('keeps the connection of a scraper', async () => {
    const connection = await open('127.0.0.1', GET);
    await connection.receive('\r\n\r\n');
    expect(connection.received()).toMatch(/^HTTP\/1\.1 200 OK\r\n.*\r\nconnection: keep-alive\r\n/is);
    connection.socket.write(GET);
    await connection.receive('HTTP/1.1 200 OK');
  });
});
