import type { TestMonitoringOptions } from '../../lib/testing.js';
import { type CostRow, itCosts } from '../support/cost-row.js';

/** What a user may have agreed on. */
const OWN: TestMonitoringOptions['pricing'] = {
  overrides: {
    openai: {
      'gpt-4o': { input: 2, output: 8, cacheRead: 0.5 },
      'gpt-*': { input: 9, output: 9 },
      'gpt-5-*': {
        input: 1,
        output: 4,
        cacheRead: 0.1,
        tiers: [
          { aboveInputTokens: 100_000, input: 2 },
          { aboveInputTokens: 500_000, input: 3, output: 6 },
        ],
        serviceTiers: { flex: { input: 0.4, output: 1.6 } },
      },
    },
    vllm: { '*': { input: 0, output: 0 } },
    replicate: { 'image-model': { perRequest: 0.04 } },
  },
  deployments: { 'team-a-prod': 'gpt-4.1-mini' },
  serviceTiers: [{ provider: 'openai', tier: 'scale', multiplier: 0.8 }],
};

const OVERRIDDEN: readonly CostRow[] = [
  {
    row: 'exact override, before what the provider reported',
    provider: 'openai',
    model: 'gpt-4o',
    usage: { inputTokens: 1000, cacheReadTokens: 400, outputTokens: 100 },
    context: { reportedCostUsd: 99 },
    usd: 600 * 2e-6 + 400 * 0.5e-6 + 100 * 8e-6,
  },
  {
    row: 'wildcard, no rate for the cache',
    provider: 'OpenAI',
    model: 'gpt-4.1',
    usage: { inputTokens: 1000, cacheReadTokens: 400, outputTokens: 100 },
    usd: 1000 * 9e-6 + 100 * 9e-6,
  },
  {
    row: 'longest wildcard, base of its tiers',
    provider: 'openai',
    model: 'gpt-5-mini',
    usage: { inputTokens: 100_000, cacheReadTokens: 50_000, outputTokens: 100 },
    usd: 50_000 * 1e-6 + 50_000 * 0.1e-6 + 100 * 4e-6,
  },
  {
    row: 'first tier of an override',
    provider: 'openai',
    model: 'gpt-5-mini',
    usage: { inputTokens: 100_001, outputTokens: 100 },
    usd: 100_001 * 2e-6 + 100 * 4e-6,
  },
  {
    row: 'second tier of an override',
    provider: 'openai',
    model: 'gpt-5-mini',
    usage: { inputTokens: 600_000, outputTokens: 100 },
    usd: 600_000 * 3e-6 + 100 * 6e-6,
  },
  {
    row: 'rates of a service tier, before the multiple',
    provider: 'openai',
    model: 'gpt-5-mini',
    usage: { inputTokens: 1000, cacheReadTokens: 500, outputTokens: 100 },
    context: { serviceTier: 'flex' },
    usd: 500 * 0.4e-6 + 500 * 0.1e-6 + 100 * 1.6e-6,
  },
  {
    row: 'published multiple of an override',
    provider: 'openai',
    model: 'gpt-5-mini',
    usage: { inputTokens: 1000, outputTokens: 100 },
    context: { serviceTier: 'batch' },
    usd: (1000 * 1e-6 + 100 * 4e-6) * 0.5,
  },
  {
    row: 'multiple of the user for a tier sold by commitment',
    provider: 'openai',
    model: 'o3',
    usage: { inputTokens: 1000, outputTokens: 100 },
    context: { serviceTier: 'scale' },
    usd: (1000 * 2e-6 + 100 * 8e-6) * 0.8,
  },
  {
    row: 'a price of 0 is a price',
    provider: 'vllm',
    model: 'llama-3',
    usage: { inputTokens: 1000, outputTokens: 100 },
    usd: 0,
  },
  {
    row: 'a price for each request only',
    provider: 'replicate',
    model: 'image-model',
    usage: { inputTokens: 77, outputTokens: 0 },
    usd: 0.04,
  },
  {
    row: 'deployment of Azure',
    provider: 'azure.ai.openai',
    model: 'Team-A-Prod',
    usage: { inputTokens: 1000, cacheReadTokens: 500, outputTokens: 100 },
    usd: 500 * 0.4e-6 + 500 * 0.1e-6 + 100 * 1.6e-6,
  },
];

/** Entries in the format of LiteLLM's price file, with its field names. */
const LITELLM: TestMonitoringOptions['pricing'] = {
  overrides: {
    sample_spec: { litellm_provider: 'one of https://docs.litellm.ai/docs/providers' },
    'claude-test': {
      litellm_provider: 'anthropic',
      mode: 'chat',
      input_cost_per_token: 3.5e-6,
      output_cost_per_token: 17e-6,
      cache_read_input_token_cost: 0.35e-6,
      cache_creation_input_token_cost: 4.4e-6,
      cache_creation_input_token_cost_above_1hr: 7e-6,
      input_cost_per_token_above_200k_tokens: 7e-6,
      output_cost_per_token_above_200k_tokens: 25e-6,
      cache_creation_input_token_cost_above_1hr_above_200k_tokens: 14e-6,
      search_context_cost_per_query: {
        search_context_size_low: 0.01,
        search_context_size_medium: 0.01,
        search_context_size_high: 0.01,
      },
      max_tokens: 64000,
      supports_vision: true,
    },
    'azure/eu/gpt-test': {
      litellm_provider: 'azure',
      input_cost_per_token: 2.75e-6,
      input_cost_per_token_priority: 4.7e-6,
      output_cost_per_token: 11e-6,
      output_cost_per_token_priority: 18.7e-6,
      cache_read_input_token_cost: 1.375e-6,
      input_cost_per_token_batches: 1.375e-6,
      output_cost_per_token_batches: 5.5e-6,
    },
  },
};

const IMPORTED: readonly CostRow[] = [
  {
    row: 'all kinds of input, a search',
    provider: 'anthropic',
    model: 'claude-test',
    usage: {
      inputTokens: 10_000,
      cacheReadTokens: 4000,
      cacheWriteTokens: 3000,
      cacheWrite1hTokens: 1000,
      outputTokens: 200,
      webSearches: 1,
    },
    usd: 3000 * 3.5e-6 + 4000 * 0.35e-6 + 2000 * 4.4e-6 + 1000 * 7e-6 + 200 * 17e-6 + 0.01,
  },
  {
    row: 'above 200k tokens',
    provider: 'anthropic',
    model: 'claude-test',
    usage: { inputTokens: 210_000, cacheWriteTokens: 9000, cacheWrite1hTokens: 9000, outputTokens: 200 },
    usd: 201_000 * 7e-6 + 9000 * 14e-6 + 200 * 25e-6,
  },
  {
    row: 'priority, whose cache has no rate of its own',
    provider: 'azure.ai.openai',
    model: 'eu/gpt-test',
    usage: { inputTokens: 1000, cacheReadTokens: 400, outputTokens: 100 },
    context: { serviceTier: 'priority' },
    usd: 600 * 4.7e-6 + 400 * 1.375e-6 + 100 * 18.7e-6,
  },
  {
    row: 'batch',
    provider: 'azure',
    model: 'eu/gpt-test',
    usage: { inputTokens: 1000, outputTokens: 100 },
    context: { serviceTier: 'batch' },
    usd: 1000 * 1.375e-6 + 100 * 5.5e-6,
  },
];

describe.each([
  ["a user's overrides", OWN, OVERRIDDEN],
  ["LiteLLM's prices", LITELLM, IMPORTED],
])('a request with %s', (_, pricing, rows) => {
  itCosts(rows, pricing);
});
