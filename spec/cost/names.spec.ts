import { waitForUpdate } from '@pydantic/genai-prices';
import { calculateCost } from '../../lib/index.js';
import { startTestMonitoring, type TestMonitoring } from '../../lib/testing.js';

const USAGE = { inputTokens: 1000, outputTokens: 100 };
const CONTEXT = { at: new Date('2026-11-16T12:00:00Z') };

function usd(provider: string, model: string): number | undefined {
  return calculateCost(provider, model, USAGE, CONTEXT)?.totalUsd;
}

describe('the name of a provider', () => {
  let test: TestMonitoring;
  beforeAll(async () => {
    const names = ['openai', 'anthropic', 'azure', 'aws', 'google', 'mistral', 'x-ai', 'cohere', 'deepseek'];
    const others = ['groq', 'perplexity', 'moonshotai', 'together', 'fireworks', 'self-hosted'];
    const prices = [...names, ...others].map((name, place) => [name, { m: { input: place + 1, output: 0 } }]);
    test = await startTestMonitoring({ pricing: { overrides: Object.fromEntries(prices) } });
  });
  afterAll(() => test.shutdown());

  it.each([
    ['OpenAI', 'openai'],
    ['azure.ai.openai', 'azure'],
    ['azure.ai.inference', 'azure'],
    ['azure_openai', 'azure'],
    ['aws.bedrock', 'aws'],
    ['bedrock_converse', 'aws'],
    ['gcp.gemini', 'google'],
    ['gcp.gen_ai', 'google'],
    ['gcp.vertex_ai', 'google'],
    ['vertex_ai-anthropic_models', 'google'],
    ['mistral_ai', 'mistral'],
    ['x_ai', 'x-ai'],
    ['xai', 'x-ai'],
    ['moonshot_ai', 'moonshotai'],
    ['together.ai', 'together'],
    ['fireworks_ai', 'fireworks'],
    [' Self-Hosted ', 'self-hosted'],
  ])('%j is priced as %j', (provider, listed) => {
    expect(usd(provider, 'm')).toBeGreaterThan(0);
    expect(usd(provider, 'm')).toBe(usd(listed, 'm'));
  });

  it.each(['constructor', '__proto__', 'openai2'])('%j is that of nobody', (provider) => {
    expect(usd(provider, 'm')).toBeUndefined();
  });

  it.each([
    ['openai', 'openai/m', true],
    ['openai', 'OpenAI/m', true],
    ['azure', 'openai/m', true],
    ['azure', 'anthropic/m', false],
    ['google', 'models/m', true],
    ['google', 'publishers/google/models/m', true],
    ['openai', 'models/', false],
  ])('of %s finds %s: %s', (provider, model, isFound) => {
    expect(usd(provider, model) === usd(provider, 'm')).toBe(isFound);
  });
});

/** What {@link USAGE} costs by a row of the price list. */
async function listedUsd(providerId: string, modelId: string): Promise<number> {
  const provider = (await waitForUpdate())?.find(({ id }) => id === providerId);
  const { prices } = provider?.models.find(({ id }) => id === modelId) ?? {};
  const { input_mtok: input, output_mtok: output } = prices as Record<string, number | { base: number }>;
  const rates = [input, output].map((rate) => (typeof rate === 'object' ? rate.base : (rate ?? Number.NaN)));
  return ((rates[0] ?? 0) * USAGE.inputTokens + (rates[1] ?? 0) * USAGE.outputTokens) / 1e6;
}

describe('the name of a model', () => {
  it.each([
    ['azure.ai.openai', 'gpt-4o-2024-08-06', 'openai', 'gpt-4o'],
    ['azure.ai.openai', 'gpt-35-turbo', 'openai', 'gpt-3.5-turbo'],
    ['azure.ai.inference', 'claude-sonnet-4-5', 'anthropic', 'claude-sonnet-4-5'],
    [
      'aws.bedrock',
      'us.anthropic.claude-sonnet-4-5-20250929-v1:0',
      'aws',
      'regional.anthropic.claude-sonnet-4-5-20250929-v1:0',
    ],
    [
      'aws.bedrock',
      'us-gov.anthropic.claude-3-5-sonnet-20240620-v1:0',
      'aws',
      'regional.anthropic.claude-3-5-sonnet-20240620-v1:0',
    ],
    ['aws.bedrock', 'us.deepseek.r1-v1:0', 'aws', 'deepseek.r1-v1:0'],
    ['gcp.vertex_ai', 'claude-3-5-haiku@20241022', 'google', 'claude-3-5-haiku'],
    ['google', 'models/gemini-2.5-flash', 'google', 'gemini-2.5-flash'],
    ['google', 'publishers/google/models/gemini-2.5-flash-002', 'google', 'gemini-2.5-flash'],
    ['gcp.gen_ai', 'gemini-2.5-flash', 'google', 'gemini-2.5-flash'],
    ['x_ai', 'grok-4-fast-reasoning', 'x-ai', 'grok-4-fast-reasoning'],
    ['mistral_ai', 'codestral-latest', 'mistral', 'codestral'],
    ['moonshot_ai', 'kimi-k2-0905-preview', 'moonshotai', 'kimi-k2-0905-preview'],
    [
      'together.ai',
      'meta-llama/Llama-3.3-70B-Instruct-Turbo',
      'together',
      'meta-llama/Llama-3.3-70B-Instruct-Turbo',
    ],
    ['openai', 'ft:gpt-4o-2024-08-06:org::id', 'openai', 'ft:gpt-4o'],
    ['openrouter', 'openai/gpt-4o', 'openrouter', 'openai/gpt-4o'],
  ])('%s %s is that of %s %s', async (provider, model, listedProvider, listedModel) => {
    expect(usd(provider, model)).toBeCloseTo(await listedUsd(listedProvider, listedModel), 12);
  });

  it.each([
    ['google', 'claude-opus-4-1@20250805', 'google', 'claude-opus-4-1'],
    ['fireworks', 'deepseek-v4-pro', 'fireworks', 'accounts/fireworks/models/deepseek-v4-pro'],
    ['openai', 'openai/gpt-4o', 'openai', 'gpt-4o'],
  ])('%s %s is priced as %s %s', (provider, model, sameProvider, sameModel) => {
    expect(usd(provider, model)).toBeGreaterThan(0);
    expect(usd(provider, model)).toBe(usd(sameProvider, sameModel));
  });

  it.each([
    ['', 'gpt-4o'],
    ['my-gateway', 'gpt-4o'],
    ['openai', 'gpt-4o-super-secret'],
    ['anthropic', 'claude-opus-99'],
    ['openai', ''],
    ['openai', '  '],
    [' ', 'gpt-4o'],
  ])('%j %j has no price', (provider, model) => {
    expect(usd(provider, model)).toBeUndefined();
  });
});

describe('a blank name', () => {
  it('is neither priced nor charged, whatever prices there are', async () => {
    const everything = { '*': { '*': { input: 1, output: 1 } } };
    const test = await startTestMonitoring({ pricing: { overrides: everything } });

    expect(usd('openai', ' \t')).toBeUndefined();
    expect(usd(' ', 'gpt-4o')).toBeUndefined();
    expect(await test.value('llm_edge_monitoring_dropped_total', { reason: 'invalid_name' })).toBe(2);
    await test.shutdown();
  });

  it('and one that is too long are judged alike by prices and by records', async () => {
    const everything = { '*': { '*': { input: 1, output: 1 } } };
    const test = await startTestMonitoring({ pricing: { overrides: everything } });

    expect([usd('openai', 'x'.repeat(200)), usd('openai', 'x'.repeat(201))]).toEqual([0.0011, undefined]);
    await test.shutdown();
  });
});
