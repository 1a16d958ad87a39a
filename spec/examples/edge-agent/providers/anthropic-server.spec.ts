import Anthropic from '@anthropic-ai/sdk';
import type { Listening } from '../../../../examples/edge-agent/http.js';
import { ANTHROPIC_DIALECT } from '../../../../examples/edge-agent/providers/anthropic-server.js';
import {
  ANTHROPIC,
  type Character,
  type Fault,
  withoutFaults,
} from '../../../../examples/edge-agent/providers/faults.js';
import { startProvider } from '../../../../examples/edge-agent/providers/provider-server.js';

const calm: Character = { ...withoutFaults(ANTHROPIC), limits: { requests: 10, tokens: 100_000 } };
const system = [
  { type: 'text' as const, text: 'Be brief. '.repeat(1000), cache_control: { type: 'ephemeral' as const } },
];
const ask = {
  model: 'claude-sonnet-4-6',
  max_tokens: 1024,
  messages: [{ role: 'user' as const, content: 'How do I change my password?' }],
};

let server: Listening | undefined;
afterEach(() => server?.close());

async function start(character: Character = calm) {
  server = await startProvider(ANTHROPIC_DIALECT, character, 1);
  return new Anthropic({ baseURL: `http://127.0.0.1:${server.port}`, apiKey: 'sk-ant-test', maxRetries: 0 });
}

const failing = (fault: Fault): Character => ({ ...calm, sporadic: [{ fault, share: 1 }] });

describe('startProvider() with the Anthropic dialect', () => {
  it('answers in the format of a message', async () => {
    const client = await start();
    const { data, response } = await client.messages.create({ ...ask, system }).withResponse();
    const [block] = data.content;
    const text = block?.type === 'text' ? block.text : '';
    expect(data).toEqual({
      id: 'msg_000000000000000000000000',
      type: 'message',
      role: 'assistant',
      model: 'claude-sonnet-4-6',
      content: [{ type: 'text', text: expect.stringMatching(/^\w.{50,}[.?]$/), citations: null }],
      stop_reason: 'end_turn',
      stop_sequence: null,
      stop_details: null,
      container: null,
      diagnostics: null,
      usage: {
        input_tokens: 7,
        cache_creation_input_tokens: 2500,
        cache_read_input_tokens: 0,
        cache_creation: { ephemeral_5m_input_tokens: 2500, ephemeral_1h_input_tokens: 0 },
        output_tokens: Math.ceil(text.length / 4),
        output_tokens_details: null,
        server_tool_use: null,
        service_tier: 'standard',
        inference_geo: 'global',
        speed: 'standard',
      },
    });
    const header = (name: string) => response.headers.get(`anthropic-ratelimit-${name}`);
    expect([header('requests-limit'), header('requests-remaining'), header('tokens-limit')]).toEqual([
      '10',
      '9',
      '100000',
    ]);
    expect(header('requests-reset')).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    expect(response.headers.get('request-id')).toMatch(/^req_[0-9a-f]{24}$/);
  });

  it('reads a marked prefix that it knows from its cache, and only a marked one that is long enough', async () => {
    const client = await start();
    const unmarked = system.map(({ type, text }) => ({ type, text }));
    const [short] = system.map((block) => ({ ...block, text: 'Be brief.' }));
    const usages: unknown[] = [];
    for (const blocks of [system, system, unmarked, short ? [short] : []]) {
      const { usage } = await client.messages.create({ ...ask, system: blocks });
      usages.push([usage.input_tokens, usage.cache_creation_input_tokens, usage.cache_read_input_tokens]);
    }
    expect(usages).toEqual([
      [7, 2500, 0],
      [7, 0, 2500],
      [2508, 0, 0],
      [10, 0, 0],
    ]);
  });

  it('streams the events in their order, with the input at the start and the output at the end', async () => {
    const client = await start();
    const stream = await client.messages.create({ ...ask, system, stream: true });
    const events: Anthropic.MessageStreamEvent[] = [];
    for await (const event of stream) events.push(event);
    const types = events.map(({ type }) => type).filter((type, index, all) => type !== all[index - 1]);
    expect(types).toEqual([
      'message_start',
      'content_block_start',
      'content_block_delta',
      'content_block_stop',
      'message_delta',
      'message_stop',
    ]);
    const text = events
      .map((event) =>
        event.type === 'content_block_delta' && event.delta.type === 'text_delta' ? event.delta.text : '',
      )
      .join('');
    const [first] = events;
    expect(
      first?.type === 'message_start' && [
        first.message.usage.cache_creation_input_tokens,
        first.message.usage.output_tokens,
      ],
    ).toEqual([2500, 1]);
    expect(events.at(-2)).toEqual({
      type: 'message_delta',
      delta: { stop_reason: 'end_turn', stop_sequence: null, stop_details: null, container: null },
      usage: {
        input_tokens: 7,
        cache_creation_input_tokens: 2500,
        cache_read_input_tokens: 0,
        output_tokens: Math.ceil(text.length / 4),
        output_tokens_details: null,
        server_tool_use: null,
      },
    });
  });

  it('stops at the limit', async () => {
    const client = await start();
    const { stop_reason: reason, usage } = await client.messages.create({ ...ask, max_tokens: 5 });
    expect([reason, usage.output_tokens]).toEqual(['max_tokens', 5]);
  });

  it.each([
    ['rate_limited', 429, 'rate_limit_error', '1'],
    ['server_error', 500, 'api_error', null],
    ['overloaded', 529, 'overloaded_error', null],
  ] as const)('says %s as Anthropic does', async (fault, status, type, retryAfter) => {
    const client = await start(failing(fault));
    const error = await client.messages.create(ask).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(Anthropic.APIError);
    expect([error.status, error.error, error.headers.get('retry-after')]).toEqual([
      status,
      {
        type: 'error',
        error: { type, message: expect.any(String) },
        request_id: expect.stringMatching(/^req_/),
      },
      retryAfter,
    ]);
  });

  it('says in the middle of a stream that it is overloaded', async () => {
    const client = await start(failing('cut_stream'));
    const stream = await client.messages.create({ ...ask, stream: true });
    const read = async () => {
      for await (const _ of stream);
    };
    await expect(read()).rejects.toThrow('overloaded_error');
  });

  it('refuses a body without max_tokens', async () => {
    const client = await start();
    const { max_tokens: _, ...body } = ask;
    const error = await client.messages.create(body as typeof ask).catch((thrown) => thrown);
    expect([error.status, error.error.error.type]).toEqual([400, 'invalid_request_error']);
  });
});
