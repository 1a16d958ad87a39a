import { type ConfigProblem, type Environment, type PricingOptions, resolveConfig } from '../../lib/index.js';

function configOf(pricing: PricingOptions | undefined, env: Environment = {}) {
  const result = resolveConfig({ pricing }, env);
  if (!result.ok) throw result.error;
  return result.value;
}

function problemsOf(pricing: unknown): readonly ConfigProblem[] {
  const result = resolveConfig({ pricing: pricing as PricingOptions }, {});
  return result.ok ? [] : result.error.problems;
}

describe('the options of pricing', () => {
  it('are the published prices where nothing is given', () => {
    const published = {
      pricing: { overrides: expect.objectContaining({ size: 0 }), deployments: new Map(), serviceTiers: [] },
      warnings: [],
    };
    expect(configOf(undefined)).toMatchObject(published);
    expect(configOf({})).toMatchObject(published);
  });

  it('take the price file that the environment names, unless an option says otherwise', () => {
    const env = { LLM_EDGE_PRICES_FILE: '/no/such/file.json' };
    const unreadable = expect.objectContaining({
      option: 'pricing.overrides',
      variable: 'LLM_EDGE_PRICES_FILE',
      seen: '"/no/such/file.json"',
      effect: 'no price is taken from there',
    });

    expect(configOf({}, env).warnings).toEqual([unreadable]);
    expect(configOf({ overrides: {} }, env).warnings).toEqual([]);
    expect(configOf({}, { LLM_EDGE_PRICES_FILE: ' ' }).warnings).toEqual([]);
  });

  it('take deployments and service tiers', () => {
    const row = { provider: 'openai', tier: 'scale', multiplier: 0.8 };

    expect(configOf({ deployments: { Prod: 'gpt-4o' }, serviceTiers: [row] }).pricing).toMatchObject({
      deployments: new Map([['prod', 'gpt-4o']]),
      serviceTiers: [row],
    });
  });

  it('are refused with everything that is wrong, and nothing that is right', () => {
    const right = { provider: '*', model: 'gpt-*', tier: 'batch', multiplier: 0 };
    const problems = problemsOf({
      overrides: { openai: { 'gpt-4o': {} } },
      deployments: { prod: '', dev: 'gpt-4o' },
      serviceTiers: [
        right,
        'batch',
        { provider: '', model: '*-mini', tier: 'default', multiplier: -1, cacheReadMultiplier: 'half' },
      ],
    });

    expect(problems.map(({ option, seen }) => `${option} ${seen}`)).toEqual([
      'pricing.overrides.openai.gpt-4o an empty object',
      'pricing.deployments.prod an empty string',
      'pricing.serviceTiers[1] a string of 5 characters',
      'pricing.serviceTiers[2].provider an empty string',
      'pricing.serviceTiers[2].model a string of 6 characters',
      'pricing.serviceTiers[2].tier "default"',
      'pricing.serviceTiers[2].multiplier -1',
      'pricing.serviceTiers[2].cacheReadMultiplier a string of 4 characters',
    ]);
  });

  it.each([
    ['pricing', 'cheap'],
    ['pricing.deployments', { deployments: ['gpt-4o'] }],
    ['pricing.serviceTiers', { serviceTiers: { batch: 0.5 } }],
  ])('are refused at %s when it is %j', (option, value) => {
    expect(problemsOf(value)).toEqual([expect.objectContaining({ option })]);
  });

  it('are refused where they do not exist, with what they may have meant', () => {
    const tier = { provider: 'openai', tier: 'scale', multiplier: 0.8, cacheMultiplier: 1 };
    expect(problemsOf({ overides: {}, serviceTiers: [tier] })).toEqual([
      {
        option: 'pricing.overides',
        variable: undefined,
        seen: 'an empty object',
        remedy: 'there is no such option; did you mean overrides?',
      },
      {
        option: 'pricing.serviceTiers[0].cacheMultiplier',
        variable: undefined,
        seen: '1',
        remedy: 'there is no such option; remove it',
      },
    ]);
  });
});
