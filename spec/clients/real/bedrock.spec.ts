import {
  BedrockRuntimeClient,
  ConverseCommand,
  ConverseStreamCommand,
  InvokeModelCommand,
  InvokeModelWithResponseStreamCommand,
  ListAsyncInvokesCommand,
} from '@aws-sdk/client-bedrock-runtime';
import { context } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { bedrockMiddleware } from '../../../lib/bedrock.js';
import { observeRequest } from '../../../lib/index.js';
import { collectGarbageUntil } from '../../support/collect-garbage.js';
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
const PROMPT = { modelId: MODEL, messages: [{ role: 'user' as const, content: [{ text: 'Hi' }] }] };

let harness: FetchHarness;
let client: BedrockRuntimeClient;

function createClient(maxAttempts: number): BedrockRuntimeClient {
  const made = new BedrockRuntimeClient({
    region: 'eu-west-1',
    endpoint: harness.loopback.origin,
    credentials: { accessKeyId: 'a', secretAccessKey: 's' },
    maxAttempts,
  });
  made.middlewareStack.use(bedrockMiddleware());
  return made;
}

function withAbort(): { readonly signal: AbortSignal; readonly abort: () => void } {
  const controller = new AbortController();
  return { signal: controller.signal, abort: () => controller.abort() };
}

beforeAll(async () => {
  // As initMonitoring does.
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  harness = await startFetchHarness('http2');
  client = createClient(1);
});
afterEach(() => harness.reset());
afterAll(async () => {
  context.disable();
  client.destroy();
  await harness.close();
});

describe('bedrockMiddleware()', () => {
  describe('with Converse', () => {
    it('gives the output, and it is recorded', async () => {
      harness.loopback.reply(json(CONVERSE_ANSWER));
      const { output } = await client.send(new ConverseCommand(PROMPT));
      expect(output?.message?.content).toEqual([{ text: 'Hi' }]);
      expect(harness.recorded()).toEqual(ONE);
    });

    it('names the model of an ARN without its account', async () => {
      harness.loopback.reply(json(CONVERSE_ANSWER));
      const modelId = `arn:aws:bedrock:eu-west-1:123456789012:inference-profile/${MODEL}`;
      await client.send(new ConverseCommand({ ...PROMPT, modelId }));
      expect(harness.recorded()).toEqual(ONE);
    });
  });

  describe('with ConverseStream', () => {
    it('gives every event', async () => {
      harness.loopback.reply(eventStream(CONVERSE_EVENTS));
      const { stream } = await client.send(new ConverseStreamCommand(PROMPT));
      let count = 0;
      for await (const _event of stream ?? []) count += 1;
      expect(count).toBe(10);
      expect(harness.recorded()).toEqual(STREAMED);
    });

    it('ends with the event that counts, without waiting for the connection', async () => {
      harness.loopback.reply(eventStream(CONVERSE_EVENTS, 'hang'));
      const { stream } = await client.send(new ConverseStreamCommand(PROMPT));
      for await (const event of stream ?? []) {
        if (event.metadata === undefined) continue;
        expect(harness.recorded()).toEqual(STREAMED);
        break;
      }
      expect(harness.recorded()).toEqual(STREAMED);
    });

    it('counts a break as cancelled by the client', async () => {
      harness.loopback.reply(eventStream(CONVERSE_EVENTS.slice(0, 4), 'hang'));
      const { stream } = await client.send(new ConverseStreamCommand(PROMPT));
      for await (const event of stream ?? []) if (event.contentBlockDelta !== undefined) break;
      expect(harness.recorded()).toEqual({
        ...STREAMED,
        requests: [{ ...REQUEST, streamed: true, outcome: 'client_cancelled', finishReasons: undefined }],
        usage: [],
      });
    });

    it('takes an abort for an interruption: a middleware is not told of the signal', async () => {
      harness.loopback.reply(eventStream(CONVERSE_EVENTS.slice(0, 4), 'hang'));
      const { signal, abort } = withAbort();
      const { stream } = await client.send(new ConverseStreamCommand(PROMPT), { abortSignal: signal });
      for await (const _event of stream ?? []) abort();
      expect(harness.recorded()).toMatchObject({ requests: [{ outcome: 'stream_interrupted' }], active: 0 });
    });

    it.each([
      ['throttlingException', 'rate_limited'],
      ['modelStreamErrorException', 'stream_interrupted'],
      ['internalServerException', 'server_error'],
    ])('throws for %s what it always throws', async (type, outcome) => {
      const exception = streamException(type, { message: 'x' });
      harness.loopback.reply(eventStream([...CONVERSE_EVENTS.slice(0, 2), exception]));
      const { stream } = await client.send(new ConverseStreamCommand(PROMPT));
      const reading = (async () => {
        for await (const _event of stream ?? []);
      })();
      await expect(reading).rejects.toThrow('x');
      expect(harness.recorded()).toMatchObject({ requests: [{ outcome }], active: 0 });
    });

    it('counts a stream that ends too early', async () => {
      harness.loopback.reply(eventStream(CONVERSE_EVENTS.slice(0, 4)));
      const { stream } = await client.send(new ConverseStreamCommand(PROMPT));
      for await (const _event of stream ?? []);
      expect(harness.recorded()).toMatchObject({ requests: [{ outcome: 'stream_interrupted' }], active: 0 });
    });

    it('ends a stream that was dropped unread', async () => {
      harness.loopback.reply(eventStream(CONVERSE_EVENTS));
      await client.send(new ConverseStreamCommand(PROMPT));
      await collectGarbageUntil(() => harness.recorded().active === 0);
      expect(harness.recorded()).toMatchObject({ requests: [{ outcome: 'client_cancelled' }], active: 0 });
    });
  });

  describe('with InvokeModel', () => {
    const invoke = (modelId = MODEL) =>
      new InvokeModelCommand({ modelId, body: '{}', contentType: 'application/json' });
    const CLAUDE: RequestRecord = { ...REQUEST, answeredBy: 'claude-sonnet-4-6-20260217' };

    it('reads a message of Anthropic', async () => {
      harness.loopback.reply(json(messageAnswer()));
      const { body } = await client.send(invoke());
      expect(JSON.parse(body.transformToString())).toEqual(messageAnswer());
      expect(harness.recorded()).toEqual({ ...ONE, requests: [CLAUDE], usage: [MESSAGE_COUNTS] });
    });

    it.each([
      [
        'Nova',
        'amazon.nova-pro-v1:0',
        { stopReason: 'end_turn', usage: { inputTokens: 7, outputTokens: 3, cacheReadInputTokenCount: 40 } },
        { inputTokens: 47, outputTokens: 3, cacheReadTokens: 40 },
      ],
      [
        'Llama',
        'meta.llama3-3-70b-instruct-v1:0',
        { generation: 'Hi', prompt_token_count: 7, generation_token_count: 3, stop_reason: 'end_turn' },
        { inputTokens: 7, outputTokens: 3 },
      ],
      [
        'Titan',
        'amazon.titan-text-express-v1',
        {
          inputTextTokenCount: 7,
          results: [{ tokenCount: 3, outputText: 'Hi', completionReason: 'end_turn' }],
        },
        { inputTokens: 7, outputTokens: 3 },
      ],
      [
        'a model in the format of OpenAI',
        'openai.gpt-oss-20b-1:0',
        { choices: [{ finish_reason: 'end_turn' }], usage: { prompt_tokens: 7, completion_tokens: 3 } },
        { inputTokens: 7, outputTokens: 3 },
      ],
    ])('reads the counts of %s', async (_title, modelId, answer, usage) => {
      harness.loopback.reply(json(answer));
      await client.send(invoke(modelId));
      expect(harness.recorded()).toEqual({
        ...ONE,
        requests: [{ ...REQUEST, model: modelId }],
        usage: [usage],
      });
    });

    it('reads the headers where the body counts nothing', async () => {
      const headers = {
        'x-amzn-bedrock-input-token-count': '7',
        'x-amzn-bedrock-output-token-count': '3',
        'x-amzn-bedrock-cache-read-input-token-count': '40',
      };
      harness.loopback.reply(json({ outputs: [{ text: 'Hi', stop_reason: 'stop' }] }, 200, headers));
      await client.send(invoke('mistral.mistral-7b-instruct-v0:2'));
      expect(harness.recorded().usage).toEqual([{ inputTokens: 47, outputTokens: 3, cacheReadTokens: 40 }]);
    });

    it('counts embeddings', async () => {
      harness.loopback.reply(json({ embedding: [0.1, 0.2], inputTextTokenCount: 7 }));
      await client.send(invoke('amazon.titan-embed-text-v2:0'));
      expect(harness.recorded()).toEqual({
        ...ONE,
        requests: [
          {
            ...REQUEST,
            model: 'amazon.titan-embed-text-v2:0',
            operation: 'embeddings',
            finishReasons: undefined,
          },
        ],
        usage: [{ inputTokens: 7 }],
      });
    });
  });

  describe('with InvokeModelWithResponseStream', () => {
    const command = () => new InvokeModelWithResponseStreamCommand({ modelId: MODEL, body: '{}' });

    it('reads the events of Anthropic', async () => {
      const payloads = [MESSAGE_START, ...TEXT_EVENTS, ...endEvents('end_turn')];
      const last = { ...payloads.at(-1), ...INVOCATION_METRICS };
      harness.loopback.reply(eventStream([...payloads.slice(0, -1), last].map(modelChunk)));
      const { body } = await client.send(command());
      let count = 0;
      for await (const _event of body ?? []) count += 1;
      expect(count).toBe(payloads.length);
      expect(harness.recorded()).toEqual({
        ...ONE,
        requests: [{ ...REQUEST, streamed: true, answeredBy: 'claude-sonnet-4-6-20260217' }],
        usage: [MESSAGE_COUNTS],
        firstTokens: 1,
      });
    });

    it('takes the last counts where the model counts nothing', async () => {
      const payloads = [{ outputText: 'Hi' }, { outputText: '!', ...INVOCATION_METRICS }];
      harness.loopback.reply(eventStream(payloads.map(modelChunk)));
      const { body } = await client.send(command());
      for await (const _event of body ?? []);
      expect(harness.recorded()).toEqual({
        ...ONE,
        requests: [{ ...REQUEST, streamed: true, finishReasons: undefined }],
        usage: [{ inputTokens: 52, outputTokens: 3, cacheReadTokens: 40 }],
        firstTokens: 1,
      });
    });
  });

  describe('with failures', () => {
    const throttled = json({ message: 'slow down' }, 429, { 'x-amzn-errortype': 'ThrottlingException' });

    it('throws what the SDK throws', async () => {
      harness.loopback.reply(throttled);
      await expect(client.send(new ConverseCommand(PROMPT))).rejects.toThrow('slow down');
      expect(harness.recorded()).toEqual({
        ...ONE,
        requests: [{ ...REQUEST, outcome: 'rate_limited', finishReasons: undefined }],
        usage: [],
      });
    });

    it('counts each try of a command that is repeated', async () => {
      const patient = createClient(2);
      harness.loopback.reply(throttled, json(CONVERSE_ANSWER));
      await patient.send(new ConverseCommand(PROMPT));
      patient.destroy();
      expect(harness.recorded().requests.map(({ outcome }) => outcome)).toEqual(['rate_limited', 'success']);
    });
  });

  it('adds to a request that is observed, and counts none', async () => {
    harness.loopback.reply(json(CONVERSE_ANSWER));
    await observeRequest({ provider: 'aws', model: 'alias' }, () => client.send(new ConverseCommand(PROMPT)));
    expect(harness.recorded()).toEqual({
      ...ONE,
      requests: [{ ...REQUEST, provider: 'aws', model: 'alias', streamed: undefined }],
    });
  });

  it('leaves other commands alone', async () => {
    harness.loopback.reply(json({ asyncInvokeSummaries: [] }));
    await client.send(new ListAsyncInvokesCommand({}));
    expect(harness.recorded()).toEqual({ ...ONE, requests: [], usage: [] });
  });
});
