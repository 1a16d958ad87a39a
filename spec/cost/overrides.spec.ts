import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ConfigProblem, type PriceOverridesOption, resolveConfig } from '../../lib/index.js';
import { createTestPricing } from '../support/prices.js';

const USAGE = { inputTokens: 1000, outputTokens: 100 };

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'prices-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

function usd(overrides: PriceOverridesOption, provider: string, model: string): number | undefined {
  return createTestPricing({ overrides }).calculateCost(provider, model, USAGE)?.totalUsd;
}

/** What is wrong with prices. */
function problemsOf(overrides: unknown): readonly ConfigProblem[] {
  const result = resolveConfig({ pricing: { overrides: overrides as PriceOverridesOption } }, {});
  return result.ok ? [] : result.error.problems;
}

/** The problems of one price of one model, as `option: remedy`. */
function problemsOfPrice(price: unknown): string[] {
  return problemsOf({ p: { m: price } }).map(({ option, remedy }) => `${option}: ${remedy}`);
}

describe('pricing.overrides', () => {
  it('reads an object', () => {
    expect(usd({ openai: { 'gpt-4o*': { input: 2, output: 8 } } }, 'openai', 'gpt-4o-mini')).toBeCloseTo(
      0.0028,
      12,
    );
  });

  it('reads a JSON file', () => {
    const path = file('own.json', '{"openai":{"gpt-4o":{"input":2,"output":8}}}');

    expect(usd(path, 'openai', 'gpt-4o')).toBeCloseTo(0.0028, 12);
  });

  it("reads LiteLLM's price file", () => {
    const entry = { litellm_provider: 'openai', input_cost_per_token: 2e-6, output_cost_per_token: 8e-6 };

    expect(usd(file('litellm.json', JSON.stringify({ 'gpt-4o': entry })), 'openai', 'gpt-4o')).toBeCloseTo(
      0.0028,
      12,
    );
  });

  it('gathers everything that is wrong, and keeps what is right', () => {
    const overrides = {
      openai: { 'gpt-4o': { input: -1, output: 'ten' }, 'gpt-*-mini': { input: 1, output: 1 } },
      azure: 'cheap',
      anthropic: { 'claude-*': { input: 3, output: 15 } },
    };

    const variable = 'LLM_EDGE_PRICES_FILE';
    const remedy = 'write US dollars as a number that is not negative';
    expect(problemsOf(overrides)).toEqual([
      { option: 'pricing.overrides.openai.gpt-4o.input', variable, seen: '-1', remedy },
      {
        option: 'pricing.overrides.openai.gpt-4o.output',
        variable,
        seen: 'a string of 3 characters',
        remedy,
      },
      {
        option: 'pricing.overrides.openai.gpt-*-mini',
        variable,
        seen: 'an object with 2 members',
        remedy: 'write a name with * only at its end',
      },
      {
        option: 'pricing.overrides.azure',
        variable,
        seen: 'a string of 5 characters',
        remedy: expect.stringContaining('write prices by model'),
      },
    ]);
    expect(usd(overrides as never, 'anthropic', 'claude-of-ours')).toBeCloseTo(0.0045, 12);
    expect(usd(overrides as never, 'openai', 'gpt-x-mini')).toBeUndefined();
  });

  it.each([
    ['a file that does not exist', () => join(folder, 'none.json'), /^name a file that can be read: ENOENT/],
    ['a file that is no JSON', () => file('bad.json', '{ input: 1 }'), /^name a file that holds JSON$/],
    ['a file with something else', () => file('list.json', '[1]'), /^write prices by provider and model/],
  ])('names %s as a problem', (_, path, remedy) => {
    expect(problemsOf(path())).toEqual([
      expect.objectContaining({ option: 'pricing.overrides', remedy: expect.stringMatching(remedy) }),
    ]);
  });

  it.each([
    [null, ['pricing.overrides.p.m: write the rates of the model, such as { "input": 2.5, "output": 10 }']],
    [
      {},
      [
        'pricing.overrides.p.m: write at least one rate; a free model has { "input": 0, "output": 0 }, with "inputAudioPerHour": 0 for speech',
      ],
    ],
    [
      { cacheRead: 1, output: 1 },
      ['pricing.overrides.p.m.cacheRead: write input too: cacheRead is a part of it'],
    ],
    [
      { input: 1, reasoning: 1 },
      ['pricing.overrides.p.m.reasoning: write output too: reasoning is a part of it'],
    ],
    [
      { input: Number.NaN },
      ['pricing.overrides.p.m.input: write US dollars as a number that is not negative'],
    ],
    [
      { input: 1, tiers: { above: 5 } },
      ['pricing.overrides.p.m.tiers: write an array, such as [{ "aboveInputTokens": 200000, "input": 5 }]'],
    ],
    [
      { input: 1, tiers: [7, { input: 2 }, { aboveInputTokens: 1.5, input: 2 }] },
      [
        'pricing.overrides.p.m.tiers[0]: write an object, such as { "aboveInputTokens": 200000, "input": 5 }',
        'pricing.overrides.p.m.tiers[1].aboveInputTokens: write a positive whole number of tokens',
        'pricing.overrides.p.m.tiers[2].aboveInputTokens: write a positive whole number of tokens',
      ],
    ],
    [
      { input: 1, tiers: [{ aboveInputTokens: 5, output: 2 }] },
      ['pricing.overrides.p.m.tiers[0].output: write output outside the tiers too'],
    ],
    [
      { input: 1, serviceTiers: { default: { input: 1 }, batch: null, flex: { input: -1 } } },
      [
        'pricing.overrides.p.m.serviceTiers.default: write the standard rates into the price itself',
        'pricing.overrides.p.m.serviceTiers.batch: write rates, such as { "input": 1.25, "output": 5 }',
        'pricing.overrides.p.m.serviceTiers.flex.input: write US dollars as a number that is not negative',
      ],
    ],
    [
      { input: 1, serviceTiers: 'batch' },
      [
        'pricing.overrides.p.m.serviceTiers: write rates by service tier, such as { "batch": { "input": 1.25 } }',
      ],
    ],
  ])('refuses %j', (price, problems) => {
    expect(problemsOfPrice(price)).toEqual(problems);
  });

  it('names the rates there are for one that is not', () => {
    expect(problemsOfPrice({ input: 1, inputs: 2 })).toEqual([
      expect.stringMatching(/^pricing\.overrides\.p\.m\.inputs: write one of .*cacheRead.*perRequest$/),
    ]);
  });
});
