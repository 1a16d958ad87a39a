import { createAnthropic } from '@ai-sdk/anthropic';
import { createOpenAI } from '@ai-sdk/openai';
import { generateText, streamText } from 'ai';
import {
  type FetchHarness,
  type Recorded,
  type RequestRecord,
  startFetchHarness,
} from '../../support/fetch-harness.js';
import {
  MESSAGE_COUNTS,
  MESSAGE_FRAMES,
  messageAnswer,
  TOOL_MESSAGE_FRAMES,
} from '../../support/providers/anthropic.js';
import { events, json } from '../../support/providers/loopback.js';
import {
  CHAT_COUNTS,
  CHAT_FRAMES,
  RESPONSE_COUNTS,
  responseAnswer,
  responseFrames,
  TOOL_FRAMES,
} from '../../support/providers/openai.js';

const OPENAI: RequestRecord = {
  provider: 'openai',
  model: 'o4-mini',
  outcome: 'success',
  operation: 'chat',
  streamed: false,
  answeredBy: 'o4-mini-2025-04-16',
  finishReasons: ['completed'],
};
const ANTHROPIC: RequestRecord = {
  ...OPENAI,
  provider: 'anthropic',
  model: 'claude-sonnet-4-6',
  answeredBy: 'claude-sonnet-4-6-20260217',
  finishReasons: ['end_turn'],
};
const ONE: Recorded = {
  requests: [OPENAI],
  usage: [RESPONSE_COUNTS],
  firstTokens: 0,
  usageMissing: 0,
  active: 0,
  dropped: [],
};

let harness: FetchHarness;
let openai: ReturnType<typeof createOpenAI>;
let anthropic: ReturnType<typeof createAnthropic>;
beforeAll(async () => {
  harness = await startFetchHarness();
  openai = createOpenAI({ apiKey: 'key', fetch: harness.fetch });
  anthropic = createAnthropic({ apiKey: 'key', fetch: harness.fetch });
});
afterEach(() => harness.reset());
afterAll(() => harness.close());

describe('the AI SDK', () => {
  it('gets a response of OpenAI', async () => {
    harness.loopback.reply(json(responseAnswer()));
    expect((await generateText({ model: openai('o4-mini'), prompt: 'Hi' })).text).toBe('Hi');
    expect(harness.recorded()).toEqual(ONE);
  });

  it('gets a streamed response of OpenAI', async () => {
    harness.loopback.reply(events(responseFrames('completed')));
    expect(await streamText({ model: openai('o4-mini'), prompt: 'Hi' }).text).toBe('Hi');
    expect(harness.recorded()).toEqual({ ...ONE, requests: [{ ...OPENAI, streamed: true }], firstTokens: 1 });
  });

  it.each([
    ['text', CHAT_FRAMES, 'stop'],
    ['a tool call', TOOL_FRAMES, 'tool_calls'],
  ])('gets streamed chat completions of OpenAI: %s', async (_title, frames, reason) => {
    harness.loopback.reply(events(frames));
    await streamText({ model: openai.chat('gpt-4o-mini'), prompt: 'Hi' }).consumeStream();
    expect(harness.recorded()).toEqual({
      ...ONE,
      requests: [
        {
          ...OPENAI,
          model: 'gpt-4o-mini',
          streamed: true,
          answeredBy: 'gpt-4o-mini-2024-07-18',
          finishReasons: [reason],
        },
      ],
      usage: [CHAT_COUNTS],
      firstTokens: 1,
    });
  });

  it('gets a message of Anthropic', async () => {
    harness.loopback.reply(json(messageAnswer()));
    expect((await generateText({ model: anthropic('claude-sonnet-4-6'), prompt: 'Hi' })).text).toBe('Hi 😀');
    expect(harness.recorded()).toEqual({ ...ONE, requests: [ANTHROPIC], usage: [MESSAGE_COUNTS] });
  });

  it.each([
    ['text', MESSAGE_FRAMES, 'end_turn'],
    ['thinking and a tool call', TOOL_MESSAGE_FRAMES, 'tool_use'],
  ])('gets a streamed message of Anthropic: %s', async (_title, frames, reason) => {
    harness.loopback.reply(events(frames));
    await streamText({ model: anthropic('claude-sonnet-4-6'), prompt: 'Hi' }).consumeStream();
    expect(harness.recorded()).toEqual({
      ...ONE,
      requests: [{ ...ANTHROPIC, streamed: true, finishReasons: [reason] }],
      usage: [MESSAGE_COUNTS],
      firstTokens: 1,
    });
  });

  it('counts each try of a call that it repeats', async () => {
    harness.loopback.reply(
      json({ error: { code: 'rate_limit_exceeded' } }, 429, { 'retry-after-ms': '1' }),
      json(responseAnswer()),
    );
    await generateText({ model: openai('o4-mini'), prompt: 'Hi', maxRetries: 1 });
    expect(harness.recorded()).toEqual({
      ...ONE,
      requests: [
        { ...OPENAI, outcome: 'rate_limited', answeredBy: undefined, finishReasons: undefined },
        OPENAI,
      ],
    });
  });

  it('aborts a stream', async () => {
    harness.loopback.reply(events(responseFrames('completed').slice(0, 5), { ending: 'hang' }));
    const controller = new AbortController();
    const { textStream } = streamText({
      model: openai('o4-mini'),
      prompt: 'Hi',
      abortSignal: controller.signal,
    });
    for await (const _piece of textStream) controller.abort();
    expect(harness.recorded()).toMatchObject({ requests: [{ outcome: 'client_cancelled' }], active: 0 });
  });
});
