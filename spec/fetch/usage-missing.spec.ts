import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { type InstrumentFetchOptions, instrumentFetch } from '../../lib/fetch.js';
import { observeRequest } from '../../lib/index.js';
import { startTestMonitoring, type TestMonitoring } from '../../lib/testing.js';
import { type CapturedLog, captureLog } from '../support/captured-log.js';
import { streamEvent } from '../support/providers/bedrock.js';
import {
  dataFrames,
  events,
  json,
  type Loopback,
  namedFrames,
  type Reply,
  startLoopback,
} from '../support/providers/loopback.js';
import { recordedSeries } from '../support/recorded-series.js';

const MISSING = 'llm_edge_usage_missing_total';
const chunk = (content: string, finish_reason: string | null = null) => ({
  id: 'chatcmpl-1',
  object: 'chat.completion.chunk',
  created: 1,
  model: 'gpt-4o',
  choices: [{ index: 0, delta: { content }, finish_reason }],
  usage: null,
});
const USAGE = {
  ...chunk(''),
  choices: [],
  usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 },
};
const WORDS = ['Hello', ' there', ', this', ' is', ' a', ' test'];
const TEXT = WORDS.map((word) => chunk(word));

let test: TestMonitoring;
let loopback: Loopback;
let log: CapturedLog;
beforeAll(async () => {
  loopback = await startLoopback();
});
afterAll(() => loopback.close());
beforeEach(async () => {
  log = captureLog();
  test = await startTestMonitoring();
});
afterEach(async () => {
  log.release();
  await test.shutdown();
});

const missing = () => recordedSeries(test, MISSING);
const openAi = (options?: InstrumentFetchOptions) =>
  new OpenAI({ apiKey: 'k', maxRetries: 0, fetch: instrumentFetch(loopback.fetch, options) });
const anthropic = (options?: InstrumentFetchOptions) =>
  new Anthropic({ apiKey: 'k', maxRetries: 0, fetch: instrumentFetch(loopback.fetch, options) });

/** Streams a chat with OpenAI's client; leaves it after a number of chunks. */
async function chat(
  { leaveAfter = Number.POSITIVE_INFINITY, ...params }: { leaveAfter?: number; stream_options?: object } = {},
  options?: InstrumentFetchOptions,
): Promise<void> {
  const stream = await openAi(options).chat.completions.create({
    model: 'gpt-4o',
    messages: [],
    stream: true,
    ...(params as object),
  });
  let count = 0;
  for await (const _ of stream) if (++count >= leaveAfter) break;
}

const asked = { stream_options: { include_usage: true } };
const whole = events(dataFrames([...TEXT, chunk('', 'stop')], '[DONE]'));

describe('a stream without usage', () => {
  it.each<[reason: string, title: string, Reply, Parameters<typeof chat>]>([
    ['not_asked', 'that did not ask for it', whole, []],
    ['not_asked', 'that asked not to have it', whole, [{ stream_options: { include_usage: false } }]],
    ['not_asked', 'left once the answer was finished', whole, [{ leaveAfter: 7 }]],
    ['not_reported', 'that asked for it', whole, [asked]],
    ['not_reported', 'that this package asked it of', whole, [{}, { includeStreamUsage: true }]],
    ['cut_off', 'left in the middle', whole, [{ leaveAfter: 3, ...asked }]],
    [
      'cut_off',
      'left just before it',
      events(dataFrames([...TEXT, chunk('', 'stop'), USAGE])),
      [{ leaveAfter: 7, ...asked }],
    ],
  ])('has the reason %s: one %s', async (reason, _title, reply, args) => {
    loopback.reply(reply);
    await chat(...args);
    expect(await missing()).toEqual({ [`gpt-4o openai ${reason}`]: 1 });
  });

  it('has the reason cut_off where the connection breaks', async () => {
    loopback.reply(events(dataFrames(TEXT), { ending: 'break' }));
    await expect(chat(asked)).rejects.toThrow();
    expect(await missing()).toEqual({ 'gpt-4o openai cut_off': 1 });
  });

  it('is no gap where there is nothing to count: no answer, or an error before any output', async () => {
    loopback.reply(json({ error: { message: 'no' } }, 500));
    await expect(chat(asked)).rejects.toThrow();
    loopback.reply(events(dataFrames([{ error: { message: 'no', code: 'server_error' } }])));
    await expect(chat(asked)).rejects.toThrow();
    expect(await missing()).toEqual({});
  });

  it('is noted once for each reason, with what to set', async () => {
    loopback.reply(whole);
    for (let count = 0; count < 3; count += 1) await chat();
    await chat({ leaveAfter: 2 });
    const notes = log.lines.filter((line) => line.includes('no usage for'));
    expect(notes).toEqual([
      expect.stringMatching(/"gpt-4o".*includeStreamUsage: true.*stream_options: \{ include_usage: true \}/),
      expect.stringMatching(/estimateUsage: true/),
    ]);
  });
});

describe('an answer without usage', () => {
  const answer = { id: 'chatcmpl-1', model: 'gpt-4o', choices: [{ finish_reason: 'stop' }] };

  it.each([
    ['not_reported', 'that has none', answer],
    [
      'too_large',
      'nested too deep',
      { ...answer, usage: JSON.parse(`${'['.repeat(200)}${']'.repeat(200)}`) },
    ],
    [
      'too_large',
      'with more than is kept',
      { ...answer, choices: Array.from({ length: 5000 }, () => ({ finish_reason: 'stop' })), usage: {} },
    ],
  ])('has the reason %s: one %s', async (reason, _title, body) => {
    loopback.reply(json(body));
    const response = await instrumentFetch(loopback.fetch)('https://api.openai.com/v1/chat/completions', {
      method: 'POST',
      body: '{"model":"gpt-4o"}',
    });
    await response.text();
    expect(await missing()).toEqual({ [`gpt-4o openai ${reason}`]: 1 });
  });

  it('of a call within a request has its reason', async () => {
    loopback.reply(whole);
    await observeRequest({ provider: 'mine', model: 'alias' }, () => chat());
    expect(await missing()).toEqual({ 'alias mine not_asked': 1 });
  });
});

const START = {
  type: 'message_start',
  message: {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'claude-sonnet-4-6',
    content: [],
    usage: { input_tokens: 20, output_tokens: 1 },
  },
};
const BLOCK = { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } };
const delta = (text: string) => ({
  type: 'content_block_delta',
  index: 0,
  delta: { type: 'text_delta', text },
});

describe('estimateUsage', () => {
  const estimates = async () => ({
    tokens: await recordedSeries(test, 'llm_edge_estimated_tokens_total'),
    cost: await recordedSeries(test, 'llm_edge_estimated_cost_usd_total'),
  });

  it('estimates nothing unless it is set', async () => {
    loopback.reply(whole);
    await chat({ leaveAfter: 4, ...asked });
    expect(await estimates()).toEqual({ tokens: {}, cost: {} });
  });

  it('estimates the output that was seen, apart from what is exact', async () => {
    loopback.reply(events(dataFrames(TEXT), { ending: 'break' }));
    await expect(chat(asked, { estimateUsage: true })).rejects.toThrow();
    // 27 bytes by four.
    const { tokens, cost } = await estimates();
    expect(tokens).toEqual({ 'gpt-4o openai': 7 });
    expect(cost['gpt-4o openai']).toBeCloseTo((7 * 10) / 1e6, 12);
    expect(await test.series('llm_edge_tokens_total')).toEqual([]);
    expect(await test.series('llm_edge_cost_usd_total')).toEqual([]);
    expect(await missing()).toEqual({ 'gpt-4o openai cut_off': 1 });
  });

  it('estimates a token at least for each event', async () => {
    loopback.reply(
      events(dataFrames(['4', '2', ' ', '1', '3'].map((digit) => chunk(digit))), { ending: 'break' }),
    );
    await expect(chat(asked, { estimateUsage: true })).rejects.toThrow();
    expect((await estimates()).tokens).toEqual({ 'gpt-4o openai': 5 });
  });

  it('estimates nothing where the usage is known, or was not asked for', async () => {
    loopback.reply(events(dataFrames([...TEXT, chunk('', 'stop'), USAGE], '[DONE]')));
    await chat(asked, { estimateUsage: true });
    loopback.reply(whole);
    await chat({}, { estimateUsage: true });
    expect(await estimates()).toEqual({ tokens: {}, cost: {} });
  });

  it("estimates what Anthropic's first event has not counted", async () => {
    // 400 bytes are 100 tokens, of which the first event counts one.
    const text = 'abcdefghij'.repeat(10);
    loopback.reply(
      events(namedFrames([START, BLOCK, ...Array.from({ length: 4 }, () => delta(text))]), {
        ending: 'break',
      }),
    );
    const stream = anthropic({ estimateUsage: true }).messages.stream({
      model: 'claude-sonnet-4-6',
      max_tokens: 100,
      messages: [{ role: 'user', content: 'hi' }],
    });
    await expect(stream.finalText()).rejects.toThrow();
    expect(await missing()).toEqual({ 'claude-sonnet-4-6 anthropic cut_off': 1 });
    const name = 'claude-sonnet-4-6 anthropic';
    const { tokens, cost } = await estimates();
    expect(tokens).toEqual({ [name]: 99 });
    expect(cost[name]).toBeCloseTo((99 * 15) / 1e6, 12);
    expect(await recordedSeries(test, 'llm_edge_tokens_total')).toEqual({
      [`${name} input`]: 20,
      [`${name} output`]: 1,
    });
  });

  it('estimates a call within a request under the names of the request', async () => {
    loopback.reply(events(dataFrames(TEXT), { ending: 'break' }));
    const options = { provider: 'mine', model: 'alias' };
    await expect(observeRequest(options, () => chat(asked, { estimateUsage: true }))).rejects.toThrow();
    expect((await estimates()).tokens).toEqual({ 'alias mine': 7 });
  });

  it("does not count what OpenAI's responses repeat", async () => {
    const words = WORDS.map((word) => ({ type: 'response.output_text.delta', output_index: 0, delta: word }));
    const repeated = { type: 'response.output_text.done', output_index: 0, text: WORDS.join('').repeat(50) };
    loopback.reply(events(namedFrames([...words, repeated]), { ending: 'break' }));
    const stream = await openAi({ estimateUsage: true }).responses.create({
      model: 'gpt-4o',
      input: 'x',
      stream: true,
    });
    await expect(
      (async () => {
        for await (const _ of stream);
      })(),
    ).rejects.toThrow();
    expect((await estimates()).tokens).toEqual({ 'gpt-4o openai': 7 });
  });

  it.each([
    [
      'one JSON document a line',
      'http://localhost:11434/api/chat',
      'application/x-ndjson',
      [{ message: { content: 'abcdefgh' }, done: false }].map((line) => `${JSON.stringify(line)}\n`),
    ],
    [
      "AWS's event stream",
      'https://bedrock-runtime.us-east-1.amazonaws.com/model/amazon.nova-lite-v1%3A0/converse-stream',
      'application/vnd.amazon.eventstream',
      [streamEvent('contentBlockDelta', { contentBlockIndex: 0, delta: { text: 'abcdefgh' } })],
    ],
  ])('estimates the output of a stream of %s', async (_title, url, type, body) => {
    loopback.reply({ headers: { 'content-type': type }, body, ending: 'break' });
    const fetch = instrumentFetch(loopback.fetch, { estimateUsage: true });
    const response = await fetch(url, { method: 'POST', body: '{"model":"llama3.2"}' });
    await expect(response.arrayBuffer()).rejects.toThrow();
    expect(Object.values(await recordedSeries(test, 'llm_edge_estimated_tokens_total'))).toEqual([2]);
  });
});
