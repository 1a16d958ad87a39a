import Anthropic from '@anthropic-ai/sdk';
import { observeRequest } from '../../lib/index.js';
import { type BilledCall, billOf, byteByByte } from '../support/billed-models.js';
import { type FetchHarness, startFetchHarness } from '../support/fetch-harness.js';
import { endEvents, messageAnswer, TEXT_EVENTS } from '../support/providers/anthropic.js';
import { events, json, namedFrames } from '../support/providers/loopback.js';

const URL = 'https://api.anthropic.com/v1/messages';

interface Counts {
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly cache_read_input_tokens?: number;
}

const iteration = (type: string, counts: Counts, model?: string) => ({
  type,
  ...(model === undefined ? {} : { model }),
  cache_creation: null,
  cache_creation_input_tokens: 0,
  cache_read_input_tokens: 0,
  ...counts,
});

/** A message, whole and streamed. `started` is the model that a stream begins with. */
function answers(model: string, usage: Counts & object, started = model, extra: object = {}) {
  const message = messageAnswer({ model, usage, ...extra });
  const first = { input_tokens: usage.input_tokens, output_tokens: 1 };
  const start = { ...messageAnswer({ model: started, usage: first }), content: [], stop_reason: null };
  const hop = {
    type: 'fallback',
    from: { model: started },
    to: { model },
    trigger: { type: 'refusal', category: 'cyber' },
  };
  const hops = started === model ? [] : [block(0, hop), { type: 'content_block_stop', index: 0 }];
  const frames = [{ type: 'message_start', message: start }, ...hops, ...TEXT_EVENTS];
  return [json(message), events(namedFrames([...frames, ...endEvents('end_turn', usage)]))] as const;
}

const block = (index: number, content_block: object) => ({
  type: 'content_block_start',
  index,
  content_block,
});

let harness: FetchHarness;
beforeAll(async () => {
  harness = await startFetchHarness();
});
afterEach(() => harness.reset());
afterAll(() => harness.close());

/** The bill of a call, which must be the same whole, streamed, and streamed byte by byte. */
async function billOfAll(call: Omit<BilledCall, 'reply'>, [whole, streamed]: ReturnType<typeof answers>) {
  const bill = await billOf(harness, { ...call, reply: whole });
  for (const reply of [streamed, byteByByte(streamed)]) {
    expect(await billOf(harness, { ...call, reply })).toEqual(bill);
  }
  return bill;
}

/** Turns of the model that was asked, and advice of another one between them. */
const ADVISED = {
  input_tokens: 988,
  cache_read_input_tokens: 0,
  output_tokens: 1_108,
  iterations: [
    iteration('message', { input_tokens: 988, output_tokens: 79 }),
    iteration('advisor_message', { input_tokens: 2_728, output_tokens: 874 }, 'claude-opus-4-7'),
    iteration('message', { input_tokens: 1_092, output_tokens: 1_029, cache_read_input_tokens: 400 }),
  ],
};
const EXECUTOR_USD = ((988 + 1_092) * 3 + 400 * 0.3 + 1_108 * 15) / 1e6;
const ADVISOR_USD = (2_728 * 5 + 874 * 25) / 1e6;

describe('a message of Anthropic with iterations', () => {
  it('counts the tokens and the cost of an adviser under its own model', async () => {
    const call = { url: URL, body: { model: 'claude-sonnet-4-6' } };

    expect(await billOfAll(call, answers('claude-sonnet-4-6-20260217', ADVISED))).toEqual({
      tokens: { 'claude-sonnet-4-6': [2_480, 1_108], 'claude-opus-4-7': [2_728, 874] },
      costUsd: {
        'claude-sonnet-4-6': expect.closeTo(EXECUTOR_USD, 12),
        'claude-opus-4-7': expect.closeTo(ADVISOR_USD, 12),
      },
      unpriced: [],
      requests: [['claude-sonnet-4-6', 'success']],
    });
  });

  it('shows the sum of all models on the span', async () => {
    await billOf(harness, {
      url: URL,
      body: { model: 'claude-sonnet-4-6' },
      reply: answers('claude-sonnet-4-6', ADVISED)[0],
    });
    const [span] = harness.recorder.exporter.getFinishedSpans();

    expect(span?.attributes).toMatchObject({
      'gen_ai.usage.input_tokens': 2_480 + 2_728,
      'gen_ai.usage.output_tokens': 1_108 + 874,
    });
  });

  it('counts them the same within a request that the caller observes, through the real client', async () => {
    harness.loopback.reply(answers('claude-sonnet-4-6', ADVISED)[0]);
    const client = new Anthropic({ apiKey: 'k', fetch: harness.fetch, maxRetries: 0 });
    const messages = [{ role: 'user' as const, content: 'Hi' }];
    const body = { model: 'claude-sonnet-4-6', max_tokens: 9, messages };
    await observeRequest({ provider: 'anthropic', model: 'claude-sonnet-4-6' }, () =>
      client.messages.create(body),
    );

    const costs = harness.recorder.callsOf('cost').map(([, , model, usd]) => [model, usd]);
    expect(costs).toEqual([
      ['claude-sonnet-4-6', expect.closeTo(EXECUTOR_USD, 12)],
      ['claude-opus-4-7', expect.closeTo(ADVISOR_USD, 12)],
    ]);
    const tokens = harness.recorder.callsOf('tokenUsage').map((call) => call.slice(2, 5));
    expect(tokens).toEqual([
      ['claude-sonnet-4-6', 2_480, 1_108],
      ['claude-opus-4-7', 2_728, 874],
    ]);
  });

  it('is unpriced, and costs nothing in part, where the price of an adviser is not known', async () => {
    const usage = {
      ...ADVISED,
      iterations: ADVISED.iterations.map((part) =>
        part.type === 'advisor_message' ? { ...part, model: 'claude-unknown-9' } : part,
      ),
    };
    const call = { url: URL, body: { model: 'claude-sonnet-4-6' } };

    expect(await billOfAll(call, answers('claude-sonnet-4-6', usage))).toMatchObject({
      tokens: { 'claude-unknown-9': [2_728, 874] },
      costUsd: {},
      unpriced: ['claude-unknown-9'],
    });
  });

  it('bills the fallback model that answered, and nothing for one that declined before its first token', async () => {
    const usage = {
      input_tokens: 412,
      output_tokens: 264,
      iterations: [
        iteration('message', { input_tokens: 408, output_tokens: 0 }, 'claude-fable-5'),
        iteration('fallback_message', { input_tokens: 412, output_tokens: 264 }, 'claude-opus-5'),
      ],
    };
    const call = { url: URL, body: { model: 'claude-fable-5' } };

    expect(await billOfAll(call, answers('claude-opus-5', usage, 'claude-fable-5'))).toEqual({
      tokens: { 'claude-fable-5': [408, 0], 'claude-opus-5': [412, 264] },
      costUsd: { 'claude-fable-5': 0, 'claude-opus-5': expect.closeTo((412 * 5 + 264 * 25) / 1e6, 12) },
      unpriced: [],
      requests: [['claude-fable-5', 'success']],
    });
  });

  it('bills what a model wrote before it declined, also where an iteration names no model', async () => {
    const usage = {
      input_tokens: 500,
      output_tokens: 200,
      iterations: [
        iteration('message', { input_tokens: 400, output_tokens: 30 }),
        iteration('fallback_message', { input_tokens: 500, output_tokens: 200 }, 'claude-opus-5'),
      ],
    };
    const call = { url: URL, body: { model: 'claude-fable-5' } };

    expect(await billOfAll(call, answers('claude-opus-5', usage, 'claude-fable-5'))).toMatchObject({
      costUsd: {
        'claude-fable-5': expect.closeTo((400 * 10 + 30 * 50) / 1e6, 12),
        'claude-opus-5': expect.closeTo((500 * 5 + 200 * 25) / 1e6, 12),
      },
    });
    const [span] = harness.recorder.exporter.getFinishedSpans();
    expect(span?.attributes['gen_ai.response.model']).toBe('claude-opus-5');
  });

  it('knows the fallback model by its block alone', async () => {
    const reply = answers('claude-opus-5', { input_tokens: 412, output_tokens: 264 }, 'claude-fable-5')[1];
    const bill = await billOf(harness, { url: URL, body: { model: 'claude-fable-5' }, reply });

    expect(bill.costUsd).toMatchObject({ 'claude-opus-5': expect.closeTo((412 * 5 + 264 * 25) / 1e6, 12) });
  });

  it('chooses the long-context tier by each turn, and not by the sum of all', async () => {
    const usage = {
      input_tokens: 295_000,
      output_tokens: 3_000,
      iterations: [
        iteration('message', { input_tokens: 140_000, output_tokens: 1_000 }),
        iteration('message', { input_tokens: 155_000, output_tokens: 2_000 }),
      ],
    };
    const base = 'https://us-east5-aiplatform.googleapis.com/v1/projects/p/locations/us-east5';
    const url = `${base}/publishers/anthropic/models/claude-opus-4-6:rawPredict`;
    const bill = await billOf(harness, { url, body: {}, reply: answers('claude-opus-4-6', usage)[0] });

    expect(Object.values(bill.costUsd)).toEqual([expect.closeTo((295_000 * 5 + 3_000 * 25) / 1e6, 12)]);
  });

  it('takes the counts at the top where turns are missing from the iterations', async () => {
    const usage = {
      input_tokens: 5_000,
      output_tokens: 300,
      iterations: [iteration('message', { input_tokens: 3_000, output_tokens: 100 })],
    };
    const call = { url: URL, body: { model: 'claude-opus-4-7' } };

    expect(await billOfAll(call, answers('claude-opus-4-7', usage))).toMatchObject({
      tokens: { 'claude-opus-4-7': [5_000, 300] },
      costUsd: { 'claude-opus-4-7': expect.closeTo((5_000 * 5 + 300 * 25) / 1e6, 12) },
    });
  });

  it('costs 1.1 times as much in the United States, from 4.6 on', async () => {
    const costAt = async (model: string, inference_geo: string | null) => {
      const usage = { input_tokens: 1_000, output_tokens: 100, service_tier: 'standard', inference_geo };
      const reply = answers(model, usage)[0];
      const bill = await billOf(harness, { url: URL, body: { model }, reply });
      return Number(bill.costUsd[model]);
    };

    const usd = (1_000 * 5 + 100 * 25) / 1e6;
    for (const geo of ['global', 'not_available', null]) {
      expect(await costAt('claude-opus-4-6', geo)).toBeCloseTo(usd, 12);
    }
    expect(await costAt('claude-opus-4-6', 'us')).toBeCloseTo(1.1 * usd, 12);
    expect(await costAt('claude-opus-4-5', 'us')).toBeCloseTo(usd, 12);
    // A region whose price is not published.
    expect(await costAt('claude-opus-4-6', 'mars')).toBeNaN();
  });

  it.each([
    ['by the hour, which no answer tells', ['code_execution_20260120'], ['claude-opus-4-7']],
    ['nothing beside a search of the web', ['code_execution_20260120', 'web_search_20260209'], []],
    [
      'by the hour beside an older search',
      ['code_execution_20260120', 'web_search_20250305'],
      ['claude-opus-4-7'],
    ],
  ])('is billed for code %s', async (_title, tools, unpriced) => {
    const usage = { input_tokens: 100, output_tokens: 10, server_tool_use: { web_fetch_requests: 3 } };
    const container = { id: 'container_01', expires_at: '2026-11-28T05:00:00Z', skills: null };
    const body = { model: 'claude-opus-4-7', tools: tools.map((type) => ({ type, name: 'tool' })) };
    const [reply] = answers('claude-opus-4-7', usage, undefined, { container });

    expect((await billOf(harness, { url: URL, body, reply })).unpriced).toEqual(unpriced);
  });
});
