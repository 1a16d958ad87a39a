import { GoogleGenAI } from '@google/genai';
import { instrumentFetch } from '../../lib/fetch.js';
import { startTestMonitoring, type TestMonitoring } from '../../lib/testing.js';
import { collectGarbageUntil } from '../support/collect-garbage.js';
import { CONTENT_FRAMES } from '../support/providers/google.js';
import { type Loopback, startLoopback } from '../support/providers/loopback.js';
import { CHAT_FRAMES } from '../support/providers/openai.js';

/** Longer than two rounds of the watch: whether the body is still held is asked from then on. */
const IDLE_MS = 60_000;

let monitoring: TestMonitoring;
let loopback: Loopback;
beforeAll(async () => {
  loopback = await startLoopback();
});
beforeEach(async () => {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
  monitoring = await startTestMonitoring();
});
afterEach(async () => {
  jest.useRealTimers();
  await monitoring.shutdown();
});
afterAll(() => loopback.close());

async function outcomes(): Promise<readonly unknown[]> {
  const series = await monitoring.series('llm_edge_requests_total');
  return series.map(({ labels }) => labels['error_type'] ?? labels['status']);
}

/** An answer whose events come when they are asked for. */
async function startAnswer(): Promise<Response> {
  const frames = [...CHAT_FRAMES];
  const source = new ReadableStream({
    pull(controller) {
      const frame = frames.shift();
      if (frame === undefined) controller.close();
      else controller.enqueue(Buffer.from(`${frame}\n\n`));
    },
  });
  const fetch = instrumentFetch(
    async () => new Response(source, { headers: { 'content-type': 'text/event-stream' } }),
  );
  return fetch('https://api.openai.com/v1/chat/completions', {
    method: 'POST',
    body: JSON.stringify({ model: 'gpt-4o-mini', stream: true }),
  });
}

/** Reads one piece and lets go of the body. */
async function readOne(body: ReadableStream<Uint8Array> | null): Promise<void> {
  const reader = body?.getReader();
  await reader?.read();
  reader?.releaseLock();
}

async function letTimePass(): Promise<void> {
  jest.advanceTimersByTime(IDLE_MS);
  await collectGarbageUntil(() => false, 20);
}

/** What ends when nobody holds it any more. */
async function outcomesOnceCollected(): Promise<readonly unknown[]> {
  jest.advanceTimersByTime(IDLE_MS);
  let ended: readonly unknown[] = [];
  for (let round = 0; ended.length === 0 && round < 1_000; round += 1) {
    await collectGarbageUntil(() => false, 5);
    ended = await outcomes();
  }
  return ended;
}

describe('an answer whose reader was let go of', () => {
  it.each<readonly [string, (response: Response) => unknown]>([
    ['the response', (response) => response],
    ['the body', ({ body }) => body],
  ])('goes on a minute later, where %s is still held', async (_what, pick) => {
    const held: unknown = await (async () => {
      const response = await startAnswer();
      await readOne(response.body);
      return pick(response);
    })();
    await letTimePass();
    expect(await outcomes()).toEqual([]);
    expect(await monitoring.value('llm_edge_active_requests', {})).toBe(1);
    const body = (held instanceof Response ? held.body : held) as AsyncIterable<unknown>;
    for await (const _chunk of body);
    expect(await outcomes()).toEqual(['success']);
    expect(await monitoring.value('llm_edge_active_requests', {})).toBe(0);
  });

  it('goes on a minute later with a branch of it', async () => {
    const branch = await (async () => (await startAnswer()).body?.tee()[0] ?? null)();
    await readOne(branch);
    await letTimePass();
    expect(await outcomes()).toEqual([]);
    for await (const _chunk of branch as unknown as AsyncIterable<unknown>);
    expect(await outcomes()).toEqual(['success']);
  });

  it('was cancelled, when nobody holds it any more', async () => {
    await (async () => readOne((await startAnswer()).body))();
    expect(await outcomesOnceCollected()).toEqual(['client_cancelled']);
  });

  it('was cancelled, where the client of Google leaves it at a break and the answer is over', async () => {
    const client = new GoogleGenAI({
      apiKey: 'key',
      httpOptions: { fetch: instrumentFetch(loopback.fetch), retryOptions: { attempts: 1 } },
    });
    loopback.reply({
      headers: { 'content-type': 'text/event-stream' },
      body: CONTENT_FRAMES.slice(0, 3).map((frame) => `${frame}\n\n`),
    });
    await (async () => {
      const stream = await client.models.generateContentStream({ model: 'm', contents: 'Hi' });
      for await (const piece of stream) if (piece.text) break;
    })();
    expect(await outcomes()).toEqual([]);
    expect(await outcomesOnceCollected()).toEqual(['client_cancelled']);
  });
});
