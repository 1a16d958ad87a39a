import { instrumentFetch } from '../../lib/fetch.js';
import { startTestMonitoring, type TestMonitoring } from '../../lib/testing.js';
import { collectGarbageUntil } from '../support/collect-garbage.js';
import { recordedSeries } from '../support/recorded-series.js';

const HOST = 'provider.test';
const CHAT = `http://${HOST}/v1/chat/completions`;
const INIT = { method: 'POST', body: '{"model":"gpt-4o"}' };
const ANSWER = '{"choices":[{"finish_reason":"stop"}],"usage":{"prompt_tokens":10,"completion_tokens":5}}';

let test: TestMonitoring;
beforeEach(async () => {
  test = await startTestMonitoring();
});
afterEach(() => test.shutdown());

/** An instrumented fetch whose every call is answered so. */
const answeringWith = (answer: unknown): typeof fetch =>
  instrumentFetch((async () => answer) as typeof fetch, { hosts: { [HOST]: { provider: 'openai' } } });

const requests = () => recordedSeries(test, 'llm_edge_requests_total');
const tokens = () => recordedSeries(test, 'llm_edge_tokens_total');
const active = () => test.value('llm_edge_active_requests', {});

/** A stream of these pieces, whatever they are. */
function streamOf(...pieces: readonly unknown[]): ReadableStream {
  const left = [...pieces];
  return new ReadableStream({
    pull(controller) {
      if (left.length === 0) controller.close();
      else controller.enqueue(left.shift());
    },
  });
}

describe('an answer of a foreign fetch', () => {
  it.each([200, 500])('is handed on in pieces that are no bytes, with status %i', async (status) => {
    const body = streamOf('text', 7, {});
    const response = await answeringWith(new Response(body, { status }))(CHAT, INIT);
    const pieces: unknown[] = [];
    for await (const piece of response.body as AsyncIterable<unknown>) pieces.push(piece);
    expect(pieces).toEqual(['text', 7, {}]);
    expect(await active()).toBe(0);
  });

  it('is handed on where each of its members can be read once', async () => {
    const read = new Set<PropertyKey>();
    const response = new Proxy(new Response(ANSWER), {
      get(target, name) {
        if (name !== 'then' && read.has(name)) throw new Error(`${String(name)} was read`);
        read.add(name);
        return Reflect.get(target, name, target);
      },
    });
    expect((await answeringWith(response)(CHAT, INIT)) === response).toBe(true);
    expect(await active()).toBe(0);
    expect(Object.values(await requests())).toEqual([1]);
  });

  it('fails of what it failed of, where the signal of its call throws', async () => {
    const { signal } = new AbortController();
    const trap = new Proxy(signal, {
      get(target, name) {
        if (name === 'aborted' || name === 'reason') throw new Error('it is a trap');
        return Reflect.get(target, name, target);
      },
    });
    const error = new Error('broken');
    const body = new ReadableStream({ pull: (controller) => controller.error(error) }, { highWaterMark: 0 });
    const response = await answeringWith(new Response(body))(CHAT, { ...INIT, signal: trap });
    await expect(response.text()).rejects.toBe(error);
    expect(await requests()).toEqual({ 'network gpt-4o openai error': 1 });
    expect(await active()).toBe(0);
  });
});

describe('the type of an answer', () => {
  it.each([
    ['Application/JSON; charset=UTF-8', ANSWER],
    ['TEXT/Event-Stream', `data: ${ANSWER}\n\ndata: [DONE]\n\n`],
  ])('may be written as %s', async (type, body) => {
    const response = new Response(body, { headers: { 'content-type': type } });
    await (await answeringWith(response)(CHAT, INIT)).text();
    expect(await tokens()).toEqual({ 'gpt-4o openai input': 10, 'gpt-4o openai output': 5 });
  });

  it('may be written in capitals for the body of a Request', async () => {
    const headers = { 'content-type': 'Application/JSON' };
    const response = new Response(ANSWER, { headers });
    const call = instrumentFetch(
      async (input) => {
        await (input as Request).text();
        return response;
      },
      { hosts: { [HOST]: { provider: 'openai' } } },
    );
    await (await call(new Request(CHAT, { ...INIT, headers }))).text();
    expect(await requests()).toEqual({ 'gpt-4o openai success': 1 });
  });
});

describe('the cost that an answer reports', () => {
  it.each(['', ' ', 'None', '-1', 'NaN', 'Infinity'])('is none where its header says %j', async (costUsd) => {
    const headers = { 'content-type': 'application/json', 'x-litellm-response-cost': costUsd };
    await (await answeringWith(new Response(ANSWER, { headers }))(CHAT, INIT)).text();
    // The price list says it: 2.50 and 10 dollars for a million tokens.
    const costs = await recordedSeries(test, 'llm_edge_cost_usd_total');
    expect(costs['gpt-4o openai']).toBeCloseTo(75e-6, 9);
  });
});

describe('a stream of Anthropic', () => {
  it('whose every event counts something of another name keeps none of them', async () => {
    const events = 600;
    const longName = 'x'.repeat(2_000);
    let sent = 0;
    const body = new ReadableStream({
      pull(controller) {
        sent += 1;
        const names = Array.from({ length: 20 }, (_, index) => [`${sent} ${index} ${longName}`, 1]);
        const usage = { input_tokens: 3, output_tokens: sent, ...Object.fromEntries(names) };
        controller.enqueue(Buffer.from(`data: ${JSON.stringify({ type: 'message_delta', usage })}\n\n`));
      },
    });
    const headers = { 'content-type': 'text/event-stream' };
    const response = await answeringWith(new Response(body, { headers }))(`http://${HOST}/v1/messages`, INIT);
    const reader = response.body?.getReader();
    const heapBytes = async (): Promise<number> => {
      await collectGarbageUntil(() => false, 5);
      return process.memoryUsage().heapUsed;
    };
    const before = await heapBytes();
    for (let read = 0; read < events; read += 1) await reader?.read();
    expect((await heapBytes()) - before).toBeLessThan((events * 20 * longName.length) / 2);
    await reader?.cancel();
    expect(await tokens()).toMatchObject({ 'gpt-4o openai input': 3 });
  });
});

describe('the host of a URL', () => {
  it.each([
    'http://provider.test\\@other.test/v1/chat/completions',
    'http://other.test\\@provider.test/v1/chat/completions',
  ])('is the one that is called: %s', async (url) => {
    await (await answeringWith(new Response(ANSWER))(url, INIT)).text();
    const isProvider = new URL(url).host === HOST;
    expect(Object.values(await requests())).toEqual(isProvider ? [1] : []);
  });
});
