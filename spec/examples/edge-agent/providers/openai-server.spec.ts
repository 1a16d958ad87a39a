import OpenAI from 'openai';
import type { Listening } from '../../../../examples/edge-agent/http.js';
import {
  type Character,
  type Fault,
  OPENAI,
  withoutFaults,
} from '../../../../examples/edge-agent/providers/faults.js';
import { OPENAI_DIALECT } from '../../../../examples/edge-agent/providers/openai-server.js';
import { startProvider } from '../../../../examples/edge-agent/providers/provider-server.js';

const calm: Character = { ...withoutFaults(OPENAI), limits: { requests: 10, tokens: 100_000 } };
const HANDBOOK = 'Be brief. '.repeat(500);
const messages = [
  { role: 'system' as const, content: HANDBOOK },
  { role: 'user' as const, content: 'How do I change my password?' },
];

let server: Listening | undefined;
afterEach(() => server?.close());

async function start(character: Character = calm) {
  server = await startProvider(OPENAI_DIALECT, character, 1);
  const baseURL = `http://127.0.0.1:${server.port}/v1`;
  return { client: new OpenAI({ baseURL, apiKey: 'sk-test', maxRetries: 0 }), baseURL };
}

const failing = (fault: Fault): Character => ({ ...calm, sporadic: [{ fault, share: 1 }] });

describe('startProvider() with the OpenAI dialect', () => {
  it('answers in the format of a chat completion', async () => {
    const { client } = await start();
    const { data, response } = await client.chat.completions
      .create({ model: 'gpt-4o-mini', messages })
      .withResponse();
    const content = data.choices[0]?.message.content ?? '';
    const tokens = Math.ceil(content.length / 4);
    expect(data).toEqual({
      id: 'chatcmpl-000000000000000000000000',
      object: 'chat.completion',
      created: expect.any(Number),
      model: 'gpt-4o-mini-2024-07-18',
      choices: [
        {
          index: 0,
          message: {
            role: 'assistant',
            content: expect.stringMatching(/^\w.{50,}[.?]$/),
            refusal: null,
            annotations: [],
          },
          logprobs: null,
          finish_reason: 'stop',
        },
      ],
      usage: {
        prompt_tokens: 1257,
        completion_tokens: tokens,
        total_tokens: 1257 + tokens,
        prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
        completion_tokens_details: {
          reasoning_tokens: 0,
          audio_tokens: 0,
          accepted_prediction_tokens: 0,
          rejected_prediction_tokens: 0,
        },
      },
      service_tier: 'default',
      system_fingerprint: 'fp_loopback',
    });
    expect(response.headers.get('x-request-id')).toMatch(/^req_[0-9a-f]{24}$/);
  });

  it('reads a prefix that it knows from its cache, in blocks of 128 tokens', async () => {
    const { client } = await start();
    const cachedTokens: unknown[] = [];
    for (let count = 0; count < 2; count += 1) {
      const { usage } = await client.chat.completions.create({ model: 'gpt-4o-mini', messages });
      cachedTokens.push(usage?.prompt_tokens_details?.cached_tokens);
    }
    expect(cachedTokens).toEqual([0, 1152]);
  });

  it('counts reasoning as output and stops at the limit', async () => {
    const { client } = await start();
    const answer = await client.chat.completions.create({
      model: 'gpt-5-mini',
      messages,
      max_completion_tokens: 10,
    });
    const reasoning = answer.usage?.completion_tokens_details?.reasoning_tokens ?? 0;
    expect([answer.choices[0]?.finish_reason, answer.choices[0]?.message.content?.length]).toEqual([
      'length',
      40,
    ]);
    expect([reasoning % 64, answer.usage?.completion_tokens]).toEqual([0, reasoning + 10]);
    expect(reasoning).toBeGreaterThan(0);
  });

  it('streams the role, the text, the reason of the end, and the usage last', async () => {
    const { client } = await start();
    const body = { model: 'gpt-4o-mini', messages, stream: true as const };
    const stream = await client.chat.completions.create({ ...body, stream_options: { include_usage: true } });
    const chunks: OpenAI.ChatCompletionChunk[] = [];
    for await (const chunk of stream) chunks.push(chunk);
    const text = chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('');
    expect(chunks[0]?.choices[0]?.delta).toEqual({ role: 'assistant', content: '', refusal: null });
    expect(chunks.at(-2)?.choices).toEqual([{ index: 0, delta: {}, logprobs: null, finish_reason: 'stop' }]);
    expect(chunks.at(-1)?.choices).toEqual([]);
    expect(chunks.at(-1)?.usage?.completion_tokens).toBe(Math.ceil(text.length / 4));
    expect(chunks.slice(0, -1).map(({ usage }) => usage)).toEqual(new Array(chunks.length - 1).fill(null));
  });

  it('keeps the usage to itself unless it was asked for, and ends with [DONE]', async () => {
    const { baseURL } = await start();
    const response = await fetch(`${baseURL}/chat/completions`, {
      method: 'POST',
      headers: { authorization: 'Bearer sk-test' },
      body: JSON.stringify({ model: 'gpt-4o-mini', messages, stream: true }),
    });
    const text = await response.text();
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(text).not.toContain('usage');
    expect(text.endsWith('\n\ndata: [DONE]\n\n')).toBe(true);
  });

  it('counts its rate limit down in the headers', async () => {
    const { client } = await start();
    const seen: unknown[] = [];
    for (let count = 0; count < 2; count += 1) {
      const { response, data } = await client.chat.completions
        .create({ model: 'gpt-4o-mini', messages })
        .withResponse();
      const header = (name: string) => Number(response.headers.get(`x-ratelimit-${name}`));
      seen.push([header('limit-requests'), header('remaining-requests'), header('limit-tokens')]);
      seen.push(header('remaining-tokens') === 100_000 - (count + 1) * (data.usage?.total_tokens ?? 0));
    }
    expect(seen).toEqual([[10, 9, 100_000], true, [10, 8, 100_000], false]);
  });

  it.each([
    ['rate_limited', 429, 'requests', 'rate_limit_exceeded', '1'],
    ['server_error', 500, 'server_error', null, null],
    ['overloaded', 503, 'service_unavailable_error', null, null],
  ] as const)('says %s as OpenAI does', async (fault, status, type, code, retryAfter) => {
    const { client } = await start(failing(fault));
    const error = await client.chat.completions
      .create({ model: 'gpt-4o-mini', messages })
      .catch((thrown) => thrown);
    expect(error).toBeInstanceOf(OpenAI.APIError);
    expect([error.status, error.type, error.code, error.headers.get('retry-after')]).toEqual([
      status,
      type,
      code,
      retryAfter,
    ]);
  });

  it('hangs up without an answer when unreachable', async () => {
    const { client } = await start(failing('unreachable'));
    const asking = client.chat.completions.create({ model: 'gpt-4o-mini', messages });
    await expect(asking).rejects.toBeInstanceOf(OpenAI.APIConnectionError);
  });

  it('breaks off in the middle of a stream', async () => {
    const { client } = await start(failing('cut_stream'));
    const stream = await client.chat.completions.create({ model: 'gpt-4o-mini', messages, stream: true });
    const read = async () => {
      for await (const _ of stream);
    };
    await expect(read()).rejects.toThrow('terminated');
  });

  it.each([
    ['a wrong key', 'nonsense', 'gpt-4o-mini', 401, 'invalid_api_key'],
    ['a model that it does not have', 'sk-test', 'gpt-99', 404, 'model_not_found'],
  ])('refuses %s', async (_, apiKey, model, status, code) => {
    const { baseURL } = await start();
    const client = new OpenAI({ baseURL, apiKey, maxRetries: 0 });
    const error = await client.chat.completions.create({ model, messages }).catch((thrown) => thrown);
    expect([error.status, error.code]).toEqual([status, code]);
  });

  it('refuses a body that is not JSON', async () => {
    const { baseURL } = await start();
    const headers = { authorization: 'Bearer sk-test' };
    const response = await fetch(`${baseURL}/chat/completions`, { method: 'POST', headers, body: '{' });
    expect([response.status, Object.keys(((await response.json()) as { error: object }).error)]).toEqual([
      400,
      ['message', 'type', 'param', 'code'],
    ]);
  });
});
