import { runDeno } from '../support/run-deno.js';

/** A provider on the loopback interface, and calls to it whose answers are read in every way that Deno has. */
const SCRIPT = `
  import { instrumentFetch } from '#lib/fetch.ts';
  import { startTestMonitoring } from '#lib/testing.ts';

  const usage = { prompt_tokens: 7, completion_tokens: 3 };
  const JSON_TYPE = { 'content-type': 'application/json' };
  const ANSWER = JSON.stringify({ id: 'c1', model: 'm', choices: [{ index: 0, finish_reason: 'stop' }], usage });
  const EVENTS = [
    { choices: [{ index: 0, delta: { role: 'assistant' } }] },
    { choices: [{ index: 0, delta: { content: 'x' } }] },
    { choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] },
    { choices: [], usage },
  ].map((event) => 'data: ' + JSON.stringify(event) + '\\n\\n').join('') + 'data: [DONE]\\n\\n';

  async function main() {
    const server = Deno.serve({ port: 0, hostname: '127.0.0.1', onListen: () => {} }, async (request) => {
      const { model } = await request.json();
      if (model.startsWith('stream')) return new Response(EVENTS, { headers: { 'content-type': 'text/event-stream' } });
      if (model.startsWith('error')) {
        const body = JSON.stringify({ error: { code: 'insufficient_quota', message: 'x' } });
        return new Response(body, { status: 429, headers: JSON_TYPE });
      }
      if (model.startsWith('form')) {
        return new Response('usage=1', { headers: { 'content-type': 'application/x-www-form-urlencoded' } });
      }
      return new Response(ANSWER, { headers: JSON_TYPE });
    });
    const host = '127.0.0.1:' + server.addr.port;
    const monitoring = await startTestMonitoring();
    const fetch = instrumentFetch(globalThis.fetch, { hosts: { [host]: { provider: 'own' } } });
    const results = {};
    async function call(model, read) {
      const response = await fetch('http://' + host + '/v1/chat/completions', {
        method: 'POST',
        body: JSON.stringify({ model }),
      });
      const result = await read(response);
      const labels = { provider: 'own', model };
      const requests = await monitoring.series('llm_edge_requests_total');
      const request = requests.find((one) => one.labels.model === model && one.value === 1);
      results[model] = {
        result,
        outcome: request?.labels.error_type ?? request?.labels.status,
        outputTokens: await monitoring.value('llm_edge_tokens_total', { ...labels, type: 'output' }),
        firstTokens: (await monitoring.value('llm_edge_time_to_first_token_ms', labels))?.count,
      };
    }
    const drain = async (body) => {
      let length = 0;
      for await (const chunk of body) length += chunk.length;
      return length === EVENTS.length || length === ANSWER.length;
    };

    await call('json', async (response) => (await response.json()).id);
    await call('text', async (response) => (await response.text()) === ANSWER);
    await call('bytes', async (response) => (await response.bytes()).length === ANSWER.length);
    await call('arrayBuffer', async (response) => (await response.arrayBuffer()).byteLength === ANSWER.length);
    await call('blob', async (response) => (await response.blob()).type);
    await call('no-form', async (response) => {
      const refused = await response.formData().catch(() => 'refused');
      return [refused, response.bodyUsed];
    });
    await call('form', async (response) => (await response.formData()).get('usage'));
    await call('body', (response) => drain(response.body));
    await call('clone-json', async (response) => (await response.clone().json()).id + (await response.json()).id);
    await call('clone-alone', async (response) => {
      const copy = response.clone();
      return [(await copy.json()).id, copy.url === response.url, copy instanceof Response];
    });
    await call('clone-left', async (response) => {
      const copy = response.clone();
      const [text] = await Promise.all([response.text(), copy.body.cancel()]);
      return text === ANSWER;
    });
    await call('clone-of-clone', async (response) => (await response.clone().clone().json()).id);
    await call('twice', async (response) => {
      await response.json();
      return [response.bodyUsed, await response.text().catch((error) => error.name)];
    });
    await call('itself', async (response) => {
      const keys = JSON.stringify(Object.keys(response));
      const isItself = response instanceof Response && response.url.endsWith('/completions') && response.json.length === 0;
      await response.json();
      return [keys, isItself, response.bodyUsed];
    });
    await call('stream', (response) => drain(response.body));
    await call('stream-text', async (response) => (await response.text()) === EVENTS);
    await call('stream-clone', async (response) => {
      const copy = response.clone();
      return (await Promise.all([drain(response.body), drain(copy.body)])).join();
    });
    await call('stream-break', async (response) => {
      for await (const _chunk of response.body) break;
      return 'left';
    });
    await call('stream-pipe', (response) => drain(response.body.pipeThrough(new TransformStream())));
    await call('stream-sent-on', async (response) => {
      const sent = new Response(response.body.pipeThrough(new TransformStream()), response);
      return (await sent.text()) === EVENTS;
    });
    await call('error', async (response) => (await response.json()).error.code);
    await call('error-text', async (response) => typeof (await response.text()));
    console.log(JSON.stringify({ results, active: await monitoring.value('llm_edge_active_requests', {}) }));
    await monitoring.shutdown();
    await server.shutdown();
  }
  main();
`;

const whole = (result: unknown): object => ({ result, outcome: 'success', outputTokens: 3 });
const streamed = (result: unknown): object => ({ ...whole(result), firstTokens: 1 });
const failed = (result: unknown): object => ({ result, outcome: 'quota_exceeded' });

describe('in Deno', () => {
  it('every way to read an answer ends its request', async () => {
    expect(JSON.parse(await runDeno('fetch', SCRIPT))).toEqual({
      results: {
        json: whole('c1'),
        text: whole(true),
        bytes: whole(true),
        arrayBuffer: whole(true),
        blob: whole('application/json'),
        'no-form': whole(['refused', true]),
        form: { result: '1', outcome: 'success' },
        body: whole(true),
        'clone-json': whole('c1c1'),
        'clone-alone': whole(['c1', true, true]),
        'clone-left': whole(true),
        'clone-of-clone': whole('c1'),
        twice: whole([true, 'TypeError']),
        itself: whole(['[]', true, true]),
        stream: streamed(true),
        'stream-text': streamed(true),
        'stream-clone': streamed('true,true'),
        'stream-break': { result: 'left', outcome: expect.any(String), outputTokens: 3, firstTokens: 1 },
        'stream-pipe': streamed(true),
        'stream-sent-on': streamed(true),
        error: failed('insufficient_quota'),
        'error-text': failed('string'),
      },
      active: 0,
    });
  });
});
