import { resolveConfig } from '../../lib/index.js';
import { createTestPricing } from '../support/prices.js';

const USAGE = { inputTokens: 1_000_000, outputTokens: 0 };
const [EXACT, SHORT, LONG, ANYBODY] = [1, 2, 3, 4];

describe('the names of an override', () => {
  const { calculateCost } = createTestPricing({
    overrides: {
      OpenAI: { 'gpt-*': { input: SHORT } },
      openai: { 'GPT-4o-*': { input: LONG }, 'gpt-4o': { input: EXACT } },
      google: { 'my-gemini': { input: EXACT } },
      '*': { 'llama*': { input: ANYBODY } },
    },
    deployments: { prod: 'gpt-4o' },
  });
  const usd = (provider: string, model: string) => calculateCost(provider, model, USAGE)?.totalUsd;

  it.each([
    ['an exact name before a prefix', 'openai', 'gpt-4o', EXACT],
    ['a longer prefix before a shorter', 'openai', 'gpt-4o-mini', LONG],
    ['a shorter prefix', 'openai', 'gpt-5-of-ours', SHORT],
    ['an exact name of any name of the model before a prefix', 'openai', 'models/gpt-4o', EXACT],
    ['the name behind a deployment', 'openai', 'Prod', EXACT],
    ['any case', 'OPENAI', 'Gpt-4O', EXACT],
    ['the name of the provider in the price list', 'gcp.vertex_ai', 'my-gemini', EXACT],
    ['all names of the model', 'gcp.vertex_ai', 'publishers/google/models/my-gemini', EXACT],
    ['the price for every provider', 'vllm', 'llama-3', ANYBODY],
    ['nothing for another provider', 'anthropic', 'gpt-4o', undefined],
    ['nothing for a prefix that stands elsewhere', 'openai', 'my-gpt-4', undefined],
    ['nothing for another model', 'openai', 'my-gemini', undefined],
  ])('find %s', (_, provider, model, found) => {
    expect(usd(provider, model)).toBe(found);
  });

  it('keep the last price', () => {
    const { calculateCost: calculate } = createTestPricing({
      overrides: { openai: { 'gpt-*': { input: 1 } }, OpenAI: { 'GPT-*': { input: 5 } } },
    });

    expect(calculate('openai', 'gpt-5-of-ours', USAGE)?.totalUsd).toBe(5);
  });

  it.each([
    ['', 'write a name that is not empty'],
    ['*-mini', 'write a name with * only at its end'],
    ['gpt-*-mini*', 'write a name with * only at its end'],
    ['x'.repeat(201), 'write a name of at most 200 characters'],
  ])('cannot be %j', (name, remedy) => {
    const result = resolveConfig({ pricing: { overrides: { p: { [name]: { input: 1 } } } } }, {});

    expect(result.ok ? '' : result.error.message).toContain(remedy);
  });

  it.each([
    [{ overrides: { ' ': { 'gpt-4o': { input: 1 } } } }, 'write a name that is not empty'],
    [
      { overrides: { ['x'.repeat(201)]: { 'gpt-4o': { input: 1 } } } },
      'write a name of at most 200 characters',
    ],
    [{ deployments: { ' ': 'gpt-4o' } }, 'write a name that is not empty'],
    [{ deployments: { ['x'.repeat(201)]: 'gpt-4o' } }, 'write a name of at most 200 characters'],
    [
      {
        overrides: {
          ['x'.repeat(201)]: { litellm_provider: 'openai', input_cost_per_token: 1e-6 },
        },
      },
      'write a name of at most 200 characters',
    ],
  ])('follow the rule of all names: case %#', (pricing, remedy) => {
    const result = resolveConfig({ pricing }, {});

    expect(result.ok ? '' : result.error.message).toContain(remedy);
  });

  it('are well-formed, as labels are', () => {
    const { calculateCost: calculate } = createTestPricing({
      overrides: { 'my\ud800host': { 'a\ud800': { input: 1 } } },
      deployments: { 'b\ud800': 'a\ud800' },
    });

    expect(calculate('my\ud800host', 'a\ud800', USAGE)?.totalUsd).toBe(1);
    expect(calculate('my\ud800host', 'b\ud800', USAGE)?.totalUsd).toBe(1);
  });
});
