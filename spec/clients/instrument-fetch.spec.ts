import { Readable } from 'node:stream';
import { text as textOf } from 'node:stream/consumers';
import type { ReadableWritablePair } from 'node:stream/web';
import { context } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { instrumentFetch } from '../../lib/fetch.js';
import { observeRequest } from '../../lib/index.js';
import { collectGarbageUntil } from '../support/collect-garbage.js';
import {
  type FetchHarness,
  type Recorded,
  type RequestRecord,
  recordedOnce,
  startFetchHarness,
} from '../support/fetch-harness.js';
import { MESSAGE_COUNTS, MESSAGE_FRAMES, OVERLOADED_FRAMES } from '../support/providers/anthropic.js';
import { CONTENT_ARRAY, CONTENT_COUNTS } from '../support/providers/google.js';
import { dataFrames, events, gzip, json, startLoopback } from '../support/providers/loopback.js';
import {
  CHAT_COUNTS,
  CHAT_FRAMES,
  CHAT_FRAMES_WITHOUT_USAGE,
  CHAT_USAGE,
  chatAnswer,
  chatChunk,
} from '../support/providers/openai.js';

const URL_CHAT = 'https://api.openai.com/v1/chat/completions';
const EVENT_STREAM = { 'content-type': 'text/event-stream' };
const POST = { method: 'POST', headers: { 'content-type': 'application/json' } };
const CALL = { ...POST, body: '{"model":"gpt-4o-mini","messages":[]}' };
const STREAM_CALL = { ...POST, body: '{"model":"gpt-4o-mini","messages":[],"stream":true}' };

const REQUEST: RequestRecord = {
  provider: 'openai',
  model: 'gpt-4o-mini',
  outcome: 'success',
  operation: 'chat',
  streamed: false,
  answeredBy: 'gpt-4o-mini-2024-07-18',
  finishReasons: ['stop'],
};
const ONE: Recorded = recordedOnce(REQUEST, CHAT_COUNTS);
const STREAMED: Recorded = { ...ONE, requests: [{ ...REQUEST, streamed: true }], firstTokens: 1 };
const NOTHING: Recorded = {
  requests: [],
  usage: [],
  firstTokens: 0,
  usageMissing: 0,
  active: 0,
  dropped: [],
};

let harness: FetchHarness;
beforeAll(async () => {
  // As initMonitoring does.
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  harness = await startFetchHarness();
});
afterEach(() => harness.reset());
afterAll(async () => {
  context.disable();
  await harness.close();
});

/** The record of a request that failed before it said anything. */
function failed(outcome: string, rest: Partial<RequestRecord> = {}): Recorded {
  const request = { ...REQUEST, answeredBy: undefined, finishReasons: undefined, outcome, ...rest };
  return { ...NOTHING, requests: [request] };
}

async function read(body: ReadableStream<Uint8Array> | null): Promise<Uint8Array[]> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body ?? []) chunks.push(chunk);
  return chunks;
}

/** Every way to read a body. */
const READERS: readonly (readonly [string, (response: Response) => Promise<string>])[] = [
  ['text()', (response) => response.text()],
  ['json()', async (response) => JSON.stringify(await response.json())],
  ['arrayBuffer()', async (response) => Buffer.from(await response.arrayBuffer()).toString()],
  ['blob()', async (response) => (await response.blob()).text()],
  [
    'a reader',
    async (response) => {
      const reader = response.body?.getReader();
      const parts: Uint8Array[] = [];
      for (let step = await reader?.read(); step?.value !== undefined; step = await reader?.read()) {
        parts.push(step.value);
      }
      return Buffer.concat(parts).toString();
    },
  ],
  [
    'a reader with a buffer of its own',
    async (response) => {
      const reader = response.body?.getReader({ mode: 'byob' });
      const parts: Uint8Array[] = [];
      for (;;) {
        const step = await reader?.read(new Uint8Array(100));
        if (step === undefined || step.done) return Buffer.concat(parts).toString();
        parts.push(step.value);
      }
    },
  ],
  [
    'a branch with a buffer of its own',
    async (response) => {
      const [one] = response.body?.tee() ?? [];
      const reader = one?.getReader({ mode: 'byob' });
      const parts: Uint8Array[] = [];
      for (;;) {
        const step = await reader?.read(new Uint8Array(100));
        if (step === undefined || step.done) return Buffer.concat(parts).toString();
        parts.push(step.value);
      }
    },
  ],
  ['for await', async (response) => Buffer.concat(await read(response.body)).toString()],
  [
    'values()',
    async (response) => {
      const parts: Uint8Array[] = [];
      for await (const part of response.body?.values() ?? []) parts.push(part);
      return Buffer.concat(parts).toString();
    },
  ],
  [
    'pipeThrough()',
    async (response) => {
      const decoder = new TextDecoderStream() as unknown as ReadableWritablePair<string, Uint8Array>;
      let text = '';
      for await (const piece of response.body?.pipeThrough(decoder) ?? []) text += piece;
      return text;
    },
  ],
  [
    'pipeTo()',
    async (response) => {
      const parts: Uint8Array[] = [];
      await response.body?.pipeTo(new WritableStream({ write: (part) => void parts.push(part) }));
      return Buffer.concat(parts).toString();
    },
  ],
  [
    'tee()',
    async (response) => {
      const [one, other] = response.body?.tee() ?? [null, null];
      const [text, same] = await Promise.all([new Response(one).text(), new Response(other).text()]);
      return text === same ? text : `${text} is not ${same}`;
    },
  ],
  [
    'clone()',
    async (response) => {
      const [text, same] = await Promise.all([response.clone().text(), response.text()]);
      return text === same ? text : `${text} is not ${same}`;
    },
  ],
  ['another Response', (response) => new Response(response.body).text()],
  ['Readable.fromWeb()', (response) => textOf(Readable.fromWeb(response.body as never))],
  ['the consumers of node:stream', (response) => textOf(response.body as never)],
];

describe('instrumentFetch()', () => {
  describe('with a request to a model', () => {
    it('returns the very response of the inner fetch', async () => {
      const response = new Response(JSON.stringify(chatAnswer()), { headers: { 'x-request-id': 'req_1' } });
      const { body, headers } = response;
      const returned = await instrumentFetch(async () => response)(URL_CHAT, CALL);
      expect(returned).toBe(response);
      expect(returned.body).toBe(body);
      expect(returned.headers).toBe(headers);
    });

    it('leaves url, type, status and bodyUsed as they are', async () => {
      harness.loopback.reply(json(chatAnswer(), 201, { 'x-request-id': 'req_1' }));
      const plain = await harness.loopback.fetch(URL_CHAT, CALL);
      const response = await harness.fetch(URL_CHAT, CALL);
      const look = ({ url, type, status, ok, redirected, bodyUsed, headers }: Response) => {
        return { url, type, status, ok, redirected, bodyUsed, id: headers.get('x-request-id') };
      };
      expect(look(response)).toEqual(look(plain));
      await Promise.all([plain.text(), response.text()]);
      expect(look(response)).toEqual(look(plain));
      await expect(response.text()).rejects.toThrow('Body is unusable');
    });

    it('sends what it was given', async () => {
      harness.loopback.reply(json(chatAnswer()));
      await (await harness.fetch(URL_CHAT, CALL)).text();
      await (await harness.loopback.fetch(URL_CHAT, CALL)).text();
      expect(harness.loopback.calls[0]).toEqual(harness.loopback.calls[1]);
    });

    it('hands its arguments on untouched', async () => {
      const inner = jest.fn(async () => new Response(null));
      const url = new URL(URL_CHAT);
      await instrumentFetch(inner)(url, CALL);
      const [input, init] = inner.mock.calls[0] as unknown[];
      expect([input === url, init === CALL]).toEqual([true, true]);
    });

    it.each(READERS)('records usage once when its JSON is read by %s', async (_how, consume) => {
      harness.loopback.reply(gzip(json(chatAnswer())));
      const text = await consume(await harness.fetch(URL_CHAT, CALL));
      expect(JSON.parse(text)).toEqual(chatAnswer());
      expect(harness.recorded()).toEqual(ONE);
    });

    it.each(READERS.filter(([how]) => how !== 'json()'))(
      'records usage once when its events are read by %s',
      async (_how, consume) => {
        harness.loopback.reply(events(CHAT_FRAMES));
        const text = await consume(await harness.fetch(URL_CHAT, STREAM_CALL));
        expect(text).toBe(CHAT_FRAMES.map((frame) => `${frame}\n\n`).join(''));
        expect(harness.recorded()).toEqual(STREAMED);
      },
    );

    it('reads the model of a Request, and of a form', async () => {
      harness.loopback.reply(
        json(chatAnswer()),
        json({ text: 'hi', usage: { type: 'duration', seconds: 27 } }),
      );
      await (await harness.fetch(new Request(URL_CHAT, CALL))).text();
      const form = new FormData();
      form.append('model', 'whisper-1');
      form.append('file', new Blob(['RIFF']), 'a.wav');
      const url = 'https://api.openai.com/v1/audio/transcriptions';
      await (await harness.fetch(url, { method: 'POST', body: form })).text();
      expect(harness.recorded()).toEqual({
        ...ONE,
        requests: [
          REQUEST,
          {
            ...REQUEST,
            model: 'whisper-1',
            operation: 'transcription',
            answeredBy: undefined,
            finishReasons: undefined,
          },
        ],
        usage: [CHAT_COUNTS, { inputAudioSeconds: 27 }],
      });
    });

    it('calls a model that it cannot read unknown', async () => {
      harness.loopback.reply(json(chatAnswer()));
      await (await harness.fetch(URL_CHAT, { ...POST, body: new Blob(['{"model":"gpt-4o"}']) })).text();
      expect(harness.recorded()).toEqual({ ...ONE, requests: [{ ...REQUEST, model: 'unknown' }] });
    });

    it('records the rate limits of the answer', async () => {
      const recordRateLimit = jest.spyOn(harness.recorder, 'recordRateLimit');
      harness.loopback.reply(json(chatAnswer(), 200, { 'x-ratelimit-remaining-requests': '41' }));
      await (await harness.fetch(URL_CHAT, CALL)).text();
      expect(recordRateLimit.mock.calls).toEqual([
        ['openai', 'gpt-4o-mini', 'requests', { limit: undefined, remaining: 41, resetMs: undefined }],
      ]);
    });

    it('makes the request the parent of what the inner fetch does', async () => {
      const inner = instrumentFetch(async () => {
        await Promise.resolve();
        harness.recorder.tracer.startSpan('inner').end();
        return new Response(null);
      });
      await inner(URL_CHAT, CALL);
      const [child, parent] = harness.recorder.exporter.getFinishedSpans();
      expect(child?.parentSpanContext?.spanId).toBe(parent?.spanContext().spanId);
    });

    it('counts an answer without usage', async () => {
      harness.loopback.reply(events(CHAT_FRAMES_WITHOUT_USAGE));
      await read((await harness.fetch(URL_CHAT, STREAM_CALL)).body);
      expect(harness.recorded()).toEqual({ ...STREAMED, usage: [], usageMissing: 1 });
    });

    it('ends with an answer that has no body', async () => {
      await instrumentFetch(async () => new Response(null, { status: 204 }))(URL_CHAT, CALL);
      expect(harness.recorded()).toEqual({ ...failed('success'), usageMissing: 1 });
    });

    it('ends with an answer whose body is no stream', async () => {
      const foreign = { ok: true, status: 200, headers: new Headers(), body: '{}' };
      const inner = instrumentFetch(async () => foreign as unknown as Response);
      expect(await inner(URL_CHAT, CALL)).toBe(foreign);
      expect(harness.recorded()).toEqual({ ...failed('success'), usageMissing: 1 });
    });

    it('ends with the body of an answer that is a Node stream', async () => {
      const foreign = { ok: true, status: 200, headers: new Headers(), body: Readable.from(['{}']) };
      const inner = instrumentFetch(async () => foreign as unknown as Response);
      expect(await inner(URL_CHAT, CALL)).toBe(foreign);
      expect(harness.recorded().active).toBe(1);
      for await (const _chunk of foreign.body);
      expect(harness.recorded()).toEqual({ ...failed('success'), usageMissing: 1 });
    });

    it('ends with the marks of an answer, without waiting for the connection', async () => {
      harness.loopback.reply(events(CHAT_FRAMES, { ending: 'hang' }));
      const { body } = await harness.fetch(URL_CHAT, STREAM_CALL);
      const reader = body?.getReader();
      while (harness.recorded().requests.length === 0) await reader?.read();
      expect(harness.recorded()).toEqual(STREAMED);
      await reader?.cancel();
      expect(harness.recorded()).toEqual(STREAMED);
    });

    it('reads Gemini streamed as an array', async () => {
      const url =
        'https://generativelanguage.googleapis.com/v1beta/models/gemini-2.5-flash:streamGenerateContent';
      harness.loopback.reply({ headers: { 'content-type': 'application/json' }, body: CONTENT_ARRAY });
      await read((await harness.fetch(url, { ...POST, body: '{"contents":[]}' })).body);
      expect(harness.recorded()).toEqual({
        ...STREAMED,
        requests: [
          {
            provider: 'google',
            model: 'gemini-2.5-flash',
            outcome: 'success',
            operation: 'generate_content',
            streamed: true,
            answeredBy: 'gemini-2.5-flash',
            finishReasons: ['STOP'],
          },
        ],
        usage: [CONTENT_COUNTS],
      });
    });

    it('counts speech by the characters to speak, since its audio says nothing', async () => {
      harness.loopback.reply({ headers: { 'content-type': 'audio/mpeg' }, body: ['ID3', 'data'] });
      const url = 'https://api.openai.com/v1/audio/speech';
      const body = '{"model":"gpt-4o-mini-tts","input":"Hi"}';
      expect(await (await harness.fetch(url, { ...POST, body })).text()).toBe('ID3data');
      expect(harness.recorded()).toEqual({
        ...failed('success', { model: 'gpt-4o-mini-tts', operation: 'speech' }),
        usage: [{ inputCharacters: 2 }],
      });
    });

    it('counts that tokens were counted, without usage', async () => {
      harness.loopback.reply(json({ input_tokens: 14 }));
      const url = 'https://api.anthropic.com/v1/messages/count_tokens';
      const body = '{"model":"claude-sonnet-4-6"}';
      await (await harness.fetch(url, { ...POST, body })).json();
      expect(harness.recorded()).toEqual(
        failed('success', { provider: 'anthropic', model: 'claude-sonnet-4-6', operation: 'count_tokens' }),
      );
    });
  });

  describe('with the chunks of a stream', () => {
    it('hands on the very chunks, and asks for none ahead of its consumer', async () => {
      const chunks = CHAT_FRAMES.map((frame) => Buffer.from(`${frame}\n\n`));
      let pulled = 0;
      const source = new ReadableStream(
        {
          pull(controller) {
            const chunk = chunks[pulled++];
            if (chunk === undefined) controller.close();
            else controller.enqueue(chunk);
          },
        },
        { highWaterMark: 0 },
      );
      const inner = instrumentFetch(async () => new Response(source, { headers: EVENT_STREAM }));
      const { body } = await inner(URL_CHAT, STREAM_CALL);
      const reader = body?.getReader();
      const seen: boolean[] = [];
      for (let step = await reader?.read(); step?.value !== undefined; step = await reader?.read()) {
        seen.push(step.value === chunks[seen.length] && pulled === seen.length + 1);
      }
      expect(seen).toEqual(chunks.map(() => true));
      expect(harness.recorded()).toEqual(STREAMED);
    });

    it('asks for no more than a pipe does', async () => {
      const pull = async (wrap: (inner: typeof fetch) => typeof fetch): Promise<number> => {
        let pulled = 0;
        const source = new ReadableStream(
          {
            pull(controller) {
              pulled += 1;
              controller.enqueue(Buffer.from(`${CHAT_FRAMES[1]}\n\n`));
            },
          },
          { highWaterMark: 0 },
        );
        const { body } = await wrap(async () => new Response(source, { headers: EVENT_STREAM }))(
          URL_CHAT,
          STREAM_CALL,
        );
        const piped = body?.pipeThrough(new TransformStream()).getReader();
        await piped?.read();
        await new Promise((resolve) => setImmediate(resolve));
        const count = pulled;
        await piped?.cancel();
        return count;
      };
      expect(await pull(instrumentFetch)).toBe(await pull((inner) => inner));
    });

    it('records the first token when it comes', async () => {
      const frames = CHAT_FRAMES.map((frame) => Buffer.from(`${frame}\n\n`));
      const source = Readable.toWeb(Readable.from(frames)) as unknown as ReadableStream<Uint8Array>;
      const inner = instrumentFetch(async () => new Response(source, { headers: EVENT_STREAM }));
      const { body } = await inner(URL_CHAT, STREAM_CALL);
      for await (const chunk of body ?? []) harness.recorder.advance(chunk.length > 0 ? 100 : 0);
      // The first event is a role, and the clock goes on when its consumer has seen it.
      expect(harness.recorder.callsOf('timeToFirstToken')).toEqual([
        ['timeToFirstToken', 'openai', 'gpt-4o-mini', 100],
      ]);
      expect(harness.recorder.callsOf('timePerOutputToken')).toEqual([
        ['timePerOutputToken', 'openai', 'gpt-4o-mini', 600 / 45],
      ]);
    });

    it('needs no more memory for a body of 50 MB', async () => {
      const size = 50 * 1024 * 1024;
      const chunk = Buffer.alloc(65_536, 'A');
      let sent = 0;
      const source = new ReadableStream({
        pull(controller) {
          if (sent === 0) controller.enqueue(Buffer.from('{"data":[{"b64_json":"'));
          controller.enqueue(chunk);
          sent += chunk.length;
          if (sent < size) return;
          controller.enqueue(Buffer.from('"}],"usage":{"input_tokens":50,"output_tokens":4160}}'));
          controller.close();
        },
      });
      const { headers } = POST;
      const inner = instrumentFetch(async () => new Response(source, { headers }));
      const url = 'https://api.openai.com/v1/images/generations';
      const { body } = await inner(url, { ...POST, body: '{"model":"gpt-image-1"}' });
      await collectGarbageUntil(() => false, 2);
      const before = process.memoryUsage();
      let bytes = 0;
      for await (const part of body ?? []) bytes += part.length;
      await collectGarbageUntil(() => false, 2);
      const after = process.memoryUsage();
      expect(bytes).toBeGreaterThan(size);
      expect(after.heapUsed + after.external - before.heapUsed - before.external).toBeLessThan(
        2 * 1024 * 1024,
      );
      expect(harness.recorded().usage).toEqual([{ inputTokens: 50, outputTokens: 4_160 }]);
    });
  });

  describe('with an answer that fails', () => {
    const quota = { error: { message: 'No credit', type: 'insufficient_quota', code: 'insufficient_quota' } };
    const url = 'https://api.openai.com/v1/chat/completions';

    it.each([
      ['says why', json(quota, 429), 'quota_exceeded'],
      ['says too much', json({ ...quota, padding: 'x'.repeat(200_000) }, 429), 'rate_limited'],
      ['says nothing', { status: 429 }, 'rate_limited'],
      ['is no JSON', { status: 500, body: '<html>Bad gateway</html>' }, 'server_error'],
      ['breaks off', { status: 503, body: ['{"error":'], ending: 'break' as const }, 'overloaded'],
    ])('reads its body as its consumer does: it %s', async (_title, reply, outcome) => {
      harness.loopback.reply(reply);
      const response = await harness.fetch(url, CALL);
      expect(harness.recorded().active).toBe(1);
      const text = await response.text().catch(String);
      expect(text === '' ? reply.body : text).toEqual(
        _title === 'breaks off' ? 'TypeError: terminated' : reply.body,
      );
      expect(harness.recorded()).toEqual(failed(outcome));
    });

    it('reads its body from memory that its consumer uses again', async () => {
      harness.loopback.reply({ ...json(quota, 429), body: ['{"error":{"code":', '"insufficient_quota"}}'] });
      const reader = (await harness.fetch(url, CALL)).body?.getReader({ mode: 'byob' });
      let buffer = new Uint8Array(64);
      for (;;) {
        const step = await reader?.read(buffer);
        if (step?.value === undefined || step.done) break;
        buffer = new Uint8Array(step.value.buffer as ArrayBuffer).fill(0);
      }
      expect(harness.recorded()).toEqual(failed('quota_exceeded'));
    });

    it('goes by its status if its body is cancelled', async () => {
      harness.loopback.reply(json(quota, 429));
      await (await harness.fetch(url, CALL)).body?.cancel();
      expect(harness.recorded()).toEqual(failed('rate_limited'));
    });

    it('goes by its status if nobody reads its body', async () => {
      jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
      try {
        const inner = instrumentFetch(async () => new Response('{}', { status: 401 }));
        await inner(url, CALL);
        expect(harness.recorded().active).toBe(1);
        jest.advanceTimersByTime(1_000);
        expect(harness.recorded()).toEqual(failed('auth'));
      } finally {
        jest.useRealTimers();
      }
    });

    it('reads an error that comes with a success', async () => {
      harness.loopback.reply(json({ error: { code: 429, message: 'Provider returned error' } }));
      await (await harness.fetch(url, CALL)).json();
      expect(harness.recorded()).toEqual(failed('rate_limited'));
    });

    it('reads an error in a stream, and keeps the usage before it', async () => {
      harness.loopback.reply(events(OVERLOADED_FRAMES));
      const body = '{"model":"claude-sonnet-4-6","stream":true}';
      await read((await harness.fetch('https://api.anthropic.com/v1/messages', { ...POST, body })).body);
      expect(harness.recorded()).toEqual({
        ...STREAMED,
        requests: [
          {
            provider: 'anthropic',
            model: 'claude-sonnet-4-6',
            outcome: 'overloaded',
            operation: 'chat',
            streamed: true,
            answeredBy: 'claude-sonnet-4-6-20260217',
            finishReasons: undefined,
          },
        ],
        usage: [{ ...MESSAGE_COUNTS, outputTokens: 1 }],
      });
    });
  });

  describe('with a call that fails', () => {
    it('passes the very error on', async () => {
      const error = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
      const inner = instrumentFetch(() => Promise.reject(error));
      await expect(inner(URL_CHAT, CALL)).rejects.toBe(error);
      expect(harness.recorded()).toEqual(failed('network'));
    });

    it('takes a refused connection for the network', async () => {
      const gone = await startLoopback();
      await gone.close();
      const refused = instrumentFetch(gone.fetch);
      await expect(refused(URL_CHAT, CALL)).rejects.toThrow('fetch failed');
      expect(harness.recorded()).toEqual(failed('network'));
    });

    it('takes an inner fetch that throws at once for a failed call', async () => {
      const inner = instrumentFetch(() => {
        throw new TypeError('no');
      });
      await expect(inner(URL_CHAT, CALL)).rejects.toThrow('no');
      expect(harness.recorded().requests).toEqual(failed('unknown').requests);
    });
  });

  describe('with a caller who stops', () => {
    const hang = events(CHAT_FRAMES.slice(0, 3), { ending: 'hang' });

    it.each([
      ['gives up', new Error('no longer needed'), 'client_cancelled'],
      ['has no time left', new DOMException('The operation timed out', 'TimeoutError'), 'timeout'],
    ])('before the answer: %s', async (_title, reason, outcome) => {
      const controller = new AbortController();
      const never = instrumentFetch(
        (_input, init) =>
          new Promise((_resolve, reject) => {
            init?.signal?.addEventListener('abort', () => reject(init.signal?.reason));
          }),
      );
      const call = never(URL_CHAT, { ...CALL, signal: controller.signal });
      controller.abort(reason);
      await expect(call).rejects.toBe(reason);
      expect(harness.recorded()).toEqual(failed(outcome));
    });

    it('is nobody in particular, in a timer or not, where no reason is given', async () => {
      const controllers = [new AbortController(), new AbortController()];
      const never = instrumentFetch(
        (_input, init) =>
          new Promise((_resolve, reject) => {
            init?.signal?.addEventListener('abort', () => reject(init.signal?.reason));
          }),
      );
      const calls = controllers.map(({ signal }) => never(URL_CHAT, { ...CALL, signal }));
      setTimeout(() => controllers[0]?.abort(), 1);
      await expect(calls[0]).rejects.toThrow('aborted');
      controllers[1]?.abort();
      await expect(calls[1]).rejects.toThrow('aborted');
      expect(harness.recorded().requests.map(({ outcome }) => outcome)).toEqual([
        'client_cancelled',
        'client_cancelled',
      ]);
    });

    it('within the answer, by the signal', async () => {
      harness.loopback.reply(hang);
      const controller = new AbortController();
      const { body } = await harness.fetch(URL_CHAT, { ...STREAM_CALL, signal: controller.signal });
      const reader = body?.getReader();
      await reader?.read();
      await reader?.read();
      controller.abort(new Error('enough'));
      await expect(
        (async () => {
          for (;;) await reader?.read();
        })(),
      ).rejects.toThrow('enough');
      expect(harness.recorded()).toMatchObject({ requests: [{ outcome: 'client_cancelled' }], active: 0 });
    });

    it('within the answer, by the signal and without reading on', async () => {
      harness.loopback.reply(hang);
      const controller = new AbortController();
      const { body } = await harness.fetch(URL_CHAT, { ...STREAM_CALL, signal: controller.signal });
      const reader = body?.getReader();
      await reader?.read();
      controller.abort();
      await reader?.closed.catch(() => undefined);
      expect(harness.recorded()).toMatchObject({ requests: [{ outcome: 'client_cancelled' }], active: 0 });
    });

    it.each<readonly [string, (body: ReadableStream<Uint8Array>) => Promise<unknown>]>([
      ['cancel() of the body', (body) => body.cancel()],
      [
        'cancel() of a reader',
        async (body) => {
          const reader = body.getReader();
          await reader.read();
          await reader.cancel('enough');
        },
      ],
      [
        'break',
        async (body) => {
          for await (const _chunk of body) break;
        },
      ],
      [
        'cancel() of a pipe',
        async (body) => {
          const decoder = new TextDecoderStream() as unknown as ReadableWritablePair<string, Uint8Array>;
          const reader = body.pipeThrough(decoder).getReader();
          await reader.read();
          await reader.cancel();
        },
      ],
      [
        'cancel() of both branches',
        async (body) => {
          const [one, other] = body.tee();
          await Promise.all([one.cancel(), other.cancel()]);
        },
      ],
      [
        'destroy() of a Node stream',
        async (body) => {
          const stream = Readable.fromWeb(body as never);
          await stream[Symbol.asyncIterator]().next();
          stream.destroy();
        },
      ],
    ])('within the answer, by %s', async (_how, leave) => {
      harness.loopback.reply(hang);
      const { body } = await harness.fetch(URL_CHAT, STREAM_CALL);
      if (body !== null) await leave(body);
      expect(harness.recorded()).toMatchObject({ requests: [{ outcome: 'client_cancelled' }], active: 0 });
    });

    it('not by letting go of it while a chunk is awaited: another reader goes on', async () => {
      const frames = dataFrames([chatChunk({ content: 'x' }), chatChunk({}, 'stop', { usage: CHAT_USAGE })]);
      const source = new ReadableStream({
        async pull(controller) {
          await new Promise(setImmediate);
          const frame = frames.shift();
          if (frame === undefined) controller.close();
          else controller.enqueue(Buffer.from(`${frame}\n\n`));
        },
      });
      const inner = instrumentFetch(async () => new Response(source, { headers: EVENT_STREAM }));
      const { body } = await inner(URL_CHAT, STREAM_CALL);
      const first = body?.getReader();
      const pending = first?.read();
      first?.releaseLock();
      await expect(pending).rejects.toMatchObject({ name: 'TypeError' });
      for await (const _ of body ?? []);
      expect(harness.recorded()).toMatchObject({ requests: [{ outcome: 'success' }], usage: [CHAT_COUNTS] });
    });

    it('keeps the usage seen so far', async () => {
      const running = chatChunk({ content: 'x' }, null, { usage: CHAT_USAGE });
      harness.loopback.reply(events(dataFrames([running, running]), { ending: 'hang' }));
      const { body } = await harness.fetch(URL_CHAT, STREAM_CALL);
      const reader = body?.getReader();
      await reader?.read();
      await reader?.cancel();
      expect(harness.recorded().usage).toEqual([CHAT_COUNTS]);
    });

    it('after the last word: it is a success', async () => {
      harness.loopback.reply(events(CHAT_FRAMES.slice(0, 7), { ending: 'hang' }));
      const { body } = await harness.fetch(URL_CHAT, STREAM_CALL);
      for await (const chunk of body ?? []) if (Buffer.from(chunk).toString().includes('"stop"')) break;
      expect(harness.recorded().requests).toEqual(STREAMED.requests);
    });

    it('by dropping the answer half read, which keeps its running usage', async () => {
      const dropped = instrumentFetch(async () => {
        const [first, running] = dataFrames([
          chatChunk({ content: 'x' }),
          chatChunk({ content: 'y' }, null, { usage: CHAT_USAGE }),
        ]);
        const source = new ReadableStream({
          pull: (controller) => controller.enqueue(Buffer.from(`${first}\n\n${running}\n\n`)),
        });
        return new Response(source, { headers: EVENT_STREAM });
      });
      const readOnce = async (): Promise<void> => {
        const { body } = await dropped(URL_CHAT, STREAM_CALL);
        harness.recorder.advance(20);
        await body?.getReader().read();
      };
      await readOnce();
      harness.recorder.advance(60_000);
      await collectGarbageUntil(() => harness.recorded().active === 0);
      expect(harness.recorded()).toMatchObject({
        requests: [{ outcome: 'client_cancelled' }],
        usage: [CHAT_COUNTS],
      });
      // It ends when it was last read.
      expect(harness.recorder.callsOf('request')).toEqual([
        ['request', 'openai', 'gpt-4o-mini', 'client_cancelled', 20],
      ]);
    });

    it('by dropping the answer unread', async () => {
      const dropped = instrumentFetch(async () => {
        const source = new ReadableStream({ pull: (controller) => controller.enqueue(Buffer.from('data')) });
        return new Response(source, { headers: EVENT_STREAM });
      });
      await dropped(URL_CHAT, STREAM_CALL);
      await collectGarbageUntil(() => harness.recorded().active === 0);
      expect(harness.recorded()).toEqual(failed('client_cancelled', { streamed: true }));
    });
  });

  describe('with an answer that stops', () => {
    it.each(['break', 'end'] as const)(
      'keeps the usage so far when a stream is cut off: %s',
      async (ending) => {
        harness.loopback.reply(events(MESSAGE_FRAMES.slice(0, 5), { ending }));
        const body = '{"model":"claude-sonnet-4-6","stream":true}';
        const response = await harness.fetch('https://api.anthropic.com/v1/messages', { ...POST, body });
        await read(response.body).catch(() => undefined);
        expect(harness.recorded()).toMatchObject({
          requests: [{ outcome: 'stream_interrupted' }],
          usage: [{ ...MESSAGE_COUNTS, outputTokens: 1 }],
          active: 0,
        });
      },
    );

    it('takes a body that is cut off for the network', async () => {
      harness.loopback.reply({ ...json(chatAnswer()), body: ['{"id":'], ending: 'break' });
      const response = await harness.fetch(URL_CHAT, CALL);
      await expect(response.json()).rejects.toThrow('terminated');
      expect(harness.recorded()).toEqual(failed('network'));
    });
  });

  describe('with malformed events', () => {
    it('gives them to the consumer as they are and reads the others', async () => {
      const frames = ['data: {"choices":[{', ': ping', 'event: x', ...CHAT_FRAMES];
      harness.loopback.reply(events(frames));
      const text = await (await harness.fetch(URL_CHAT, STREAM_CALL)).text();
      expect(text).toBe(frames.map((frame) => `${frame}\n\n`).join(''));
      expect(harness.recorded()).toEqual(STREAMED);
    });
  });

  describe('with anything else', () => {
    it.each([
      ['https://api.openai.com/v1/chat/completions', undefined],
      ['https://api.openai.com/v1/files', CALL],
      ['https://example.com/v1/other', CALL],
      [new URL('https://example.com/'), CALL],
    ] as const)('only calls the inner fetch: %s', (url, init) => {
      const promise = Promise.resolve(new Response('hi'));
      const inner = jest.fn(() => promise);
      expect(instrumentFetch(inner)(url, init)).toBe(promise);
      expect(inner.mock.calls).toEqual([[url, init]]);
      expect(harness.recorded()).toEqual(NOTHING);
    });

    it('leaves bad arguments to the inner fetch', async () => {
      const own = instrumentFetch();
      await expect(own(undefined as never, CALL)).rejects.toThrow('Failed to parse URL');
      await expect(own({} as never, CALL)).rejects.toThrow('Failed to parse URL');
      expect(harness.recorded()).toEqual(NOTHING);
    });
  });

  describe('before initMonitoring', () => {
    it('only calls the inner fetch', () => {
      harness.stop();
      const promise = Promise.resolve(new Response('hi'));
      expect(instrumentFetch(() => promise)(URL_CHAT, CALL)).toBe(promise);
    });
  });

  describe('within another instrumented fetch', () => {
    it('leaves the call to the outer one', async () => {
      harness.loopback.reply(json(chatAnswer()));
      const twice = instrumentFetch(instrumentFetch(harness.fetch));
      await (await twice(URL_CHAT, CALL)).json();
      expect(harness.recorded()).toEqual(ONE);
    });

    it('counts a call to another URL that the inner fetch makes in its place, and each as it ended', async () => {
      harness.loopback.reply(json(chatAnswer(), 500), json(chatAnswer()));
      const failover = instrumentFetch(async (input, init) => {
        const [first, second] = [
          harness.fetch(input, init),
          harness.fetch('https://api.groq.com/openai/v1/chat/completions', init),
        ];
        await (await first).text();
        return second;
      });
      await (await failover(URL_CHAT, CALL)).json();
      expect(
        harness
          .recorded()
          .requests.map(({ provider, outcome }) => `${provider} ${outcome}`)
          .sort(),
      ).toEqual(['groq success', 'openai server_error']);
    });
  });

  describe('within observeRequest()', () => {
    const mine = { provider: 'mine', model: 'alias' };

    it('adds to that request what it reads, and counts none', async () => {
      harness.loopback.reply(json(chatAnswer()));
      await observeRequest(mine, async () => (await harness.fetch(URL_CHAT, CALL)).json());
      expect(harness.recorded()).toEqual({
        ...ONE,
        requests: [{ ...REQUEST, ...mine, streamed: undefined }],
      });
    });

    it('tells it of the first token of a stream, and leaves its end to it', async () => {
      harness.loopback.reply(events(CHAT_FRAMES));
      const response = await observeRequest(mine, () => harness.fetch(URL_CHAT, STREAM_CALL));
      await read(response.body);
      expect(harness.recorded()).toEqual({
        ...STREAMED,
        requests: [{ ...REQUEST, ...mine, streamed: undefined }],
      });
    });

    it('follows a retry as it followed the first call', async () => {
      harness.loopback.reply(json({}, 500), json(chatAnswer()));
      await observeRequest(mine, async () => {
        await (await harness.fetch(URL_CHAT, CALL)).text();
        return (await harness.fetch(URL_CHAT, CALL)).json();
      });
      expect(harness.recorded()).toEqual({
        ...ONE,
        requests: [{ ...REQUEST, ...mine, streamed: undefined }],
      });
    });
  });

  describe('with changes asked for', () => {
    const sent = async (options: object, init: RequestInit = STREAM_CALL, url = URL_CHAT) => {
      harness.loopback.reply(events(CHAT_FRAMES));
      await read((await harness.instrument(options)(url, init)).body);
      return harness.loopback.calls[0];
    };

    it('sends the trace on', async () => {
      const call = await sent({ propagate: true });
      const span = harness.recorder.exporter.getFinishedSpans()[0]?.spanContext();
      expect(call?.headers['traceparent']).toBe(`00-${span?.traceId}-${span?.spanId}-01`);
      expect(call?.headers['content-type']).toBe('application/json');
    });

    it('keeps a trace that the caller sends', async () => {
      const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
      const call = await sent({ propagate: true }, { ...STREAM_CALL, headers: { traceparent } });
      expect(call?.headers['traceparent']).toBe(traceparent);
    });

    it('asks for the usage of a stream', async () => {
      const headers = {
        'content-type': 'application/json',
        'content-length': String(STREAM_CALL.body.length),
      };
      const call = await sent({ includeStreamUsage: true }, { ...STREAM_CALL, headers });
      expect(JSON.parse(call?.body ?? '')).toEqual({
        ...JSON.parse(STREAM_CALL.body),
        stream_options: { include_usage: true },
      });
    });

    it.each([
      ['it is not streamed', CALL, URL_CHAT],
      ['it says otherwise', { ...POST, body: '{"model":"m","stream":true,"stream_options":{}}' }, URL_CHAT],
      ['the provider refuses it', STREAM_CALL, 'https://api.mistral.ai/v1/chat/completions'],
      ['it is a response', STREAM_CALL, 'https://api.openai.com/v1/responses'],
    ])('does not ask for it if %s', async (_title, init, url) => {
      const call = await sent({ includeStreamUsage: true }, init, url);
      expect(call?.body).toBe(init.body);
    });
  });

  describe('with hosts of the user', () => {
    it('counts their calls', async () => {
      harness.loopback.reply(json(chatAnswer()));
      const fetch = harness.instrument({ hosts: { 'localhost:4000': { provider: 'litellm' } } });
      await (await fetch('http://localhost:4000/v1/chat/completions', CALL)).json();
      expect(harness.recorded()).toEqual({ ...ONE, requests: [{ ...REQUEST, provider: 'litellm' }] });
    });

    it('takes a cost that LiteLLM reports in a header', async () => {
      harness.loopback.reply(json({ choices: [] }, 200, { 'x-litellm-response-cost': '0.000612' }));
      const fetch = harness.instrument({ hosts: { 'localhost:4000': { provider: 'litellm' } } });
      await (await fetch('http://localhost:4000/v1/chat/completions', CALL)).json();
      expect(harness.recorder.callsOf('cost')).toEqual([['cost', 'litellm', 'gpt-4o-mini', 0.000612]]);
    });
  });
});
