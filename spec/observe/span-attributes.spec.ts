import { observeOperation, startRequest } from '../../lib/index.js';
import { startTestMonitoring, type TestMonitoring } from '../../lib/testing.js';

let test: TestMonitoring;
beforeEach(async () => {
  test = await startTestMonitoring();
});
afterEach(() => test.shutdown());

describe('the attributes of a span', () => {
  it('are each of the conventions or below the own prefix', async () => {
    await observeOperation({ name: 'answer' }, async (operation) => {
      await operation.cacheLookup('L1', () => undefined);
      const request = startRequest({
        provider: 'openai',
        model: 'gpt-4o',
        streaming: true,
        serverAddress: 'api.openai.com',
        serverPort: 443,
      });
      request.firstToken();
      request.setResponse({ id: 'id', model: 'gpt-4o-2024', finishReasons: ['stop'] });
      request.setUsage({
        inputTokens: 10,
        outputTokens: 5,
        cacheReadTokens: 3,
        cacheWriteTokens: 2,
        reasoningTokens: 1,
      });
      request.fail(new TypeError('gone'));
    });
    const [request, operation] = await test.spans();
    expect(Object.keys(request?.attributes ?? {}).sort()).toEqual([
      'error.type',
      'gen_ai.operation.name',
      'gen_ai.provider.name',
      'gen_ai.request.model',
      'gen_ai.request.stream',
      'gen_ai.response.finish_reasons',
      'gen_ai.response.id',
      'gen_ai.response.model',
      'gen_ai.usage.cache_creation.input_tokens',
      'gen_ai.usage.cache_read.input_tokens',
      'gen_ai.usage.input_tokens',
      'gen_ai.usage.output_tokens',
      'gen_ai.usage.reasoning.output_tokens',
      'llm_edge.cost_usd',
      'llm_edge.time_to_first_token_ms',
      'server.address',
      'server.port',
    ]);
    expect(Object.keys(operation?.attributes ?? {}).sort()).toEqual([
      'llm_edge.overhead_ms',
      'llm_edge.request_count',
    ]);
  });

  it.each([
    ['openai', 'openai'],
    ['anthropic', 'anthropic'],
    ['google', 'gcp.gemini'],
    ['vertex', 'gcp.vertex_ai'],
    ['azure', 'azure.ai.openai'],
    ['bedrock', 'aws.bedrock'],
    ['mistral', 'mistral_ai'],
    ['xai', 'x_ai'],
    ['cohere', 'cohere'],
    ['my-own', 'my-own'],
    ['constructor', 'constructor'],
  ])('call %s %s', async (provider, name) => {
    startRequest({ provider, model: 'm' }).end();
    const [span] = await test.spans();
    expect(span?.attributes['gen_ai.provider.name']).toBe(name);
  });
});

describe('an answer without usage', () => {
  it.each([
    ['chat', 1],
    ['text_completion', 1],
    ['generate_content', 1],
    ['embeddings', 1],
    ['count_tokens', undefined],
    ['image_generation', undefined],
  ])('of %s is counted as a gap: %p', async (operation, expected) => {
    startRequest({ provider: 'openai', model: 'm', operation }).end();
    expect(await test.value('llm_edge_usage_missing_total', { provider: 'openai', model: 'm' })).toBe(
      expected,
    );
  });
});
