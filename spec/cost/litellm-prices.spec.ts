import { resolveConfig, type Usage } from '../../lib/index.js';
import { createTestPricing } from '../support/prices.js';

const TEXT = { inputTokens: 1000, outputTokens: 100 };
const RATES = { input_cost_per_token: 2e-6, output_cost_per_token: 8e-6 };

function usd(
  entries: Record<string, Record<string, unknown>>,
  provider: string,
  model: string,
  usage: Usage,
): number | undefined {
  return createTestPricing({ overrides: entries }).calculateCost(provider, model, usage)?.totalUsd;
}

describe("LiteLLM's prices", () => {
  it.each([
    ['gpt-4o', 'openai', 'openai', 'gpt-4o'],
    ['azure/my-gpt', 'azure', 'azure', 'my-gpt'],
    ['gemini/gemini-x', 'gemini', 'google', 'gemini-x'],
    ['vertex_ai/claude-x', 'vertex_ai-anthropic_models', 'google', 'claude-x'],
    ['us.anthropic.claude-x', 'bedrock_converse', 'aws', 'us.anthropic.claude-x'],
    ['xai/grok-x', 'xai', 'x-ai', 'grok-x'],
    ['openrouter/openai/gpt-x', 'openrouter', 'openrouter', 'openai/gpt-x'],
    ['together_ai/meta/llama', 'together_ai', 'together', 'meta/llama'],
  ])('takes %s of %s for %s %s', (key, litellmProvider, provider, model) => {
    const entries = { [key]: { litellm_provider: litellmProvider, ...RATES } };

    expect(usd(entries, provider, model, TEXT)).toBeCloseTo(0.0028, 12);
  });

  it.each([
    ['audio by time', { input_cost_per_second: 0.0001 }, { inputAudioSeconds: 30 }, 0.003],
    ['a query', { input_cost_per_query: 0.002 }, {}, 0.002],
    [
      'audio tokens',
      { ...RATES, input_cost_per_audio_token: 1e-5, output_cost_per_audio_token: 2e-5 },
      { inputTokens: 100, inputAudioTokens: 60, outputTokens: 10, outputAudioTokens: 10 },
      40 * 2e-6 + 60 * 1e-5 + 10 * 2e-5,
    ],
    [
      'reasoning tokens',
      { ...RATES, output_cost_per_reasoning_token: 3e-6 },
      { inputTokens: 100, outputTokens: 50, reasoningTokens: 40 },
      100 * 2e-6 + 10 * 8e-6 + 40 * 3e-6,
    ],
    [
      'null for a rate that is not',
      { ...RATES, cache_read_input_token_cost: null },
      { inputTokens: 100, cacheReadTokens: 50, outputTokens: 0 },
      100 * 2e-6,
    ],
  ])('prices %s', (_, fields, usage, expectedUsd) => {
    const entries = { m: { litellm_provider: 'openai', ...fields } };

    expect(usd(entries, 'openai', 'm', { inputTokens: 0, outputTokens: 0, ...usage })).toBeCloseTo(
      expectedUsd,
      12,
    );
  });

  it('has no price for searches that are charged by a size nobody reports', () => {
    const bySize = { search_context_size_low: 0.03, search_context_size_high: 0.05 };
    const entries = { m: { litellm_provider: 'openai', ...RATES, search_context_cost_per_query: bySize } };

    expect(usd(entries, 'openai', 'm', { inputTokens: 1, outputTokens: 1, webSearches: 1 })).toBeUndefined();
    expect(usd(entries, 'openai', 'm', { inputTokens: 1, outputTokens: 1 })).toBeCloseTo(10e-6, 12);
  });

  it('leaves out what it cannot count, and says nothing of it', () => {
    const entries = {
      sample_spec: { litellm_provider: 'one of ...', input_cost_per_token: 0 },
      fallback_generalizations: { rules: [] },
      'dall-e': { litellm_provider: 'openai', output_cost_per_image: 0.04 },
      'by-range': {
        litellm_provider: 'dashscope',
        tiered_pricing: [{ range: [0, 1], input_cost_per_token: 1 }],
      },
      placeholder: { litellm_provider: 'github_copilot', input_cost_per_token: 0, output_cost_per_token: 0 },
      'image-parts': { litellm_provider: 'openai', input_cost_per_image_token: 1e-5 },
      odd: { litellm_provider: 'openai', ...RATES, input_cost_per_token_above_128k_tokens: 4e-6 },
      'odd-tier': {
        litellm_provider: 'openai',
        ...RATES,
        cache_read_input_token_cost_above_128k_tokens: 4e-6,
      },
    };

    expect(resolveConfig({ pricing: { overrides: entries } }, {}).ok).toBe(true);
    const priced = Object.keys(entries).filter((model) =>
      ['openai', 'dashscope', 'github_copilot', 'one of ...'].some((provider) =>
        usd(entries, provider, model, TEXT),
      ),
    );
    expect(priced).toEqual(['odd', 'odd-tier']);
  });

  it('names what is wrong', () => {
    const overrides = {
      good: { litellm_provider: 'openai', ...RATES },
      nobody: RATES,
      text: { litellm_provider: 'openai', ...RATES, input_cost_per_token: '2e-6' },
    };
    const result = resolveConfig({ pricing: { overrides } }, {});

    expect((result.ok ? [] : result.error.problems).map(({ option, seen }) => [option, seen])).toEqual([
      ['pricing.overrides.nobody', 'an object with 2 members'],
      ['pricing.overrides.text.input', '"2e-6"'],
    ]);
  });
});
