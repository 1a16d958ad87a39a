import { initMonitoring, type MonitoringOptions } from '../lib/index.js';
import { withEnv } from './support/with-env.js';

const QUIET: MonitoringOptions = { metrics: { exporters: [] }, traces: { exporter: 'none' } };
const PRICING = {
  overrides: { openai: { 'gpt-4o': { input: 1, output: 2 } } },
  deployments: { mine: 'gpt-4o' },
};
const onThreshold = () => undefined;
const BUDGET = { name: 'team', limitUsd: 10, window: 'day', onThreshold } as const;

/** What a second start comes to while the first one runs. */
async function secondStart(first: MonitoringOptions, second: MonitoringOptions): Promise<string> {
  return withEnv({}, async () => {
    const monitoring = await initMonitoring({ ...QUIET, ...first });
    try {
      return (await initMonitoring({ ...QUIET, ...second })) === monitoring ? 'the same' : 'another';
    } catch (error) {
      return (error as { readonly code: string }).code;
    } finally {
      await monitoring.shutdown();
    }
  });
}

describe('a second initMonitoring()', () => {
  it.each<[string, MonitoringOptions]>([
    ['nothing', {}],
    ['settings', { serviceName: 'a', resourceAttributes: { b: 'c' }, providers: { openai: ['gpt-4o'] } }],
    ['prices and budgets', { pricing: PRICING, budgets: [BUDGET] }],
  ])('returns the running monitoring where the options are equal: %s', async (_, options) => {
    expect(await secondStart(options, copyOf(options))).toBe('the same');
  });

  it.each<[string, MonitoringOptions, MonitoringOptions]>([
    ['a setting', { serviceName: 'a' }, { serviceName: 'b' }],
    [
      'a price',
      { pricing: PRICING },
      { pricing: { ...PRICING, overrides: { openai: { 'gpt-4o': { input: 1, output: 3 } } } } },
    ],
    ['a deployment', { pricing: PRICING }, { pricing: { ...PRICING, deployments: { mine: 'gpt-4' } } }],
    ['a budget', { budgets: [BUDGET] }, { budgets: [{ ...BUDGET, limitUsd: 11 }] }],
    ['a callback', { budgets: [BUDGET] }, { budgets: [{ ...BUDGET, onThreshold: () => undefined }] }],
    [
      'an object of the user',
      { resourceDetectors: [{ detect: () => ({}) }] },
      { resourceDetectors: [{ detect: () => ({}) }] },
    ],
  ])('is refused where the options differ by %s', async (_, first, second) => {
    expect(await secondStart(first, second)).toBe('ERR_ALREADY_INITIALIZED');
  });
});

/** Equal options in other objects; functions stay what they are. */
function copyOf<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(copyOf) as Value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, copyOf(member)])) as Value;
}
