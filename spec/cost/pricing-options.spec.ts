import { type PricingOptions, resolvePricing } from '../../lib/cost/pricing-options.js';

describe('resolvePricing()', () => {
  it('resolves nothing to the published prices', () => {
    expect(resolvePricing(undefined)).toEqual({
      config: { overrides: expect.objectContaining({ size: 0 }), deployments: new Map(), serviceTiers: [] },
      problems: [],
      warnings: [],
    });
  });

  it('reads the price file that the environment names, unless an option says otherwise', () => {
    const env = { LLM_EDGE_PRICES_FILE: '/no/such/file.json' };
    const unreadable = expect.objectContaining({
      option: 'pricing.overrides',
      variable: 'LLM_EDGE_PRICES_FILE',
      seen: '"/no/such/file.json"',
      effect: 'no price is taken from there',
    });

    expect(resolvePricing({}, env)).toMatchObject({ problems: [], warnings: [unreadable] });
    expect(resolvePricing({ overrides: {} }, env)).toMatchObject({ problems: [], warnings: [] });
    expect(resolvePricing({}, { LLM_EDGE_PRICES_FILE: ' ' })).toMatchObject({ problems: [], warnings: [] });
  });

  it('resolves deployments and service tiers', () => {
    const row = { provider: 'openai', tier: 'scale', multiplier: 0.8 };

    expect(resolvePricing({ deployments: { Prod: 'gpt-4o' }, serviceTiers: [row] })).toMatchObject({
      config: { deployments: new Map([['prod', 'gpt-4o']]), serviceTiers: [row] },
      problems: [],
    });
  });

  it('gathers everything that is wrong, and keeps what is right', () => {
    const right = { provider: '*', model: 'gpt-*', tier: 'batch', multiplier: 0 };
    const { config, problems } = resolvePricing({
      overrides: { openai: { 'gpt-4o': {} } },
      deployments: { prod: '', dev: 'gpt-4o' },
      serviceTiers: [
        right,
        'batch',
        { provider: '', model: '*-mini', tier: 'default', multiplier: -1, cacheReadMultiplier: 'half' },
      ],
    } as unknown as PricingOptions);

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
    expect(config.serviceTiers).toEqual([right]);
    expect(config.deployments).toEqual(new Map([['dev', 'gpt-4o']]));
  });

  it.each([
    ['pricing', 'cheap'],
    ['pricing.deployments', { deployments: ['gpt-4o'] }],
    ['pricing.serviceTiers', { serviceTiers: { batch: 0.5 } }],
  ])('names %s as a problem when it is %j', (option, value) => {
    expect(resolvePricing(value as unknown as PricingOptions).problems).toEqual([
      expect.objectContaining({ option }),
    ]);
  });

  it('names options that do not exist, and what they may have meant', () => {
    const tier = { provider: 'openai', tier: 'scale', multiplier: 0.8, cacheMultiplier: 1 };
    const options = { overides: {}, serviceTiers: [tier] } as PricingOptions;
    expect(resolvePricing(options).problems).toEqual([
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
