import OpenAI, { AzureOpenAI, toFile } from 'openai';
import { instrumentFetch } from '../../../lib/fetch.js';
import {
  type FetchHarness,
  type Recorded,
  type RequestRecord,
  recordedOnce,
  startFetchHarness,
} from '../../support/fetch-harness.js';
import { dataFrames, events, gzip, json } from '../../support/providers/loopback.js';
import {
  CHAT_COUNTS,
  CHAT_FRAMES,
  CHAT_USAGE,
  chatAnswer,
  chatChunk,
  EMBEDDINGS_ANSWER,
  REASONING_FRAMES,
  RESPONSE_COUNTS,
  responseAnswer,
  responseFrames,
  TOOL_FRAMES,
} from '../../support/providers/openai.js';

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
const NOTHING: Recorded = { ...ONE, requests: [], usage: [] };
const STREAMED: RequestRecord = { ...REQUEST, streamed: true };
const SILENT = { answeredBy: undefined, finishReasons: undefined };
const PROMPT = { model: 'gpt-4o-mini', messages: [{ role: 'user' as const, content: 'Hi' }] };

let harness: FetchHarness;
let client: OpenAI;
beforeAll(async () => {
  harness = await startFetchHarness();
  client = new OpenAI({ apiKey: 'key', fetch: harness.fetch, maxRetries: 0 });
});
afterEach(() => harness.reset());
afterAll(() => harness.close());

describe('the OpenAI client', () => {
  describe('with chat completions', () => {
    it('gets its answer, and it is recorded', async () => {
      harness.loopback.reply(gzip(json(chatAnswer())));
      expect(await client.chat.completions.create(PROMPT)).toEqual(chatAnswer());
      expect(harness.recorded()).toEqual(ONE);
    });

    it.each([
      ['text', CHAT_FRAMES, 'stop', 7],
      ['a tool call', TOOL_FRAMES, 'tool_calls', 6],
      ['reasoning', REASONING_FRAMES, 'stop', 4],
    ])('gets every chunk of a stream of %s', async (_title, frames, reason, count) => {
      harness.loopback.reply(events(frames));
      const chunks: unknown[] = [];
      for await (const chunk of await client.chat.completions.create({ ...PROMPT, stream: true }))
        chunks.push(chunk);
      expect(chunks).toEqual(frames.slice(0, count).map((frame) => JSON.parse(frame.slice(6))));
      expect(harness.recorded()).toEqual({
        ...ONE,
        requests: [{ ...STREAMED, finishReasons: [reason] }],
        firstTokens: 1,
      });
    });

    it('reads CRLF and data of several lines', async () => {
      const frames = CHAT_FRAMES.map((frame) => frame.replace(',"created"', ',\ndata: "created"'));
      const body = frames.map((frame) => `${frame}\n\n`.replaceAll('\n', '\r\n'));
      harness.loopback.reply({ headers: { 'content-type': 'text/event-stream' }, body });
      let text = '';
      for await (const chunk of await client.chat.completions.create({ ...PROMPT, stream: true })) {
        text += chunk.choices[0]?.delta.content ?? '';
      }
      expect(text).toBe('Grüß dich! 😀');
      expect(harness.recorded()).toEqual({ ...ONE, requests: [STREAMED], firstTokens: 1 });
    });

    it('keeps the methods of its promises', async () => {
      harness.loopback.reply(json(chatAnswer(), 200, { 'x-request-id': 'req_1' }));
      const { data, request_id } = await client.chat.completions.create(PROMPT).withResponse();
      const response = await client.chat.completions.create(PROMPT).asResponse();
      expect([data, request_id, await response.json()]).toEqual([chatAnswer(), 'req_1', chatAnswer()]);
      expect(harness.recorded()).toEqual({
        ...ONE,
        requests: [REQUEST, REQUEST],
        usage: [CHAT_COUNTS, CHAT_COUNTS],
      });
    });

    it('records one request for both branches of a stream', async () => {
      harness.loopback.reply(events(CHAT_FRAMES));
      const [one, other] = (await client.chat.completions.create({ ...PROMPT, stream: true })).tee();
      const count = async (stream: AsyncIterable<unknown>) => {
        let chunks = 0;
        for await (const _chunk of stream) chunks += 1;
        return chunks;
      };
      expect(await Promise.all([count(one), count(other)])).toEqual([7, 7]);
      expect(harness.recorded()).toEqual({ ...ONE, requests: [STREAMED], firstTokens: 1 });
    });
  });

  describe('with failures', () => {
    const quota = { error: { message: 'No credit', type: 'insufficient_quota', code: 'insufficient_quota' } };

    it.each([
      [429, quota, OpenAI.RateLimitError, 'quota_exceeded'],
      [429, { error: { code: 'rate_limit_exceeded' } }, OpenAI.RateLimitError, 'rate_limited'],
      [400, { error: { code: 'context_length_exceeded' } }, OpenAI.BadRequestError, 'context_length'],
      [401, { error: { code: 'invalid_api_key' } }, OpenAI.AuthenticationError, 'auth'],
      [500, {}, OpenAI.InternalServerError, 'server_error'],
    ])('throws for a %d what it always throws', async (status, body, error, outcome) => {
      harness.loopback.reply(json(body, status));
      await expect(client.chat.completions.create(PROMPT)).rejects.toThrow(error);
      expect(harness.recorded()).toEqual({ ...NOTHING, requests: [{ ...REQUEST, ...SILENT, outcome }] });
    });

    it('counts each try of a call that it repeats', async () => {
      const patient = new OpenAI({ apiKey: 'key', fetch: harness.fetch, maxRetries: 1 });
      harness.loopback.reply(json({}, 500, { 'retry-after-ms': '1' }), json(chatAnswer()));
      await patient.chat.completions.create(PROMPT);
      expect(harness.recorded()).toEqual({
        ...ONE,
        requests: [{ ...REQUEST, ...SILENT, outcome: 'server_error' }, REQUEST],
      });
    });

    it('counts a stream that breaks off', async () => {
      harness.loopback.reply(events(CHAT_FRAMES.slice(0, 3), { ending: 'break' }));
      const stream = await client.chat.completions.create({ ...PROMPT, stream: true });
      await expect(
        (async () => {
          for await (const _chunk of stream);
        })(),
      ).rejects.toThrow('terminated');
      expect(harness.recorded()).toEqual({
        ...NOTHING,
        requests: [{ ...STREAMED, outcome: 'stream_interrupted', finishReasons: undefined }],
        firstTokens: 1,
      });
    });

    it('counts an error within a stream', async () => {
      const frames = dataFrames([
        chatChunk({ content: 'x' }),
        { error: { message: 'Busy', code: 'server_error' } },
      ]);
      harness.loopback.reply(events(frames));
      const stream = await client.chat.completions.create({ ...PROMPT, stream: true });
      await expect(
        (async () => {
          for await (const _chunk of stream);
        })(),
      ).rejects.toThrow(OpenAI.APIError);
      expect(harness.recorded()).toMatchObject({ requests: [{ outcome: 'server_error' }], active: 0 });
    });

    it.each<
      readonly [string, (stream: AsyncIterable<unknown> & { controller: AbortController }) => Promise<void>]
    >([
      [
        'a break',
        async (stream) => {
          for await (const _chunk of stream) break;
        },
      ],
      [
        'an abort',
        async (stream) => {
          for await (const _chunk of stream) stream.controller.abort();
        },
      ],
    ])('counts %s as cancelled by the client', async (_title, leave) => {
      harness.loopback.reply(events(CHAT_FRAMES.slice(0, 3), { ending: 'hang' }));
      await leave(await client.chat.completions.create({ ...PROMPT, stream: true }));
      expect(harness.recorded()).toMatchObject({ requests: [{ outcome: 'client_cancelled' }], active: 0 });
    });

    it('tells its time limit from its user', async () => {
      const never = instrumentFetch(
        (_input, init) =>
          new Promise((_resolve, reject) => {
            const error = Object.assign(new Error('This operation was aborted'), { name: 'AbortError' });
            init?.signal?.addEventListener('abort', () => reject(error));
          }),
      );
      const hurried = new OpenAI({ apiKey: 'key', fetch: never, maxRetries: 0, timeout: 5 });
      await expect(hurried.chat.completions.create(PROMPT)).rejects.toThrow(OpenAI.APIConnectionTimeoutError);
      expect(harness.recorded()).toEqual({
        ...NOTHING,
        requests: [{ ...REQUEST, ...SILENT, outcome: 'timeout' }],
      });
    });
  });

  describe('with responses', () => {
    const RESPONSE: RequestRecord = {
      ...REQUEST,
      model: 'o4-mini',
      answeredBy: 'o4-mini-2025-04-16',
      finishReasons: ['completed'],
    };

    it('gets its answer, and it is recorded', async () => {
      harness.loopback.reply(json(responseAnswer()));
      const response = await client.responses.create({ model: 'o4-mini', input: 'Hi' });
      expect(response.output_text).toBe('Hi');
      expect(harness.recorded()).toEqual({ ...ONE, requests: [RESPONSE], usage: [RESPONSE_COUNTS] });
    });

    it.each([
      ['completed', {}, 'success', ['completed']],
      [
        'incomplete',
        { incomplete_details: { reason: 'max_output_tokens' } },
        'success',
        ['max_output_tokens'],
      ],
      ['failed', { error: { code: 'server_error', message: 'x' } }, 'server_error', undefined],
    ] as const)('reads a stream that is %s', async (last, overrides, outcome, finishReasons) => {
      harness.loopback.reply(events(responseFrames(last, overrides)));
      let count = 0;
      for await (const _event of await client.responses.create({
        model: 'o4-mini',
        input: 'Hi',
        stream: true,
      })) {
        count += 1;
      }
      expect(count).toBe(9);
      expect(harness.recorded()).toEqual({
        ...ONE,
        requests: [{ ...RESPONSE, streamed: true, outcome, finishReasons }],
        usage: [RESPONSE_COUNTS],
        firstTokens: 1,
      });
    });
  });

  describe('with other endpoints', () => {
    it('counts embeddings', async () => {
      harness.loopback.reply(json(EMBEDDINGS_ANSWER));
      await client.embeddings.create({
        model: 'text-embedding-3-small',
        input: 'Hi',
        encoding_format: 'float',
      });
      const request = {
        ...REQUEST,
        ...SILENT,
        model: 'text-embedding-3-small',
        operation: 'embeddings',
        answeredBy: 'text-embedding-3-small',
      };
      expect(harness.recorded()).toEqual({ ...ONE, requests: [request], usage: [{ inputTokens: 8 }] });
    });

    it('counts a transcription, whose model is in a form', async () => {
      const usage = {
        type: 'tokens',
        input_tokens: 14,
        input_token_details: { text_tokens: 0, audio_tokens: 14 },
        output_tokens: 45,
        total_tokens: 59,
      };
      harness.loopback.reply(json({ text: 'Hi', usage }));
      const file = await toFile(Buffer.from('RIFF'), 'a.wav');
      await client.audio.transcriptions.create({ model: 'gpt-4o-transcribe', file });
      expect(harness.recorded()).toEqual({
        ...ONE,
        requests: [{ ...REQUEST, ...SILENT, model: 'gpt-4o-transcribe', operation: 'transcription' }],
        usage: [{ inputTokens: 14, outputTokens: 45, inputAudioTokens: 14 }],
      });
    });

    it('counts an image of ten megabytes', async () => {
      const usage = {
        input_tokens: 50,
        output_tokens: 4_160,
        total_tokens: 4_210,
        input_tokens_details: { text_tokens: 10, image_tokens: 40 },
      };
      const b64_json = 'iVBORw0KGgo='.repeat(900_000);
      harness.loopback.reply(json({ created: 1, data: [{ b64_json }], usage }));
      const { data } = await client.images.generate({ model: 'gpt-image-1', prompt: 'A cat' });
      expect(data?.[0]?.b64_json?.length).toBe(b64_json.length);
      expect(harness.recorded()).toEqual({
        ...ONE,
        requests: [{ ...REQUEST, ...SILENT, model: 'gpt-image-1', operation: 'image_generation' }],
        usage: [{ inputTokens: 50, outputTokens: 4_160, inputImageTokens: 40 }],
      });
    });

    it('does not count a list of models', async () => {
      harness.loopback.reply(json({ object: 'list', data: [] }));
      await client.models.list();
      expect(harness.recorded()).toEqual(NOTHING);
    });
  });

  describe('with providers that speak its format', () => {
    it('counts a deployment of Azure', async () => {
      const azure = new AzureOpenAI({
        apiKey: 'key',
        apiVersion: '2024-10-21',
        endpoint: 'https://mine.openai.azure.com',
        deployment: 'my-gpt',
        fetch: harness.fetch,
      });
      harness.loopback.reply(events(CHAT_FRAMES));
      for await (const _chunk of await azure.chat.completions.create({ ...PROMPT, stream: true }));
      expect(harness.recorded()).toEqual({
        ...ONE,
        requests: [{ ...STREAMED, provider: 'azure', model: 'my-gpt' }],
        firstTokens: 1,
      });
    });

    it('counts DeepSeek with its own place for cache hits', async () => {
      const usage = {
        prompt_tokens: 100,
        completion_tokens: 5,
        total_tokens: 105,
        prompt_cache_hit_tokens: 64,
      };
      harness.loopback.reply(json(chatAnswer({ usage })));
      const deepseek = new OpenAI({
        apiKey: 'key',
        baseURL: 'https://api.deepseek.com',
        fetch: harness.fetch,
      });
      await deepseek.chat.completions.create({ ...PROMPT, model: 'deepseek-chat' });
      expect(harness.recorded()).toEqual({
        ...ONE,
        requests: [{ ...REQUEST, provider: 'deepseek', model: 'deepseek-chat' }],
        usage: [{ inputTokens: 100, outputTokens: 5, cacheReadTokens: 64 }],
      });
    });

    it('gets the usage of a stream that it did not ask for, if asked to', async () => {
      const fetch = harness.instrument({ includeStreamUsage: true });
      const asking = new OpenAI({ apiKey: 'key', fetch });
      harness.loopback.reply(events(CHAT_FRAMES));
      for await (const _chunk of await asking.chat.completions.create({ ...PROMPT, stream: true }));
      expect(JSON.parse(harness.loopback.calls[0]?.body ?? '')).toEqual({
        ...PROMPT,
        stream: true,
        stream_options: { include_usage: true },
      });
      expect(harness.recorded().usage).toEqual([CHAT_COUNTS]);
      expect(CHAT_USAGE.prompt_tokens).toBe(CHAT_COUNTS.inputTokens);
    });
  });
});
