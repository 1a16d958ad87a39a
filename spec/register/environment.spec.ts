import { createServer, type IncomingHttpHeaders } from 'node:http';
import { text } from 'node:stream/consumers';
import { type LoopbackServer, listenOnLoopback } from '../support/listen-on-loopback.js';
import { createPreloadFolder } from '../support/preloaded-program.js';

const preload = createPreloadFolder();
afterAll(() => preload.remove());

/** Makes one streamed call to `HOST`, and prints the requests that the page counts. */
const CALL = `
  const { fetch: observed } = globalThis;
  // A program may wrap what it finds.
  globalThis.fetch = (...args) => observed(...args);
  import { initMonitoring } from '#lib/index.js';
  const { metricsUrl } = await initMonitoring();
  const { HOST, API_PATH = '/v1/chat/completions', MODEL = 'llama' } = process.env;
  const body = JSON.stringify({ model: MODEL, messages: [], stream: true });
  await (await fetch('http://' + HOST + API_PATH, { method: 'POST', body })).text();
  const page = await (await fetch(metricsUrl)).text();
  console.log(page.split('\\n').filter((line) => line.startsWith('llm_edge_requests_total{')).join('\\n'));
`;
const COUNTED = 'llm_edge_requests_total{provider="vllm",model="llama",status="success"} 1\n';

let server: LoopbackServer;
let received: { readonly headers: IncomingHttpHeaders; readonly body: unknown }[];
beforeEach(async () => {
  received = [];
  server = await listenOnLoopback(
    createServer(async (request, response) => {
      received.push({ headers: request.headers, body: JSON.parse(await text(request)) });
      response.writeHead(200, { 'content-type': 'text/event-stream' }).end('data: [DONE]\n\n');
    }),
  );
});
afterEach(() => server.close());

function call(env: Readonly<Record<string, string>>) {
  return preload.runText(CALL, { HOST: server.host, ...env }).ended();
}

describe('the environment of a preload', () => {
  it('names hosts to observe', async () => {
    const { stdout, stderr } = await call({ LLM_EDGE_HOSTS: `other.example=other, ${server.host}=vllm` });
    expect([stdout, stderr]).toEqual([COUNTED, '']);
    expect(received[0]).toMatchObject({ body: { stream: true } });
    expect(received[0]?.body).not.toHaveProperty('stream_options');
    expect(received[0]?.headers).not.toHaveProperty('traceparent');
  });

  it('names the API of a host', async () => {
    const env = { LLM_EDGE_HOSTS: `${server.host}=vllm|anthropic`, API_PATH: '/v1/messages' };
    expect((await call(env)).stdout).toBe(COUNTED);
    expect((await call({ ...env, API_PATH: '/v1/chat/completions' })).stdout).toBe('\n');
  });

  it('names hosts by a pattern, a path and another name of loopback', async () => {
    const [, port] = server.host.split(':');
    const path = { API_PATH: '/openai/v1/chat/completions' };
    const env = { ...path, LLM_EDGE_HOSTS: `*.example=x,localhost:${port}/openai=vllm` };
    expect(await call(env)).toMatchObject({ stdout: COUNTED, stderr: '' });
    expect((await call({ ...env, API_PATH: '/v1/chat/completions' })).stdout).toBe('\n');
  });

  it('says how calls through a gateway are counted', async () => {
    const env = { LLM_EDGE_HOSTS: `${server.host}=litellm`, MODEL: 'openai/gpt-4o' };
    const counted = (labels: string) => `llm_edge_requests_total{${labels},status="success"} 1\n`;
    expect((await call(env)).stdout).toBe(counted('provider="litellm/openai",model="openai/gpt-4o"'));
    expect((await call({ ...env, LLM_EDGE_GATEWAYS: 'Merge' })).stdout).toBe(
      counted('provider="openai",model="gpt-4o"'),
    );
  });

  it('adds the usage of streams, and the trace', async () => {
    const { stderr } = await call({
      LLM_EDGE_HOSTS: `${server.host}=vllm`,
      LLM_EDGE_INCLUDE_STREAM_USAGE: 'TRUE',
      LLM_EDGE_PROPAGATE: 'tracecontext,baggage',
      OTEL_TRACES_EXPORTER: 'otlp',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1',
      LLM_EDGE_SHUTDOWN_TIMEOUT: '100',
    });
    expect(received[0]).toMatchObject({
      headers: { traceparent: expect.stringMatching(/^00-/) },
      body: { stream_options: { include_usage: true } },
    });
    expect(stderr).not.toContain('not supported');
  });

  it('is reported where it is wrong, without what may be a secret, and the rest holds', async () => {
    const { code, stdout, stderr } = await call({
      LLM_EDGE_HOSTS: `user:s3cret@a.example=x, ${server.host}=vllm, b.example=y|soap, *=z`,
      LLM_EDGE_GATEWAYS: 'both',
      LLM_EDGE_INCLUDE_STREAM_USAGE: 'yes',
      LLM_EDGE_PROPAGATE: 'b3',
      LLM_EDGE_UNRECOGNISED: 'all',
      LLM_EDGE_ESTIMATE_USAGE: '2',
      LLM_EDGE_WORKER_THREADS: 'on',
      LLM_EDGE_HOST: 'c.example=w',
    });
    expect([code, stdout]).toEqual([0, COUNTED]);
    expect(stderr).not.toMatch(/s3cret|c\.example/);
    expect(stderr.trim().split('\n')).toEqual([
      'llm-edge-monitoring: monitoring is running, but part of its configuration is not in effect:',
      expect.stringContaining(
        'LLM_EDGE_GATEWAYS (gateways): saw a string of 4 characters; it is treated as separate',
      ),
      expect.stringContaining(
        'LLM_EDGE_HOSTS (hosts): saw an invalid entry at position 1, 3, 4 of the list; invalid entries are left out',
      ),
      expect.stringContaining(
        'LLM_EDGE_INCLUDE_STREAM_USAGE (includeStreamUsage): saw "yes"; it is treated as false',
      ),
      expect.stringContaining('LLM_EDGE_PROPAGATE (propagate): saw "b3"; it is treated as none'),
      expect.stringContaining(
        'LLM_EDGE_UNRECOGNISED (unrecognised): saw a string of 3 characters; it is treated as count',
      ),
      expect.stringContaining(
        'LLM_EDGE_ESTIMATE_USAGE (estimateUsage): saw a string of 1 character; it is treated as false',
      ),
      expect.stringContaining('LLM_EDGE_WORKER_THREADS (workerThreads): saw "on"; it is treated as called'),
      expect.stringMatching(/LLM_EDGE_HOST .*did you mean LLM_EDGE_HOSTS\?/),
    ]);
  });
});
