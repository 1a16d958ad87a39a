import { listModels, listProvider } from '../../lib/cost/aliases.js';
import { findListPrice } from '../../lib/cost/price-list.js';

describe('listProvider()', () => {
  it.each([
    ['openai', 'openai'],
    ['OpenAI', 'openai'],
    ['anthropic', 'anthropic'],
    ['azure', 'azure'],
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
    ['cohere', 'cohere'],
    ['deepseek', 'deepseek'],
    ['groq', 'groq'],
    ['perplexity', 'perplexity'],
    ['moonshot_ai', 'moonshotai'],
    ['together.ai', 'together'],
    ['fireworks_ai', 'fireworks'],
    [' Self-Hosted ', 'self-hosted'],
    ['constructor', 'constructor'],
  ])('of %j is %j', (provider, listed) => {
    expect(listProvider(provider)).toBe(listed);
  });
});

describe('listModels()', () => {
  it.each([
    ['openai', 'gpt-4o', ['gpt-4o']],
    ['openai', 'openai/gpt-4o', ['openai/gpt-4o', 'gpt-4o']],
    ['openrouter', 'openai/gpt-4o', ['openai/gpt-4o']],
    ['google', 'models/gemini-2.5-flash', ['models/gemini-2.5-flash', 'gemini-2.5-flash']],
    [
      'google',
      'publishers/google/models/gemini-2.5-flash-002',
      ['publishers/google/models/gemini-2.5-flash-002', 'gemini-2.5-flash-002', 'gemini-2.5-flash'],
    ],
    ['google', 'claude-opus-4-1@20250805', ['claude-opus-4-1@20250805', 'claude-opus-4-1']],
    ['fireworks', 'deepseek-v4-pro', ['deepseek-v4-pro', 'accounts/fireworks/models/deepseek-v4-pro']],
    ['openai', 'models/', ['models/']],
  ])('of %s, %s', (provider, model, names) => {
    expect(listModels(provider, model)).toEqual(names);
  });
});

describe('findListPrice()', () => {
  it.each([
    ['azure.ai.openai', 'gpt-4o-2024-08-06', 'azure', 'gpt-4o'],
    ['azure.ai.openai', 'gpt-35-turbo', 'azure', 'gpt-3.5-turbo'],
    ['azure.ai.inference', 'claude-sonnet-4-5', 'azure', 'claude-sonnet-4-5'],
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
  ])('finds %s %s', (provider, model, listedProvider, listedModel) => {
    const listed = listProvider(provider);

    expect(findListPrice(listed, listModels(listed, model))).toMatchObject({
      provider: listedProvider,
      model: listedModel,
    });
  });

  it.each([
    ['', 'gpt-4o'],
    ['my-gateway', 'gpt-4o'],
    ['openai', 'gpt-4o-super-secret'],
    ['anthropic', 'claude-opus-99'],
  ])('finds nothing for %j %j', (provider, model) => {
    expect(findListPrice(provider, [model])).toBeUndefined();
  });
});
