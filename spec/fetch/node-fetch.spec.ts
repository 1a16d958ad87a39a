import { runScript } from '../support/run-script.js';

/** What imports each major version. The second one is that of a client which depends on it. */
const IMPORTS = {
  3: "import nodeFetch, { Request, Response } from 'node-fetch';",
  2: `
    import { createRequire } from 'node:module';
    import { fileURLToPath } from 'node:url';
    const nodeFetch = createRequire(fileURLToPath(import.meta.resolve('voyageai')))('node-fetch');
    const { Request, Response } = nodeFetch;
  `,
};

/** Calls by node-fetch, whose bodies are Node streams, to a provider on the loopback interface. */
const SCRIPT = `
  import { createServer } from 'node:http';
  import { PassThrough, Readable } from 'node:stream';
  import { pipeline } from 'node:stream/promises';
  import { gzipSync } from 'node:zlib';
  import { instrumentFetch } from '#lib/fetch.ts';
  import { startTestMonitoring } from '#lib/testing.ts';

  const usage = { prompt_tokens: 7, completion_tokens: 3 };
  const ANSWER = JSON.stringify({ id: 'c1', model: 'm', choices: [{ index: 0, finish_reason: 'stop' }], usage });
  const frame = (event) => 'data: ' + JSON.stringify(event) + '\\n\\n';
  const FIRST = frame({ choices: [{ index: 0, delta: { content: 'x' } }] });
  const LAST = frame({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }) + frame({ choices: [], usage }) + 'data: [DONE]\\n\\n';

  const server = createServer(async (request, response) => {
    let body = '';
    for await (const piece of request) body += piece;
    const { model } = JSON.parse(body);
    if (model.startsWith('error')) {
      response.writeHead(429, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ error: { code: 'insufficient_quota', message: 'x' } }));
    } else if (model.startsWith('stream')) {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(FIRST);
      if (model.includes('broken')) setTimeout(() => response.destroy(), 20);
      else if (!model.includes('hangs')) response.end(LAST);
    } else if (model.startsWith('gzip')) {
      response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' });
      response.end(gzipSync(ANSWER));
    } else {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(ANSWER);
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const host = '127.0.0.1:' + server.address().port;
  const url = 'http://' + host + '/v1/chat/completions';
  const monitoring = await startTestMonitoring();
  const fetch = instrumentFetch(nodeFetch, { hosts: { [host]: { provider: 'own' } } });
  const results = {};

  async function call(model, read, init = {}) {
    const body = JSON.stringify({ model, stream: model.startsWith('stream') });
    const response = await fetch(url, { method: 'POST', body, ...init });
    const result = await read(response);
    let request;
    while (request === undefined) {
      // Some ends are emitted in a later turn of the event loop.
      await new Promise(setImmediate);
      const requests = await monitoring.series('llm_edge_requests_total');
      request = requests.find((one) => one.labels.model === model && one.value === 1);
    }
    const labels = { provider: 'own', model };
    results[model] = {
      result,
      outcome: request.labels.error_type ?? request.labels.status,
      outputTokens: await monitoring.value('llm_edge_tokens_total', { ...labels, type: 'output' }),
      firstTokens: (await monitoring.value('llm_edge_time_to_first_token_ms', labels))?.count,
    };
  }
  const drain = async (body) => {
    let text = '';
    for await (const chunk of body) text += chunk;
    return text;
  };

  await call('json', async (response) => [(await response.json()).id, response instanceof Response, response.bodyUsed]);
  await call('text', async (response) => (await response.text()) === ANSWER);
  await call('arrayBuffer', async (response) => (await response.arrayBuffer()).byteLength === ANSWER.length);
  await call('gzip', async (response) => (await response.json()).id);
  await call('body', async ({ body }) => (await drain(body)) === ANSWER);
  await call('encoded', async ({ body }) => (await drain(body.setEncoding('utf8'))) === ANSWER);
  await call('clone', async (response) => {
    const copy = response.clone();
    const [one, other] = await Promise.all([response.json(), copy.json()]);
    return one.id + other.id;
  });
  await call('piped', async ({ body }) => {
    const sink = new PassThrough();
    const [text] = await Promise.all([drain(sink), pipeline(body, sink)]);
    return text === ANSWER;
  });
  await call('flowing', ({ body }) => new Promise((resolve) => {
    let text = '';
    body.on('data', (chunk) => { text += chunk; });
    body.on('end', () => resolve(text === ANSWER));
  }));
  await call('stream', async ({ body }) => (await drain(body)) === FIRST + LAST);
  await call('stream-text', async (response) => (await response.text()) === FIRST + LAST);
  await call('stream-hangs-left', async ({ body }) => {
    for await (const _chunk of body) break;
    return body.destroyed;
  });
  await call('stream-hangs-destroyed', async ({ body }) => {
    await new Promise((resolve) => body.once('data', resolve));
    body.destroy();
    return body.destroyed;
  });
  const controller = new AbortController();
  await call('stream-hangs-aborted', async ({ body }) => {
    body.once('data', () => controller.abort());
    return drain(body).catch((error) => error.name);
  }, { signal: controller.signal });
  await call('stream-broken', ({ body }) => drain(body).catch((error) => error.code));
  await call('error', async (response) => (await response.json()).error.code);
  await call('error-text', async (response) => typeof (await response.text()));

  const uploaded = new Request(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: Readable.from([Buffer.from(JSON.stringify({ model: 'uploaded' }))]),
  });
  await (await fetch(uploaded)).text();
  const models = (await monitoring.series('llm_edge_requests_total')).map(({ labels }) => labels.model);
  console.log(JSON.stringify({
    results,
    isUploadNamed: models.includes('uploaded'),
    active: await monitoring.value('llm_edge_active_requests', {}),
  }));
  await monitoring.shutdown();
  server.close();
  server.closeAllConnections();
`;

const whole = (result: unknown): object => ({ result, outcome: 'success', outputTokens: 3 });
const streamed = (result: unknown): object => ({ ...whole(result), firstTokens: 1 });
const failed = (result: unknown, outcome: string): object => ({ result, outcome });

describe('node-fetch, instrumented', () => {
  it.each([3, 2] as const)('ends its requests by every way to read a body: version %i', async (version) => {
    const { stdout, stderr } = await runScript(IMPORTS[version] + SCRIPT).end();
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual({
      results: {
        json: whole(['c1', true, true]),
        text: whole(true),
        arrayBuffer: whole(true),
        gzip: whole('c1'),
        body: whole(true),
        encoded: whole(true),
        clone: whole('c1c1'),
        piped: whole(true),
        flowing: whole(true),
        stream: streamed(true),
        'stream-text': streamed(true),
        'stream-hangs-left': { ...failed(true, 'client_cancelled'), firstTokens: 1 },
        'stream-hangs-destroyed': { ...failed(true, 'client_cancelled'), firstTokens: 1 },
        'stream-hangs-aborted': { ...failed('AbortError', 'client_cancelled'), firstTokens: 1 },
        'stream-broken': { ...failed(expect.any(String), 'stream_interrupted'), firstTokens: 1 },
        error: failed('insufficient_quota', 'quota_exceeded'),
        'error-text': failed('string', 'quota_exceeded'),
      },
      isUploadNamed: true,
      active: 0,
    });
  });
});
