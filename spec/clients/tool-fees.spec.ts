import { type Billed, type BilledCall, billOf, byteByByte } from '../support/billed-models.js';
import { type FetchHarness, startFetchHarness } from '../support/fetch-harness.js';
import { CONTENT_ANSWER } from '../support/providers/google.js';
import { dataFrames, events, json, type Reply } from '../support/providers/loopback.js';
import { chatAnswer, chatChunk, responseAnswer, responseFrames } from '../support/providers/openai.js';

let harness: FetchHarness;
beforeAll(async () => {
  harness = await startFetchHarness();
});
afterEach(() => harness.reset());
afterAll(() => harness.close());

const USAGE = {
  input_tokens: 1_000,
  input_tokens_details: { cached_tokens: 0, cache_write_tokens: 0 },
  output_tokens: 100,
  output_tokens_details: { reasoning_tokens: 0 },
  total_tokens: 1_100,
};
const search = { type: 'web_search_call', id: 'ws_1', status: 'completed' };

/** The bill of a response, which must be the same whole, streamed, and streamed byte by byte. */
async function billOfResponse(response: object, call: Partial<BilledCall> = {}): Promise<Billed> {
  const { url = 'https://api.openai.com/v1/responses', body = { model: 'gpt-5' } } = call;
  const answer = { model: 'gpt-5', service_tier: 'default', usage: USAGE, ...response };
  const bill = await billOf(harness, { url, body, reply: json(responseAnswer(answer)) });
  const streamed = events(responseFrames('completed', answer));
  for (const reply of [streamed, byteByByte(streamed)]) {
    expect(await billOf(harness, { url, body, reply })).toEqual(bill);
  }
  return bill;
}

const TOKENS_USD = (1_000 * 1.25 + 100 * 10) / 1e6;

describe("a tool of OpenAI's responses", () => {
  it.each<[title: string, output: readonly object[], tools: readonly object[], feeUsd: number]>([
    [
      'two searches in files',
      [1, 2].map((id) => ({ type: 'file_search_call', id: `fs_${id}`, queries: ['a'], results: null })),
      [{ type: 'file_search', vector_store_ids: ['vs_1'] }],
      2 * 2.5e-3,
    ],
    [
      'searches of the web, of which opening a page is free',
      [
        { ...search, action: { type: 'search', query: 'a' } },
        { ...search, action: { type: 'open_page', url: 'https://a' } },
        { ...search, action: { type: 'find_in_page', url: 'https://a', pattern: 'a' } },
      ],
      [{ type: 'web_search' }],
      10e-3,
    ],
    [
      'a search of the preview',
      [{ ...search, action: { type: 'search', query: 'a' } }],
      [{ type: 'web_search_preview_2025_03_11', search_context_size: 'medium' }],
      10e-3,
    ],
    [
      'calls that have no fee',
      [
        'mcp_call',
        'computer_call',
        'function_call',
        'custom_tool_call',
        'local_shell_call',
        'tool_search_call',
      ].map((type) => ({ type, id: type, status: 'completed' })),
      [],
      0,
    ],
    [
      "a shell on the caller's machine",
      [{ type: 'shell_call', id: 'sh_1', environment: { type: 'local' }, action: { commands: [] } }],
      [{ type: 'shell' }],
      0,
    ],
  ])('costs its fee: %s', async (_title, output, tools, feeUsd) => {
    expect(await billOfResponse({ output, tools })).toMatchObject({
      costUsd: { 'gpt-5': expect.closeTo(TOKENS_USD + feeUsd, 12) },
      unpriced: [],
    });
  });

  it('costs more where a model that does not reason uses the preview', async () => {
    const output = [{ ...search, action: { type: 'search', query: 'a' } }];
    const response = { model: 'gpt-4.1', output, tools: [{ type: 'web_search_preview' }] };

    expect(await billOfResponse(response, { body: { model: 'gpt-4.1' } })).toMatchObject({
      costUsd: { 'gpt-4.1': expect.closeTo((1_000 * 2 + 100 * 8) / 1e6 + 25e-3, 12) },
    });
  });

  it('costs the same at Azure for files, while the price of its searches of the web is not known', async () => {
    const url = 'https://res.openai.azure.com/openai/v1/responses';
    const file = { type: 'file_search_call', id: 'fs_1', queries: ['a'], results: null };
    const ofWeb = { ...search, action: { type: 'search', query: 'a' } };

    expect(await billOfResponse({ output: [file] }, { url })).toMatchObject({
      costUsd: { 'gpt-5': expect.closeTo(TOKENS_USD + 2.5e-3, 12) },
    });
    expect(await billOfResponse({ output: [ofWeb] }, { url })).toMatchObject({
      costUsd: {},
      unpriced: ['gpt-5'],
    });
  });

  it.each<[title: string, output: object]>([
    ['code in a container', { type: 'code_interpreter_call', id: 'ci_1', container_id: 'cntr_1', code: '1' }],
    [
      'a shell in a container',
      {
        type: 'shell_call',
        id: 'sh_1',
        environment: { type: 'container_reference', container_id: 'cntr_1' },
        action: { commands: [] },
      },
    ],
    [
      'an image without its tokens',
      { type: 'image_generation_call', id: 'ig_1', status: 'completed', result: 'a' },
    ],
  ])('is unpriced, and not left out: %s', async (_title, item) => {
    expect(await billOfResponse({ output: [item] })).toMatchObject({
      tokens: { 'gpt-5': [1_000, 100] },
      costUsd: {},
      unpriced: ['gpt-5'],
    });
  });

  it('bills the model that generated an image', async () => {
    const response = {
      output: [{ type: 'image_generation_call', id: 'ig_1', status: 'completed', result: 'aGk=' }],
      tools: [{ type: 'image_generation', model: 'gpt-image-1-mini' }],
      tool_usage: {
        image_gen: {
          input_tokens: 60,
          input_tokens_details: { image_tokens: 20, text_tokens: 40 },
          output_tokens: 1_056,
          output_tokens_details: { image_tokens: 1_056, text_tokens: 0 },
          total_tokens: 1_116,
        },
        web_search: { num_requests: 0 },
      },
    };

    expect(await billOfResponse(response)).toEqual({
      tokens: { 'gpt-5': [1_000, 100], 'gpt-image-1-mini': [60, 1_056] },
      costUsd: {
        'gpt-5': expect.closeTo(TOKENS_USD, 12),
        'gpt-image-1-mini': expect.closeTo((40 * 2 + 20 * 2.5 + 1_056 * 8) / 1e6, 12),
      },
      unpriced: [],
      requests: [['gpt-5', 'success']],
    });
  });
});

describe('tools of xAI', () => {
  const details = {
    web_search_calls: 1,
    x_search_calls: 2,
    code_interpreter_calls: 1,
    file_search_calls: 3,
    mcp_calls: 4,
    document_search_calls: 0,
    image_generation_calls: 0,
  };
  const xai = (counters: object, rest: object = {}) => {
    const usage = { ...USAGE, server_side_tool_usage_details: counters, ...rest };
    // Its items name attempts, the counters those that succeeded.
    const output = [search, search].map((item) => ({ ...item, action: { type: 'search', query: 'a' } }));
    const answer = { model: 'grok-4.20-multi-agent', output, usage };
    const url = 'https://api.x.ai/v1/responses';
    return billOfResponse(answer, { url, body: { model: 'grok-4.20-multi-agent' } });
  };
  const tokensUsd = (1_000 * 2 + 100 * 6) / 1e6;

  it('cost what its page says, by its own counters', async () => {
    expect(await xai(details)).toMatchObject({
      costUsd: { 'grok-4.20-multi-agent': expect.closeTo(tokensUsd + 4 * 5e-3 + 3 * 2.5e-3, 12) },
    });
  });

  it('are unpriced where the fee of one is not known', async () => {
    const bill = await xai({ ...details, document_search_calls: 1 });

    expect(bill).toMatchObject({ costUsd: {}, unpriced: ['grok-4.20-multi-agent'] });
  });

  it('cost what xAI says that they did', async () => {
    const bill = await xai({ ...details, document_search_calls: 1 }, { cost_in_usd_ticks: 490_144_000 });

    expect(bill.costUsd).toEqual({ 'grok-4.20-multi-agent': expect.closeTo(0.0490144, 12) });
  });
});

describe('a compound system of Groq', () => {
  const model = 'groq/compound';
  const url = 'https://api.groq.com/openai/v1/chat/completions';
  const usage = { prompt_tokens: 3_000, completion_tokens: 300, total_tokens: 3_300 };
  const usage_breakdown = {
    models: [
      {
        model: 'openai/gpt-oss-120b',
        usage: { prompt_tokens: 2_000, completion_tokens: 200, total_tokens: 2_200 },
      },
      {
        model: 'openai/gpt-oss-20b',
        usage: { prompt_tokens: 1_000, completion_tokens: 100, total_tokens: 1_100 },
      },
    ],
  };
  const tool = { index: 0, type: 'search', arguments: '{"query":"a"}' };
  const message = { role: 'assistant', content: 'Hi' };

  const whole = (tools: readonly object[]): Reply => {
    const choice = { index: 0, finish_reason: 'stop', message: { ...message, executed_tools: tools } };
    return json(chatAnswer({ model, choices: [choice], usage, usage_breakdown }));
  };
  const streamed = (tools: readonly object[]): Reply =>
    events(
      dataFrames([
        chatChunk({ role: 'assistant', content: '' }),
        ...tools.map((one) => chatChunk({ executed_tools: [one] })),
        chatChunk({ content: 'Hi' }),
        // The tool again, with its result.
        ...tools.map((one) => chatChunk({ executed_tools: [{ ...one, output: 'a' }] })),
        chatChunk({}, 'stop', { x_groq: { usage, usage_breakdown } }),
      ]),
    );

  it.each([
    ['whole', whole([])],
    ['streamed', streamed([])],
    ['byte by byte', byteByByte(streamed([]))],
  ])('costs what the models behind it cost: %s', async (_title, reply) => {
    expect(await billOf(harness, { url, body: { model }, reply })).toMatchObject({
      tokens: { [model]: [3_000, 300] },
      costUsd: {
        [model]: expect.closeTo((2_000 * 0.15 + 200 * 0.6 + 1_000 * 0.075 + 100 * 0.3) / 1e6, 12),
      },
    });
  });

  it.each([
    ['whole', whole([tool])],
    ['streamed', streamed([tool])],
    ['byte by byte', byteByByte(streamed([tool]))],
  ])('is unpriced where it used a tool: %s', async (_title, reply) => {
    expect(await billOf(harness, { url, body: { model }, reply })).toMatchObject({
      costUsd: {},
      unpriced: [model],
    });
  });
});

describe('a search of Gemini', () => {
  const url = 'https://generativelanguage.googleapis.com/v1beta/models/gemini-2.5-flash';
  const [candidate] = (CONTENT_ANSWER as { candidates: object[] }).candidates;
  const grounded = {
    ...CONTENT_ANSWER,
    candidates: [{ ...candidate, groundingMetadata: { webSearchQueries: ['a', 'b'], groundingChunks: [] } }],
  };

  it('is unpriced, because some are free each day', async () => {
    const whole = { url: `${url}:generateContent`, body: {}, reply: json(grounded) };
    const first = dataFrames([grounded, CONTENT_ANSWER]);
    const streamed = { url: `${url}:streamGenerateContent?alt=sse`, body: {}, reply: events(first) };

    for (const call of [whole, streamed, { ...streamed, reply: byteByByte(streamed.reply) }]) {
      expect(await billOf(harness, call)).toMatchObject({ costUsd: {}, unpriced: ['gemini-2.5-flash'] });
    }
  });
});

describe('a request of Perplexity', () => {
  const url = 'https://api.perplexity.ai/chat/completions';
  const counts = { prompt_tokens: 1_000, completion_tokens: 100, total_tokens: 1_100 };
  const feeOf = async (asked: object, said: object = {}) => {
    const body = { model: 'sonar-pro', ...asked };
    const reply = json(chatAnswer({ model: 'sonar-pro', usage: { ...counts, ...said } }));
    const { costUsd } = await billOf(harness, { url, body, reply });
    return (Number(costUsd['sonar-pro']) - (1_000 * 3 + 100 * 15) / 1e6) * 1_000;
  };
  const size = (search_context_size: string) => ({ web_search_options: { search_context_size } });

  it.each<[title: string, asked: object, said: object, feeUsd: number]>([
    ['none is asked for', {}, {}, 6],
    ['low is asked for', size('low'), {}, 6],
    ['medium is asked for', size('medium'), {}, 10],
    ['high is asked for', size('high'), {}, 14],
    ['the answer says another one', size('high'), { search_context_size: 'low' }, 6],
    ['the answer alone says one', {}, { search_context_size: 'high' }, 14],
  ])('costs a fee by the size of its search context: %s', async (_title, asked, said, feeUsd) => {
    expect(await feeOf(asked, said)).toBeCloseTo(feeUsd, 9);
  });

  it('costs what Perplexity says that it did', async () => {
    const reply = json(
      chatAnswer({ model: 'sonar-pro', usage: { ...counts, cost: { total_cost: 0.0123 } } }),
    );
    const bill = await billOf(harness, { url, body: { model: 'sonar-pro', ...size('high') }, reply });

    expect(bill.costUsd).toEqual({ 'sonar-pro': 0.0123 });
  });
});
