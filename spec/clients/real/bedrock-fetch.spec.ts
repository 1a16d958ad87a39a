import { createAmazonBedrock } from '@ai-sdk/amazon-bedrock';
import { createBedrockAnthropic } from '@ai-sdk/amazon-bedrock/anthropic';
import { createBedrockMantle } from '@ai-sdk/amazon-bedrock/mantle';
import { AnthropicBedrock } from '@anthropic-ai/bedrock-sdk';
import {
  BedrockRuntimeClient,
  ConverseCommand,
  ConverseStreamCommand,
  InvokeModelWithResponseStreamCommand,
} from '@aws-sdk/client-bedrock-runtime';
import { context } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { FetchHttpHandler } from '@smithy/fetch-http-handler';
import { embed, generateImage, generateText, streamText } from 'ai';
import { bedrockMiddleware } from '../../../lib/bedrock.js';
import { observeRequest } from '../../../lib/index.js';
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
  MESSAGE_START,
  messageAnswer,
  TEXT_EVENTS,
} from '../../support/providers/anthropic.js';
import {
  CONVERSE_ANSWER,
  CONVERSE_COUNTS,
  CONVERSE_EVENTS,
  eventStream,
  INVOCATION_METRICS,
  modelChunk,
  streamException,
} from '../../support/providers/bedrock.js';
import { json } from '../../support/providers/loopback.js';
import { CHAT_COUNTS, chatAnswer } from '../../support/providers/openai.js';

const MODEL = 'us.anthropic.claude-sonnet-4-5-20250929-v1:0';
const REQUEST: RequestRecord = {
  provider: 'bedrock',
  model: MODEL,
  outcome: 'success',
  operation: 'chat',
  streamed: false,
  answeredBy: undefined,
  finishReasons: ['end_turn'],
};
const ONE: Recorded = recordedOnce(REQUEST, CONVERSE_COUNTS);
const STREAMED: Recorded = {
  ...ONE,
  requests: [{ ...REQUEST, streamed: true, finishReasons: ['tool_use'] }],
  firstTokens: 1,
};
const CLAUDE: RequestRecord = { ...REQUEST, answeredBy: 'claude-sonnet-4-6-20260217' };
const MESSAGE_PAYLOADS = [MESSAGE_START, ...TEXT_EVENTS, ...endEvents('end_turn')];
const MESSAGE_EVENTS = [
  ...MESSAGE_PAYLOADS.slice(0, -1),
  { ...MESSAGE_PAYLOADS.at(-1), ...INVOCATION_METRICS },
].map(modelChunk);
const THROTTLED = json({ message: 'slow down' }, 429, {
  'x-amzn-errortype': 'ThrottlingException:http://internal.amazon.com/coral/com.amazon.bedrock/',
});
const CREDENTIALS = { region: 'eu-west-1', accessKeyId: 'a', secretAccessKey: 's' };

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

describe('the Bedrock provider of the Vercel AI SDK', () => {
  const provider = () => createAmazonBedrock({ ...CREDENTIALS, fetch: harness.fetch });
  const prompt = (modelId = MODEL) => ({ model: provider()(modelId), prompt: 'Hi', maxRetries: 0 });

  it('gets its text, and it is recorded', async () => {
    harness.loopback.reply(json(CONVERSE_ANSWER));
    expect((await generateText(prompt())).text).toBe('Hi');
    expect(harness.recorded()).toEqual(ONE);
  });

  it('gets every event of a stream', async () => {
    harness.loopback.reply(eventStream(CONVERSE_EVENTS));
    const { textStream, usage } = streamText(prompt());
    let read = '';
    for await (const piece of textStream) read += piece;
    expect([read, (await usage).outputTokens]).toEqual(['Hi', 89]);
    expect(harness.recorded()).toEqual(STREAMED);
  });

  it.each([
    ['an inference profile', `inference-profile/${MODEL}`, MODEL],
    ['a foundation model', 'foundation-model/amazon.nova-pro-v1:0', 'amazon.nova-pro-v1:0'],
    ['an application inference profile', 'application-inference-profile/k3v9x2m1p0qz', 'k3v9x2m1p0qz'],
  ])('names the model of the ARN of %s without its account', async (_title, resource, model) => {
    harness.loopback.reply(json(CONVERSE_ANSWER));
    await generateText(prompt(`arn:aws:bedrock:eu-west-1:123456789012:${resource}`));
    expect(harness.recorded()).toEqual({ ...ONE, requests: [{ ...REQUEST, model }] });
  });

  it('throws for a refusal what it always throws', async () => {
    harness.loopback.reply(THROTTLED);
    await expect(generateText(prompt())).rejects.toThrow('slow down');
    expect(harness.recorded().requests).toEqual([
      { ...REQUEST, outcome: 'rate_limited', finishReasons: undefined },
    ]);
  });

  it('gets the exception in a stream', async () => {
    const exception = streamException('throttlingException', { message: 'slow down' });
    harness.loopback.reply(eventStream([...CONVERSE_EVENTS.slice(0, 4), exception]));
    const errors: unknown[] = [];
    const { fullStream } = streamText({ ...prompt(), onError: ({ error }) => void errors.push(error) });
    for await (const _part of fullStream);
    expect(errors).toHaveLength(1);
    expect(harness.recorded()).toMatchObject({ requests: [{ outcome: 'rate_limited' }], active: 0 });
  });

  it('is cancelled by its abort', async () => {
    harness.loopback.reply(eventStream(CONVERSE_EVENTS.slice(0, 4), 'hang'));
    const controller = new AbortController();
    const { textStream } = streamText({ ...prompt(), abortSignal: controller.signal });
    for await (const _piece of textStream) controller.abort();
    expect(harness.recorded()).toMatchObject({
      requests: [{ outcome: 'client_cancelled' }],
      firstTokens: 1,
      active: 0,
    });
  });

  it('counts embeddings', async () => {
    const model = 'amazon.titan-embed-text-v2:0';
    harness.loopback.reply(json({ embedding: [0.1, 0.2], inputTextTokenCount: 7 }));
    await embed({ model: provider().embedding(model), value: 'hello' });
    expect(harness.recorded()).toEqual(
      recordedOnce(
        { ...REQUEST, model, operation: 'embeddings', finishReasons: undefined },
        { inputTokens: 7 },
      ),
    );
  });

  it('counts images', async () => {
    const model = 'amazon.nova-canvas-v1:0';
    harness.loopback.reply(json({ images: ['aGk='] }));
    await generateImage({ model: provider().image(model), prompt: 'a cat' });
    expect(harness.recorded()).toEqual(
      recordedOnce(
        { ...REQUEST, model, operation: 'image_generation', finishReasons: undefined },
        { outputImages: 1 },
      ),
    );
  });
});

describe('the Bedrock provider for models of Anthropic of the Vercel AI SDK', () => {
  const prompt = () => ({
    model: createBedrockAnthropic({ ...CREDENTIALS, fetch: harness.fetch })(MODEL),
    prompt: 'Hi',
    maxRetries: 0,
  });
  const answered = { ...recordedOnce(CLAUDE, MESSAGE_COUNTS) };
  const streamed = { ...answered, requests: [{ ...CLAUDE, streamed: true }], firstTokens: 1 };

  it('gets its message by InvokeModel', async () => {
    harness.loopback.reply(json(messageAnswer()));
    expect((await generateText(prompt())).text).not.toBe('');
    expect(harness.loopback.calls[0]?.path).toMatch(/\/invoke$/);
    expect(harness.recorded()).toEqual(answered);
  });

  it('gets a stream by InvokeModelWithResponseStream', async () => {
    harness.loopback.reply(eventStream(MESSAGE_EVENTS));
    const { textStream, usage } = streamText(prompt());
    for await (const _piece of textStream);
    expect((await usage).outputTokens).toBe(MESSAGE_COUNTS.outputTokens);
    expect(harness.recorded()).toEqual(streamed);
  });

  it.each([
    ['throttlingException', 'rate_limited'],
    ['modelStreamErrorException', 'stream_interrupted'],
    ['modelTimeoutException', 'timeout'],
    ['validationException', 'invalid_request'],
  ])('has the outcome of the exception %s in a stream', async (name, outcome) => {
    harness.loopback.reply(
      eventStream([...MESSAGE_EVENTS.slice(0, 3), streamException(name, { message: 'x' })]),
    );
    const { fullStream } = streamText({ ...prompt(), onError: () => undefined });
    for await (const _part of fullStream);
    expect(harness.recorded()).toMatchObject({ requests: [{ outcome }], active: 0 });
  });

  it('throws for a refusal what it always throws', async () => {
    harness.loopback.reply(THROTTLED);
    await expect(generateText(prompt())).rejects.toThrow('slow down');
    expect(harness.recorded().requests).toMatchObject([{ outcome: 'rate_limited' }]);
  });

  it('is cancelled by its abort', async () => {
    harness.loopback.reply(eventStream(MESSAGE_EVENTS.slice(0, 4), 'hang'));
    const controller = new AbortController();
    const { textStream } = streamText({ ...prompt(), abortSignal: controller.signal });
    for await (const _piece of textStream) controller.abort();
    expect(harness.recorded()).toMatchObject({ requests: [{ outcome: 'client_cancelled' }], active: 0 });
  });
});

describe('the provider for bedrock-mantle of the Vercel AI SDK', () => {
  it('gets a chat in the format of OpenAI', async () => {
    harness.loopback.reply(json(chatAnswer()));
    const mantle = createBedrockMantle({ region: 'eu-west-1', apiKey: 'key', fetch: harness.fetch });
    const model = 'openai.gpt-oss-120b';
    await generateText({ model: mantle.chat(model), prompt: 'Hi', maxRetries: 0 });
    expect(harness.recorded()).toMatchObject({
      requests: [{ provider: 'bedrock', model, outcome: 'success' }],
      usage: [CHAT_COUNTS],
    });
  });
});

describe('the Bedrock client of Anthropic', () => {
  const client = () =>
    new AnthropicBedrock({
      awsRegion: 'eu-west-1',
      awsAccessKey: 'a',
      awsSecretKey: 's',
      fetch: harness.fetch,
      maxRetries: 0,
    });
  const prompt = (model = MODEL) => ({
    model,
    max_tokens: 100,
    messages: [{ role: 'user' as const, content: 'Hi' }],
  });

  it('gets its message, and it is recorded', async () => {
    harness.loopback.reply(json(messageAnswer()));
    expect(await client().messages.create(prompt())).toMatchObject(messageAnswer());
    expect(harness.recorded()).toEqual(recordedOnce(CLAUDE, MESSAGE_COUNTS));
  });

  it('gets every event of a stream', async () => {
    harness.loopback.reply(eventStream(MESSAGE_EVENTS));
    const types: string[] = [];
    for await (const { type } of await client().messages.create({ ...prompt(), stream: true }))
      types.push(type);
    // The client drops pings.
    expect(types).toEqual(MESSAGE_PAYLOADS.map(({ type }) => type).filter((type) => type !== 'ping'));
    expect(harness.recorded()).toEqual({
      ...recordedOnce({ ...CLAUDE, streamed: true }, MESSAGE_COUNTS),
      firstTokens: 1,
    });
  });

  it('names the model of an ARN without its account', async () => {
    harness.loopback.reply(json(messageAnswer()));
    await client().messages.create(
      prompt(`arn:aws:bedrock:eu-west-1:123456789012:inference-profile/${MODEL}`),
    );
    expect(harness.recorded().requests).toEqual([CLAUDE]);
  });

  it('throws for a refusal what it always throws', async () => {
    harness.loopback.reply(THROTTLED);
    await expect(client().messages.create(prompt())).rejects.toThrow('slow down');
    expect(harness.recorded().requests).toMatchObject([{ outcome: 'rate_limited' }]);
  });

  it('throws for an exception in a stream what it always throws', async () => {
    const exception = streamException('serviceUnavailableException', { message: 'busy' });
    harness.loopback.reply(eventStream([...MESSAGE_EVENTS.slice(0, 3), exception]));
    const reading = (async () => {
      for await (const _event of await client().messages.create({ ...prompt(), stream: true }));
    })();
    await expect(reading).rejects.toThrow('busy');
    expect(harness.recorded()).toMatchObject({ requests: [{ outcome: 'overloaded' }], active: 0 });
  });

  it('is cancelled by its abort', async () => {
    harness.loopback.reply(eventStream(MESSAGE_EVENTS.slice(0, 4), 'hang'));
    const stream = await client().messages.create({ ...prompt(), stream: true });
    const reading = (async () => {
      for await (const { type } of stream) if (type === 'content_block_delta') stream.controller.abort();
    })();
    await reading.catch(() => undefined);
    expect(harness.recorded()).toMatchObject({ requests: [{ outcome: 'client_cancelled' }], active: 0 });
  });
});

describe('the AWS SDK with a handler over fetch', () => {
  const PROMPT = { modelId: MODEL, messages: [{ role: 'user' as const, content: [{ text: 'Hi' }] }] };
  let client: BedrockRuntimeClient;
  let globalFetch: typeof fetch;
  beforeEach(() => {
    globalFetch = globalThis.fetch;
    const { fetch, loopback } = harness;
    globalThis.fetch = (input, init) => {
      const isLoopback = (input instanceof Request ? input.url : String(input)).startsWith(loopback.origin);
      return isLoopback ? globalFetch(input, init) : fetch(input, init);
    };
    client = new BedrockRuntimeClient({
      region: 'eu-west-1',
      credentials: { accessKeyId: 'a', secretAccessKey: 's' },
      maxAttempts: 1,
      requestHandler: new FetchHttpHandler(),
    });
  });
  afterEach(() => {
    client.destroy();
    globalThis.fetch = globalFetch;
  });

  it.each(['without', 'with'])('counts once %s the middleware', async (use) => {
    if (use === 'with') client.middlewareStack.use(bedrockMiddleware());
    harness.loopback.reply(json(CONVERSE_ANSWER));
    const { output } = await client.send(new ConverseCommand(PROMPT));
    expect(output?.message?.content).toEqual([{ text: 'Hi' }]);
    expect(harness.recorded()).toEqual(ONE);
  });

  it.each(['without', 'with'])('counts a stream once %s the middleware', async (use) => {
    if (use === 'with') client.middlewareStack.use(bedrockMiddleware());
    harness.loopback.reply(eventStream(CONVERSE_EVENTS));
    const { stream } = await client.send(new ConverseStreamCommand(PROMPT));
    let count = 0;
    for await (const _event of stream ?? []) count += 1;
    expect(count).toBe(10);
    expect(harness.recorded()).toEqual(STREAMED);
  });

  it('counts once within an observed request', async () => {
    client.middlewareStack.use(bedrockMiddleware());
    harness.loopback.reply(json(CONVERSE_ANSWER));
    await observeRequest({ provider: 'aws', model: 'alias' }, () => client.send(new ConverseCommand(PROMPT)));
    expect(harness.recorded().usage).toEqual([CONVERSE_COUNTS]);
  });

  it('reads the stream of a model', async () => {
    harness.loopback.reply(eventStream(MESSAGE_EVENTS));
    const { body } = await client.send(
      new InvokeModelWithResponseStreamCommand({ modelId: MODEL, body: '{}' }),
    );
    for await (const _event of body ?? []);
    expect(harness.recorded().usage).toEqual([MESSAGE_COUNTS]);
  });
});
