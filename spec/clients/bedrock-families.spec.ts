import { calculateCost } from '../../lib/index.js';
import { type FetchHarness, startFetchHarness } from '../support/fetch-harness.js';
import {
  CONVERSE_ANSWER,
  CONVERSE_COUNTS,
  CONVERSE_EVENTS,
  eventStream,
  INVOCATION_METRICS,
  modelChunk,
  streamEvent,
} from '../support/providers/bedrock.js';
import { json } from '../support/providers/loopback.js';
import { everyByte, piecesOf } from '../support/split-bytes.js';

const HOST = 'https://bedrock-runtime.us-east-1.amazonaws.com';
const HEADERS = { 'x-amzn-bedrock-input-token-count': '7', 'x-amzn-bedrock-output-token-count': '3' };
const TOKENS = { inputTokens: 7, outputTokens: 3 };
const METRICS = { 'amazon-bedrock-invocationMetrics': { inputTokenCount: 7, outputTokenCount: 3 } };

let harness: FetchHarness;
beforeAll(async () => {
  harness = await startFetchHarness();
});
afterEach(() => harness.reset());
afterAll(() => harness.close());

async function call(model: string, action: string, body: object = {}): Promise<void> {
  const url = `${HOST}/model/${encodeURIComponent(model)}/${action}`;
  const answer = await harness.fetch(url, { method: 'POST', body: JSON.stringify(body) });
  await answer.arrayBuffer();
}

describe('InvokeModel over fetch', () => {
  it.each([
    [
      'Titan',
      'amazon.titan-text-express-v1',
      { inputTextTokenCount: 7, results: [{ tokenCount: 3 }] },
      {},
      TOKENS,
    ],
    [
      'Llama',
      'us.meta.llama3-3-70b-instruct-v1:0',
      { generation: 'Hi', prompt_token_count: 7, generation_token_count: 3, stop_reason: 'stop' },
      {},
      TOKENS,
    ],
    [
      'Nova',
      'amazon.nova-pro-v1:0',
      { stopReason: 'end_turn', usage: { inputTokens: 7, outputTokens: 3 } },
      {},
      TOKENS,
    ],
    [
      'gpt-oss',
      'openai.gpt-oss-20b-1:0',
      { choices: [{ finish_reason: 'stop' }], usage: { prompt_tokens: 7, completion_tokens: 3 } },
      {},
      TOKENS,
    ],
    [
      'Mistral',
      'mistral.mistral-7b-instruct-v0:2',
      { outputs: [{ text: 'Hi', stop_reason: 'stop' }] },
      HEADERS,
      TOKENS,
    ],
    ['Cohere', 'cohere.command-r-v1:0', { text: 'Hi', finish_reason: 'COMPLETE' }, HEADERS, TOKENS],
    ['DeepSeek', 'us.deepseek.r1-v1:0', { choices: [{ text: 'Hi', stop_reason: 'stop' }] }, HEADERS, TOKENS],
    ['Pegasus', 'twelvelabs.pegasus-1-2-v1:0', { message: 'Hi', finishReason: 'stop' }, HEADERS, TOKENS],
    ['Stability', 'stability.sd3-5-large-v1:0', { images: ['aGk=', null] }, {}, { outputImages: 1 }],
  ])('counts %s', async (_title, model, answer, headers, usage) => {
    harness.loopback.reply(json(answer, 200, headers));
    await call(model, 'invoke');
    expect(harness.recorded()).toMatchObject({ requests: [{ provider: 'bedrock', model }], usage: [usage] });
  });

  it.each([
    [
      'Titan',
      [
        { outputText: 'Hi', inputTextTokenCount: 7, totalOutputTextTokenCount: null, completionReason: null },
        {
          outputText: '!',
          inputTextTokenCount: null,
          totalOutputTextTokenCount: 3,
          completionReason: 'FINISH',
          ...METRICS,
        },
      ],
    ],
    [
      'Llama',
      [
        { generation: 'Hi', prompt_token_count: 7, generation_token_count: 1, stop_reason: null },
        { generation: '!', prompt_token_count: null, generation_token_count: 2, stop_reason: null },
        {
          generation: '',
          prompt_token_count: null,
          generation_token_count: 3,
          stop_reason: 'stop',
          ...METRICS,
        },
      ],
    ],
    [
      'Nova',
      [
        { contentBlockDelta: { delta: { text: 'Hi' } } },
        { messageStop: { stopReason: 'end_turn' } },
        { metadata: { usage: { inputTokens: 7, outputTokens: 3 } }, ...METRICS },
      ],
    ],
    [
      'Cohere',
      [
        { text: 'Hi', is_finished: false },
        { is_finished: true, finish_reason: 'COMPLETE', ...METRICS },
      ],
    ],
  ])('counts a stream of %s wherever it is cut', async (_title, events) => {
    const bytes = Buffer.concat(events.map(modelChunk));
    harness.loopback.reply(eventStream(piecesOf(new Uint8Array(bytes), everyByte(bytes))));
    await call('m', 'invoke-with-response-stream');
    expect(harness.recorded()).toMatchObject({
      requests: [{ outcome: 'success', streamed: true }],
      usage: [TOKENS],
      firstTokens: 1,
    });
  });

  it('takes a stream with a wrong checksum for one that was cut off', async () => {
    const bytes = Buffer.concat([{ text: 'Hi' }, INVOCATION_METRICS].map(modelChunk));
    bytes[bytes.length - 1] = (bytes.at(-1) as number) ^ 1;
    harness.loopback.reply(eventStream([bytes]));
    await call('m', 'invoke-with-response-stream');
    expect(harness.recorded()).toMatchObject({ requests: [{ outcome: 'stream_interrupted' }], usage: [] });
  });
});

describe('Converse over fetch', () => {
  it('counts a stream in single bytes', async () => {
    const bytes = new Uint8Array(Buffer.concat(CONVERSE_EVENTS));
    harness.loopback.reply(eventStream(piecesOf(bytes, everyByte(bytes))));
    await call('m', 'converse-stream');
    expect(harness.recorded()).toMatchObject({ usage: [CONVERSE_COUNTS], firstTokens: 1 });
  });

  it('reads the last event beside a trace that is too large to be held', async () => {
    const { usage } = CONVERSE_ANSWER;
    const last = streamEvent('metadata', { usage, other: 'x'.repeat(100_000) });
    harness.loopback.reply(eventStream([...CONVERSE_EVENTS.slice(0, -1), last]));
    await call('m', 'converse-stream');
    expect(harness.recorded()).toMatchObject({ usage: [CONVERSE_COUNTS] });
  });

  it('names the model that a prompt router chose', async () => {
    const invokedModelId =
      'arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.amazon.nova-lite-v1:0';
    harness.loopback.reply(json({ ...CONVERSE_ANSWER, trace: { promptRouter: { invokedModelId } } }));
    await call('arn:aws:bedrock:us-east-1:123456789012:default-prompt-router/amazon.nova:1', 'converse');
    expect(harness.recorded().requests).toMatchObject([
      { model: 'amazon.nova:1', answeredBy: 'us.amazon.nova-lite-v1:0' },
    ]);
  });

  describe('with a guardrail', () => {
    const usage = {
      topicPolicyUnits: 1,
      contentPolicyUnits: 2,
      wordPolicyUnits: 4,
      sensitiveInformationPolicyFreeUnits: 8,
    };
    const assessment = { invocationMetrics: { usage } };
    const trace = {
      guardrail: { inputAssessment: { g: assessment }, outputAssessments: { g: [assessment] } },
    };

    it.each([
      ['its units', trace, { guardrailUnits: 6 }],
      ['that it ran', undefined, { guardrailRuns: 1 }],
    ])('counts %s', async (_title, traced, counts) => {
      harness.loopback.reply(json({ ...CONVERSE_ANSWER, trace: traced }));
      await call('m', 'converse', { guardrailConfig: { guardrailIdentifier: 'g', guardrailVersion: '1' } });
      expect(harness.recorded().usage).toEqual([{ ...CONVERSE_COUNTS, ...counts }]);
    });

    it('has no cost, since the price list has no rate for it', () => {
      const [model, tokens] = ['amazon.nova-pro-v1:0', { inputTokens: 7, outputTokens: 3 }];
      expect(calculateCost('bedrock', model, tokens)?.source).toBe('list');
      expect(calculateCost('bedrock', model, { ...tokens, guardrailRuns: 1 })).toBe(undefined);
    });
  });
});

describe('the price of a call to Bedrock', () => {
  const tokens = { inputTokens: 1e6, outputTokens: 0 };
  const answeredModel = 'claude-sonnet-4-5-20250929';

  it.each([
    ['global.anthropic.claude-sonnet-4-5-20250929-v1:0', 3],
    ['us.anthropic.claude-sonnet-4-5-20250929-v1:0', 3.3],
    ['k3v9x2m1p0qz', undefined],
  ])('of %s is not that of the name in the answer', (model, costUsd) => {
    expect(calculateCost('bedrock', model, tokens, { answeredModel })?.totalUsd).toEqual(
      costUsd === undefined ? undefined : expect.closeTo(costUsd),
    );
  });

  it('is that of the model which a prompt router chose', () => {
    const cost = calculateCost('bedrock', 'amazon.nova:1', tokens, {
      answeredModel: 'us.amazon.nova-pro-v1:0',
    });
    expect(cost?.totalUsd).toBeCloseTo(0.8);
  });
});
