import Anthropic from '@anthropic-ai/sdk';
import { BedrockRuntimeClient, ConverseCommand, InvokeModelCommand } from '@aws-sdk/client-bedrock-runtime';
import { GoogleGenAI, ThinkingLevel } from '@google/genai';
import { CohereClientV2 } from 'cohere-ai';
import OpenAI from 'openai';
import { bedrockMiddleware } from '../../../lib/bedrock.js';
import { type FetchHarness, startFetchHarness } from '../../support/fetch-harness.js';
import { json } from '../../support/providers/loopback.js';

const MESSAGES = [{ role: 'user' as const, content: 'Hi' }];
const INVOKED = { modelId: 'm', contentType: 'application/json' };

let harness: FetchHarness;
beforeAll(async () => {
  harness = await startFetchHarness();
});
beforeEach(() => harness.loopback.reply(json({})));
afterEach(() => harness.reset());
afterAll(() => harness.close());

const openAi = (): OpenAI => new OpenAI({ apiKey: 'key', fetch: harness.fetch, maxRetries: 0 });

function bedrock(): BedrockRuntimeClient {
  const client = new BedrockRuntimeClient({
    region: 'eu-west-1',
    endpoint: harness.loopback.origin,
    credentials: { accessKeyId: 'a', secretAccessKey: 's' },
    maxAttempts: 1,
  });
  client.middlewareStack.use(bedrockMiddleware());
  return client;
}

/** Each client with its own names for the same parameters. */
const CALLS: readonly (readonly [string, () => PromiseLike<unknown>, Record<string, unknown>])[] = [
  [
    'openai, chat completions',
    () =>
      openAi().chat.completions.create({
        ...{ model: 'm', messages: MESSAGES, max_completion_tokens: 100, temperature: 0.5, top_p: 0.9 },
        ...{ reasoning_effort: 'low', service_tier: 'flex', user: 'jane', metadata: { user: 'jane' } },
      }),
    { 'gen_ai.request.reasoning.level': 'low', 'openai.request.service_tier': 'flex' },
  ],
  [
    'openai, responses',
    () =>
      openAi().responses.create({
        ...{ model: 'm', input: 'Hi', max_output_tokens: 100, temperature: 0.5, top_p: 0.9 },
        ...{ reasoning: { effort: 'high' }, service_tier: 'priority', safety_identifier: 'jane' },
      }),
    { 'gen_ai.request.reasoning.level': 'high', 'openai.request.service_tier': 'priority' },
  ],
  [
    '@anthropic-ai/sdk',
    () =>
      new Anthropic({ apiKey: 'key', fetch: harness.fetch, maxRetries: 0 }).messages.create({
        ...{ model: 'm', messages: MESSAGES, max_tokens: 100, temperature: 0.5, top_p: 0.9 },
        ...{ service_tier: 'auto', metadata: { user_id: 'jane' } },
      }),
    { 'llm_edge.request.service_tier': 'auto' },
  ],
  [
    '@google/genai',
    () => {
      const httpOptions = { fetch: harness.fetch, retryOptions: { attempts: 1 } };
      return new GoogleGenAI({ apiKey: 'key', httpOptions }).models.generateContent({
        model: 'm',
        contents: 'Hi',
        config: {
          ...{ maxOutputTokens: 100, temperature: 0.5, topP: 0.9 },
          thinkingConfig: { thinkingLevel: ThinkingLevel.HIGH },
        },
      });
    },
    { 'gen_ai.request.reasoning.level': 'HIGH' },
  ],
  [
    'cohere-ai',
    () =>
      new CohereClientV2({ token: 'key', fetch: harness.fetch, maxRetries: 0 }).chat({
        ...{ model: 'm', messages: MESSAGES, maxTokens: 100, temperature: 0.5, p: 0.9 },
      }),
    {},
  ],
  [
    'Bedrock, Converse',
    () =>
      bedrock().send(
        new ConverseCommand({
          modelId: 'm',
          messages: [{ role: 'user', content: [{ text: 'Hi' }] }],
          inferenceConfig: { maxTokens: 100, temperature: 0.5, topP: 0.9 },
          serviceTier: { type: 'flex' },
          requestMetadata: { user: 'jane' },
        }),
      ),
    { 'llm_edge.request.service_tier': 'flex' },
  ],
  [
    'Bedrock, InvokeModel of Anthropic',
    () => {
      const body = JSON.stringify({ max_tokens: 100, temperature: 0.5, top_p: 0.9, user: 'jane' });
      return bedrock().send(new InvokeModelCommand({ ...INVOKED, body, serviceTier: 'flex' }));
    },
    { 'llm_edge.request.service_tier': 'flex' },
  ],
  [
    'Bedrock, InvokeModel of Titan',
    () => {
      const body = { textGenerationConfig: { maxTokenCount: 100, temperature: 0.5, topP: 0.9 } };
      return bedrock().send(new InvokeModelCommand({ ...INVOKED, body: JSON.stringify(body) }));
    },
    {},
  ],
  [
    'Bedrock, InvokeModel of Llama',
    () => {
      const body = JSON.stringify({ prompt: 'Hi', max_gen_len: 100, temperature: 0.5, top_p: 0.9 });
      return bedrock().send(new InvokeModelCommand({ ...INVOKED, body }));
    },
    {},
  ],
];

describe('the parameters of a call', () => {
  it.each(CALLS)('are on the span of %s', async (_client, call, further) => {
    // The answer is empty, which some clients refuse; only the request matters.
    await Promise.resolve(call()).catch(() => undefined);
    const [span] = harness.recorder.exporter.getFinishedSpans();
    const attributes = span?.attributes ?? {};
    const found = Object.entries(attributes).filter(([name]) => {
      const isParameter = /^(gen_ai|openai|llm_edge)\.request\./.test(name);
      return isParameter && !/\.(model|stream)$/.test(name);
    });
    expect(Object.fromEntries(found)).toEqual({
      'gen_ai.request.max_tokens': 100,
      'gen_ai.request.temperature': 0.5,
      'gen_ai.request.top_p': 0.9,
      ...further,
    });
    expect(JSON.stringify(attributes)).not.toContain('jane');
  });
});
