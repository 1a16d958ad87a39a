import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { type LoopbackServer, listenOnLoopback } from '../support/listen-on-loopback.js';
import { createPreloadFolder } from '../support/preloaded-program.js';

const preload = createPreloadFolder();
afterAll(() => preload.remove());

let server: LoopbackServer;
let bodies: string[];
beforeEach(async () => {
  bodies = [];
  server = await listenOnLoopback(
    createServer(async (request, response) => {
      bodies.push(await text(request));
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"choices":[]}');
    }),
  );
});
afterEach(() => server.close());

/** Runs calls, and prints the unrecognised requests and the requests that the page counts. */
async function run(calls: string, env: Readonly<Record<string, string>> = {}) {
  const program = `
    import http from 'node:http';
    import { once } from 'node:events';
    import { text } from 'node:stream/consumers';
    import { Agent, fetch as undiciFetch, ProxyAgent, request } from 'undici';
    import nodeFetch from 'node-fetch';
    import { instrumentFetch } from '#lib/fetch.js';
    import { initMonitoring, observeRequest } from '#lib/index.js';
    const { metricsUrl } = await initMonitoring();
    const { HOST } = process.env;
    const at = (path) => 'http://' + HOST + path;
    const body = JSON.stringify({ model: 'llama', messages: [] });
    const CHAT = at('/v1/chat/completions');
    const post = { method: 'POST', body };
    const byHttp = async (url, headers = {}) => {
      const call = http.request(url, { method: 'POST', headers });
      call.end(body);
      const [response] = await once(call, 'response');
      await text(response);
    };
    ${calls}
    const page = await (await fetch(metricsUrl)).text();
    const wanted = /^llm_edge_(monitoring_unrecognised_)?requests_total{/;
    console.log(page.split('\\n').filter((line) => wanted.test(line)).join('\\n'));
  `;
  const { code, stdout, stderr } = await preload.runText(program, { HOST: server.host, ...env }).ended();
  expect(code).toBe(0);
  // All names of the loopback interface are one host.
  const named = server.host.replace('127.0.0.1', 'localhost');
  return {
    lines: stdout.trim().replaceAll(named, 'HOST').split('\n'),
    stderr: stderr.replaceAll(named, 'HOST'),
  };
}

const seen = (by: string, count: number): string =>
  `llm_edge_monitoring_unrecognised_requests_total{host="HOST",seen_by="${by}"} ${count}`;
const counted = (model: string, count = 1): string =>
  `llm_edge_requests_total{provider="vllm",model="${model}",status="success"} ${count}`;

describe('a call that passes no instrumented fetch', () => {
  it('is counted by what it was seen by, and the operator reads one line', async () => {
    const { lines, stderr } = await run(`
      await (await request(CHAT, post)).body.text();
      await (await undiciFetch(CHAT, post)).text();
      await byHttp(CHAT);
      await byHttp(at('/v1/messages'), { 'anthropic-version': '2023-06-01', 'x-api-key': 's3cret' });
      await (await nodeFetch(CHAT, post)).text();
    `);
    expect(lines.sort()).toEqual([seen('http', 3), seen('undici', 2)]);
    expect(stderr.match(/^.*look like calls to a model.*$/gm)).toEqual([
      expect.stringMatching(
        /requests to HOST look like .*hosts: \{ 'HOST': \{ provider: 'local' \} \}.*LLM_EDGE_HOSTS=HOST=local.*pass one to their client \(fetch: instrumentFetch\(\)\)/,
      ),
    ]);
    expect(stderr).not.toContain('s3cret');
    expect(new Set(bodies)).toEqual(new Set([JSON.stringify({ model: 'llama', messages: [] })]));
  });

  it('is counted of a fetch that was captured before', async () => {
    // The preload runs first; another one that runs before it captures the fetch.
    const capture = preload.write('capture.mjs', 'globalThis.captured = globalThis.fetch;');
    const { lines } = await run('await (await captured(CHAT, post)).text();', {
      NODE_OPTIONS: `--import ${capture} ${preload.env['NODE_OPTIONS']}`,
    });
    expect(lines).toEqual([seen('undici', 1)]);
  });

  it('is counted of a proxy, which is sent the whole URL, under the host that is called', async () => {
    const { lines, stderr } = await run(`
      const dispatcher = new ProxyAgent({ uri: 'http://user:pa55@' + HOST, proxyTunnel: false });
      const url = 'http://llm.corp.example/v1/chat/completions';
      await (await request(url, { ...post, dispatcher })).body.text();
      const { hostname, port } = new URL('http://' + HOST);
      const { default: axios } = await import('axios');
      await axios.post(url, { model: 'llama' }, { adapter: 'http', proxy: { host: hostname, port: Number(port) } });
    `);
    const seenAt = (by: string): string => seen(by, 1).replace('HOST', 'llm.corp.example');
    expect(lines.sort()).toEqual([seenAt('http'), seenAt('undici')]);
    expect(stderr).not.toContain('pa55');
  });

  it('is counted of the AWS SDK, whose middleware is missing, by HTTP/2', async () => {
    const { lines, stderr } = await run(`
      const http2 = await import('node:http2');
      const { BedrockRuntimeClient, ConverseCommand } = await import('@aws-sdk/client-bedrock-runtime');
      const { bedrockMiddleware } = await import('#lib/bedrock.js');
      const answer = { output: { message: { role: 'assistant', content: [{ text: 'hi' }] } }, stopReason: 'end_turn' };
      const bedrock = http2.createServer((call, response) => {
        response.writeHead(200, { 'content-type': 'application/json' });
        call.resume().on('end', () => response.end(JSON.stringify(answer)));
      });
      bedrock.listen(0, '127.0.0.1');
      await once(bedrock, 'listening');
      const converse = async (plugin) => {
        const client = new BedrockRuntimeClient({
          region: 'us-east-1',
          endpoint: 'http://localhost:' + bedrock.address().port,
          credentials: { accessKeyId: 'key', secretAccessKey: 's3cret' },
        });
        if (plugin) client.middlewareStack.use(plugin);
        const messages = [{ role: 'user', content: [{ text: 'hi' }] }];
        await client.send(new ConverseCommand({ modelId: 'amazon.nova-lite-v1:0', messages }));
        client.destroy();
      };
      await converse();
      await converse(bedrockMiddleware());
      bedrock.close();
    `);
    const observed =
      'llm_edge_requests_total{provider="bedrock",model="amazon.nova-lite-v1:0",status="success"} 1';
    // Node.js 20 does not publish requests by HTTP/2.
    const seenByHttp2 = Number(process.versions.node.split('.')[0]) < 24 ? [] : [seen('http', 1)];
    const portless = lines.map((line) => line.replace(/"localhost:\d+"/, '"HOST"'));
    expect(portless).toEqual([observed, ...seenByHttp2]);
    expect(stderr).not.toContain('s3cret');
  });

  it('is counted of a known host, which need not be declared', async () => {
    const { lines, stderr } = await run('await byHttp(CHAT); await byHttp(at("/v1/messages"));', {
      LLM_EDGE_HOSTS: `${server.host}=vllm`,
    });
    expect(lines).toEqual([seen('http', 2)]);
    expect(stderr).toContain('They do not go through an instrumented fetch');
    expect(stderr).not.toContain('LLM_EDGE_HOSTS');
  });

  it.each([
    ['bedrock', '/model/m/invoke'],
    ['cloudflare', '/client/v4/accounts/a/ai/run/@cf/meta/llama-3'],
    ['databricks', '/serving-endpoints/e/invocations'],
    ['huggingface', '/hf-inference/models/m/pipeline/feature-extraction'],
    ['mistral', '/v1/conversations'],
    ['replicate', '/v1/models/a/b/predictions'],
    ['cohere', '/v2/rerank'],
  ])('is counted of a known host of %s, at %s', async (provider, path) => {
    const { lines, stderr } = await run(
      `await byHttp(at('${path}?key=s3cret')); await byHttp(at('/other'));`,
      {
        LLM_EDGE_HOSTS: `${server.host}=${provider}`,
      },
    );
    expect(lines).toEqual([seen('http', 1)]);
    expect(stderr).toContain('They do not go through an instrumented fetch');
    expect(stderr).not.toContain('s3cret');
  });

  it('is not counted where it is no request to a model, though its host is known', async () => {
    const { lines } = await run(
      `for (const path of ['/v1/responses/r/cancel', '/v1/files', '/v1/realtime', '/v1/threads/t/runs/r/cancel']) {
        await byHttp(at(path));
      }`,
      { LLM_EDGE_HOSTS: `${server.host}=openai` },
    );
    expect(lines).toEqual(['']);
  });

  it('is no call to a model where only the body could tell it', async () => {
    const { lines, stderr } = await run(`
      for (const path of ['/v1/messages', '/api/generate', '/api/chat.postMessage', '/v2/chat', '/completions']) {
        await byHttp(at(path));
        await (await request(at(path), post)).body.text();
      }
      await (await request(CHAT, { method: 'GET' })).body.text();
    `);
    expect([lines, stderr]).toEqual([[''], '']);
  });
});

describe('a call that passes an instrumented fetch', () => {
  it('is seen once: by that fetch', async () => {
    const { lines } = await run(`
      await (await fetch(CHAT, post)).text();
      await (await instrumentFetch(undiciFetch)(CHAT, post)).text();
      await (await instrumentFetch(nodeFetch)(CHAT, post)).text();
      await (await fetch(new Request(CHAT, { ...post, headers: { 'content-type': 'application/json' } }))).text();
      await Promise.all(Array.from({ length: 10 }, async () => (await fetch(CHAT, post)).text()));
    `);
    expect(lines).toEqual([seen('fetch', 14)]);
  });

  it('is not seen where it is observed', async () => {
    const { lines, stderr } = await run(
      `
      const hosts = { [HOST]: { provider: 'vllm' } };
      for (const inner of [undiciFetch, nodeFetch]) await (await instrumentFetch(inner, { hosts })(CHAT, post)).text();
      await Promise.all(Array.from({ length: 10 }, async () => (await fetch(CHAT, post)).text()));
      await observeRequest({ provider: 'vllm', model: 'by-hand' }, () => byHttp(CHAT));
      // Calls that wait for a connection, which others hand on.
      for (const agent of [new http.Agent({ keepAlive: true, maxSockets: 1 }), new http.Agent({ maxSockets: 1 })]) {
        const pooled = instrumentFetch(nodeFetch, { hosts });
        await Promise.all(Array.from({ length: 5 }, async () => (await pooled(CHAT, { ...post, agent })).text()));
        agent.destroy();
      }
      const dispatcher = new Agent({ connections: 1 });
      const pooled = instrumentFetch(undiciFetch, { hosts });
      await Promise.all(Array.from({ length: 5 }, async () => (await pooled(CHAT, { ...post, dispatcher })).text()));
    `,
      { LLM_EDGE_HOSTS: `${server.host}=vllm` },
    );
    expect(lines).toEqual([counted('llama', 27), counted('by-hand')]);
    expect(stderr).toBe('');
  });

  it('rejects unhandled where nobody handles it, whether it is counted or not', async () => {
    const { lines } = await run(`
      const unhandled = [];
      process.on('unhandledRejection', (error) => unhandled.push(error.message));
      const refused = 'http://127.0.0.1:1';
      for (const path of ['/v1/chat/completions', '/other']) void fetch(refused + path, post);
      while (unhandled.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    `);
    expect(lines).toEqual([seen('fetch', 1).replace('HOST', 'localhost:1')]);
  });

  it('is not seen where its body names no model', async () => {
    const { lines } = await run(`await (await fetch(CHAT, { method: 'POST', body: '{}' })).text();`);
    expect(lines).toEqual(['']);
  });

  it('is observed under the name of its host by a variable', async () => {
    const { lines } = await run('await (await fetch(CHAT, post)).text();', {
      LLM_EDGE_UNRECOGNISED: 'observe',
    });
    expect(lines).toEqual([
      'llm_edge_requests_total{provider="HOST",model="llama",status="success"} 1',
      seen('fetch', 1),
    ]);
  });
});
