import { once } from 'node:events';
import OpenAI from 'openai';
import { createAnswerCache } from '../../../examples/edge-agent/cache.js';
import type { ChatRequest, Completion } from '../../../examples/edge-agent/chat.js';
import { CHAT_PATH, startGateway } from '../../../examples/edge-agent/gateway.js';
import type { Listening } from '../../../examples/edge-agent/http.js';
import { createOutages } from '../../../examples/edge-agent/outages.js';
import type { Router } from '../../../examples/edge-agent/router.js';
import { createTotals } from '../../../examples/edge-agent/totals.js';

const completion: Completion = {
  provider: 'openai',
  model: 'gpt-4o-mini',
  text: 'Good day.',
  finishReason: 'stop',
  usage: { inputTokens: 10, outputTokens: 3 },
};
const body = { model: 'gpt-4o-mini', messages: [{ role: 'user' as const, content: 'Hello' }] };

let gateway: Listening | undefined;
afterEach(() => gateway?.close());

/** A gateway whose answers come from the function given, which stands for the providers. */
async function start(answer: Router['answer'] = async () => completion) {
  const totals = createTotals();
  const circuits = {} as Router['circuits'];
  const outages = createOutages([]);
  const parts = { router: { circuits, answer }, cache: createAnswerCache(10, 1000), totals, outages };
  gateway = await startGateway(parts, 0);
  const origin = `http://127.0.0.1:${gateway.port}`;
  const post = (text: string, path = CHAT_PATH) => fetch(origin + path, { method: 'POST', body: text });
  const client = new OpenAI({ baseURL: `${origin}/v1`, apiKey: 'any', maxRetries: 0 });
  return { totals, post, client, origin, outages };
}

async function errorOf(response: Response): Promise<{ type: string; code: string }> {
  return ((await response.json()) as { error: { type: string; code: string } }).error;
}

/** Streams the text in two pieces. */
const inPieces: Router['answer'] = async (_, { onText }) => {
  await onText?.('Good ');
  await onText?.('day.');
  return completion;
};

describe('startGateway()', () => {
  it('begins and ends an outage on request, of providers that it has', async () => {
    const { origin, outages } = await start();
    const send = async (method: string, provider: string) => {
      const { status } = await fetch(`${origin}/outages/${provider}`, { method });
      return [status, outages.isDown('openai'), outages.isDown('anthropic')];
    };
    expect(await send('PUT', 'anthropic')).toEqual([200, false, true]);
    expect(await send('POST', 'openai')).toEqual([404, false, true]);
    expect(await send('PUT', 'mistral')).toEqual([404, false, true]);
    expect(await send('DELETE', 'anthropic')).toEqual([200, false, false]);
  });

  it('answers a client of OpenAI', async () => {
    const { client } = await start();
    const { data, response } = await client.chat.completions.create(body).withResponse();
    expect([data.choices[0]?.message.content, data.usage?.total_tokens]).toEqual(['Good day.', 13]);
    expect([response.headers.get('x-cache'), response.headers.get('x-provider')]).toEqual(['miss', 'openai']);
  });

  it('answers the same question from its cache, streamed or not, and asks nobody again', async () => {
    const asked: ChatRequest[] = [];
    const { client, totals } = await start(async (chat, hooks) => {
      asked.push(chat);
      return inPieces(chat, hooks);
    });
    await client.chat.completions.create(body);
    const again = await client.chat.completions.create(body).withResponse();
    const stream = await client.chat.completions.create({ ...body, stream: true });
    let text = '';
    for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? '';
    expect([again.response.headers.get('x-cache'), text, asked.length]).toEqual(['hit', 'Good day.', 1]);
    expect([totals.operations, totals.failedOperations, totals.cacheHits, totals.cacheMisses]).toEqual([
      3, 0, 2, 1,
    ]);
  });

  it('streams as OpenAI does', async () => {
    const { client } = await start(inPieces);
    const options = { stream: true as const, stream_options: { include_usage: true } };
    const chunks: unknown[] = [];
    for await (const chunk of await client.chat.completions.create({ ...body, ...options })) {
      chunks.push(chunk.choices[0]?.delta ?? chunk.usage?.total_tokens);
    }
    expect(chunks).toEqual([
      { role: 'assistant', content: '', refusal: null },
      { content: 'Good ' },
      { content: 'day.' },
      {},
      13,
    ]);
  });

  it('says in the stream what went wrong once it has begun', async () => {
    const { post, totals } = await start(async (_, { onText }) => {
      await onText?.('Good ');
      throw new Error('terminated');
    });
    const text = await (await post(JSON.stringify({ ...body, stream: true }))).text();
    const events = text.split('\n\n').filter(Boolean);
    expect(events).toHaveLength(3);
    expect(JSON.parse((events[2] ?? '').replace('data: ', ''))).toEqual({
      error: { message: 'terminated', type: 'server_error', param: null, code: 'upstream_failed' },
    });
    expect([totals.operations, totals.failedOperations]).toEqual([1, 1]);
  });

  it('hands on the status and the Retry-After of a provider', async () => {
    const headers = new Headers({ 'retry-after': '7' });
    const { post } = await start(() =>
      Promise.reject(Object.assign(new Error('slow down'), { status: 429, headers })),
    );
    const response = await post(JSON.stringify(body));
    expect([response.status, response.headers.get('retry-after'), (await errorOf(response)).type]).toEqual([
      429,
      '7',
      'requests',
    ]);
  });

  it('calls a provider that cannot be reached a bad gateway', async () => {
    const { post } = await start(() => Promise.reject(new Error('fetch failed')));
    expect((await post(JSON.stringify(body))).status).toBe(502);
  });

  it.each([
    ['text that is not JSON', 'hello'],
    ['a body without messages', '{"model":"gpt-4o-mini","messages":[]}'],
    ['a message whose content is no text', '{"model":"m","messages":[{"role":"user","content":[]}]}'],
    [
      'a limit of nothing',
      '{"model":"m","messages":[{"role":"user","content":""}],"max_completion_tokens":0}',
    ],
    ['a body of more than a megabyte', JSON.stringify({ ...body, filler: 'x'.repeat(1_000_000) })],
  ])('refuses %s', async (_, text) => {
    const { post, totals } = await start();
    const response = await post(text);
    expect([response.status, (await errorOf(response)).code]).toEqual([400, 'invalid_request']);
    expect([totals.cacheHits, totals.cacheMisses]).toEqual([0, 0]);
  });

  it('serves nothing else', async () => {
    const { post, totals } = await start();
    expect([(await post('{}', '/v1/embeddings')).status, totals.operations]).toEqual([404, 0]);
  });

  it('tells the upstream when the caller goes away', async () => {
    let noticed = (_: string) => {};
    const gone = new Promise<string>((resolve) => {
      noticed = resolve;
    });
    const { post } = await start(async (_, { onText, signal }) => {
      await onText?.('Good ');
      await once(signal, 'abort');
      noticed('aborted');
      throw signal.reason;
    });
    const response = await post(JSON.stringify({ ...body, stream: true }));
    await response.body?.cancel();
    expect(await gone).toBe('aborted');
  });
});
