import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { freePort } from '../../bench/ports.js';
import { scrape } from '../support/scrape.js';

const ROOT = join(__dirname, '..', '..');
const MODEL = 'provider="openai",model="gpt-4o-mini"';

interface Server {
  readonly child: ChildProcess;
  readonly url: string;
  readonly metricsUrl: string;
}

let server: Server | undefined;
afterEach(async () => {
  if (server === undefined) return;
  const closed = once(server.child, 'close');
  server.child.kill('SIGKILL');
  await closed;
});

/** Starts an example without a key and without a Collector. */
async function start(framework: string): Promise<Server> {
  const { OPENAI_API_KEY: _, ...env } = process.env;
  // Several workers meet at one port.
  const metricsPort = String(framework === 'cluster' ? await freePort() : 0);
  const child = spawn(process.execPath, [join(ROOT, 'examples', 'server.mjs'), framework], {
    env: {
      ...env,
      PORT: '0',
      WORKERS: '2',
      OTEL_EXPORTER_PROMETHEUS_PORT: metricsPort,
      OTEL_TRACES_EXPORTER: 'none',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += String(chunk);
      child.emit('output');
    });
  }
  const ended = once(child, 'close').then(() => Promise.reject(new Error(output)));
  for (;;) {
    const [, url, metricsUrl] = /^curl (\S+) .*\ncurl (\S+)\n/m.exec(output) ?? [];
    if (url !== undefined && metricsUrl !== undefined) {
      ended.catch(() => undefined);
      return { child, url, metricsUrl };
    }
    await Promise.race([once(child, 'output'), ended]);
  }
}

const ask = ({ url }: Server, body: object): Promise<Response> =>
  fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

async function leave({ url }: Server): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const call = request(url, { method: 'POST', headers }).on('error', () => undefined);
  call.end('{"prompt":"Hello","stream":true}');
  const [response] = (await once(call, 'response')) as [IncomingMessage];
  response.on('error', () => undefined);
  await once(response, 'data');
  call.destroy();
}

/** The counters of operations and requests that are not 0, once as many as given have ended. */
async function counted({ metricsUrl }: Server, count: number): Promise<object> {
  for (;;) {
    const counters = Object.entries(await scrape(metricsUrl)).filter(
      ([name, value]) => /^llm_edge_(operations|requests)_total/.test(name) && value > 0,
    );
    if (counters.reduce((sum, [, value]) => sum + value, 0) >= count) return Object.fromEntries(counters);
  }
}

/** Express and Fastify answer with the status of an error, and so with that of the provider. */
describe.each([
  ['express', 400],
  ['cluster', 400],
  ['fastify', 400],
  ['hono', 500],
  ['nest', 500],
] as const)('examples/%s', (framework, status) => {
  it('answers as JSON and as a stream, and counts them, a caller that leaves and an error', async () => {
    server = await start(framework);
    expect(await (await ask(server, { prompt: 'Hello' })).json()).toEqual({
      text: expect.stringMatching(/^An edge agent/),
    });
    const stream = await ask(server, { prompt: 'Hello', stream: true });
    expect(stream.headers.get('content-type')).toMatch(/^text\/event-stream/);
    expect((await stream.text()).match(/^data: /gm)).toHaveLength(20);
    expect((await ask(server, { prompt: 'refuse' })).status).toBe(status);
    await leave(server);
    expect(await counted(server, 8)).toEqual({
      'llm_edge_operations_total{status="success"}': status === 400 ? 3 : 2,
      ...(status === 400
        ? {}
        : { 'llm_edge_operations_total{status="error",error_type="invalid_request"}': 1 }),
      'llm_edge_operations_total{status="error",error_type="client_cancelled"}': 1,
      [`llm_edge_requests_total{${MODEL},status="success"}`]: 2,
      [`llm_edge_requests_total{${MODEL},status="error",error_type="invalid_request"}`]: 1,
      [`llm_edge_requests_total{${MODEL},status="error",error_type="client_cancelled"}`]: 1,
    });
  });
});
