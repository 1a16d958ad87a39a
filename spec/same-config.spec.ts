import type { MonitoringOptions } from '../lib/monitoring/options.js';
import { resolveConfig } from '../lib/monitoring/resolve-config.js';
import { sameConfig } from '../lib/monitoring/same-config.js';

function configOf(options: MonitoringOptions) {
  const result = resolveConfig(options, {});
  if (!result.ok) throw result.error;
  return result.value;
}

const PRICING = {
  overrides: { openai: { 'gpt-4o': { input: 1, output: 2 } } },
  deployments: { mine: 'gpt-4o' },
};
const onThreshold = () => undefined;
const BUDGET = { name: 'team', limitUsd: 10, window: 'day', onThreshold } as const;

describe('sameConfig()', () => {
  it.each<[string, MonitoringOptions]>([
    ['nothing', {}],
    ['settings', { serviceName: 'a', resourceAttributes: { b: 'c' }, providers: { openai: ['gpt-4o'] } }],
    ['prices and budgets', { pricing: PRICING, budgets: [BUDGET] }],
  ])('takes two that were resolved from equal options for the same: %s', (_, options) => {
    expect(sameConfig(configOf(options), configOf({ ...options }))).toBe(true);
  });

  it.each<[string, MonitoringOptions, MonitoringOptions]>([
    ['a setting', { serviceName: 'a' }, { serviceName: 'b' }],
    [
      'a price',
      { pricing: PRICING },
      { pricing: { overrides: { openai: { 'gpt-4o': { input: 1, output: 3 } } } } },
    ],
    ['a deployment', { pricing: PRICING }, { pricing: { ...PRICING, deployments: { mine: 'gpt-4' } } }],
    ['a budget', { budgets: [BUDGET] }, { budgets: [{ ...BUDGET, limitUsd: 11 }] }],
    ['a callback', { budgets: [BUDGET] }, { budgets: [{ ...BUDGET, onThreshold: () => undefined }] }],
    [
      'an object of the user',
      { resourceDetectors: [{ detect: () => ({}) }] },
      { resourceDetectors: [{ detect: () => ({}) }] },
    ],
  ])('tells two apart by %s', (_, a, b) => {
    expect(sameConfig(configOf(a), configOf(b))).toBe(false);
  });
});
