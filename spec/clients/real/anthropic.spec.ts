import Anthropic from '@anthropic-ai/sdk';
import {
  type FetchHarness,
  type Recorded,
  type RequestRecord,
  recordedOnce,
  startFetchHarness,
} from '../../support/fetch-harness.js';
import {
  endEvents,
  MESSAGE_COUNTS,
  MESSAGE_FRAMES,
  MESSAGE_START,
  messageAnswer,
  OVERLOADED_FRAMES,
  TEXT_EVENTS,
  TOOL_MESSAGE_FRAMES,
} from '../../support/providers/anthropic.js';
import { events, json, namedFrames } from '../../support/providers/loopback.js';

const REQUEST: RequestRecord = {
  provider: 'anthropic',
  model: 'claude-sonnet-4-6',
  outcome: 'success',
  operation: 'chat',
  streamed: false,
  answeredBy: 'claude-sonnet-4-6-20260217',
  finishReasons: ['end_turn'],
};
const ONE: Recorded = recordedOnce(REQUEST, MESSAGE_COUNTS);
const STREAMED: Recorded = { ...ONE, requests: [{ ...REQUEST, streamed: true }], firstTokens: 1 };
const PROMPT = {
  model: 'claude-sonnet-4-6',
  max_tokens: 1_024,
  messages: [{ role: 'user' as const, content: 'Hi' }],
};

let harness: FetchHarness;
let client: Anthropic;
beforeAll(async () => {
  harness = await startFetchHarness();
  client = new Anthropic({ apiKey: 'key', fetch: harness.fetch, maxRetries: 0 });
});
afterEach(() => harness.reset());
afterAll(() => harness.close());

describe('the Anthropic client', () => {
  it('gets its message, and it is recorded', async () => {
    harness.loopback.reply(json(messageAnswer()));
    expect(await client.messages.create(PROMPT)).toEqual(messageAnswer());
    expect(harness.recorded()).toEqual(ONE);
  });

  it('gets every event of a stream', async () => {
    harness.loopback.reply(events(MESSAGE_FRAMES));
    const types: string[] = [];
    for await (const event of await client.messages.create({ ...PROMPT, stream: true }))
      types.push(event.type);
    expect(types).toEqual([
      'message_start',
      'content_block_start',
      'content_block_delta',
      'content_block_delta',
      'content_block_stop',
      'message_delta',
      'message_stop',
    ]);
    expect(harness.recorded()).toEqual(STREAMED);
  });

  it('gathers thinking and a tool call from a stream', async () => {
    harness.loopback.reply(events(TOOL_MESSAGE_FRAMES));
    const message = await client.messages.stream(PROMPT).finalMessage();
    expect(message.content.map(({ type }) => type)).toEqual(['thinking', 'tool_use']);
    expect(harness.recorded()).toEqual({
      ...STREAMED,
      requests: [{ ...REQUEST, streamed: true, finishReasons: ['tool_use'] }],
    });
  });

  it('has its input counted anew where tools of the server added to it', async () => {
    const end = endEvents('end_turn', { input_tokens: 512, output_tokens: 89 });
    harness.loopback.reply(events(namedFrames([MESSAGE_START, ...TEXT_EVENTS, ...end])));
    await client.messages.stream(PROMPT).finalMessage();
    expect(harness.recorded().usage).toEqual([{ ...MESSAGE_COUNTS, inputTokens: 9_712 }]);
  });

  it('counts tokens without usage', async () => {
    harness.loopback.reply(json({ input_tokens: 14 }));
    const { model, messages } = PROMPT;
    expect(await client.messages.countTokens({ model, messages })).toEqual({ input_tokens: 14 });
    const request = {
      ...REQUEST,
      operation: 'count_tokens',
      answeredBy: undefined,
      finishReasons: undefined,
    };
    expect(harness.recorded()).toEqual({ ...ONE, requests: [request], usage: [] });
  });

  it.each([
    [429, 'rate_limit_error', Anthropic.RateLimitError, 'rate_limited'],
    [529, 'overloaded_error', Anthropic.InternalServerError, 'overloaded'],
    [400, 'invalid_request_error', Anthropic.BadRequestError, 'invalid_request'],
  ])('throws for a %d what it always throws', async (status, type, error, outcome) => {
    harness.loopback.reply(json({ type: 'error', error: { type, message: 'x' } }, status));
    await expect(client.messages.create(PROMPT)).rejects.toThrow(error);
    const request = { ...REQUEST, outcome, answeredBy: undefined, finishReasons: undefined };
    expect(harness.recorded()).toEqual({ ...ONE, requests: [request], usage: [] });
  });

  it('throws for an error within a stream, which keeps the usage before it', async () => {
    harness.loopback.reply(events(OVERLOADED_FRAMES));
    await expect(client.messages.stream(PROMPT).finalMessage()).rejects.toThrow('Overloaded');
    expect(harness.recorded()).toEqual({
      ...STREAMED,
      requests: [{ ...REQUEST, streamed: true, outcome: 'overloaded', finishReasons: undefined }],
      usage: [{ ...MESSAGE_COUNTS, outputTokens: 1 }],
    });
  });

  it('aborts a stream, which keeps the usage before it', async () => {
    harness.loopback.reply(events(MESSAGE_FRAMES.slice(0, 4), { ending: 'hang' }));
    const stream = client.messages.stream(PROMPT);
    stream.on('text', () => stream.abort());
    await expect(stream.finalMessage()).rejects.toThrow(Anthropic.APIUserAbortError);
    expect(harness.recorded()).toEqual({
      ...STREAMED,
      requests: [{ ...REQUEST, streamed: true, outcome: 'client_cancelled', finishReasons: undefined }],
      usage: [{ ...MESSAGE_COUNTS, outputTokens: 1 }],
    });
  });
});
