import { describe, expect, it } from 'tstyche';
import type { Parts, recordCacheHit, recordCost, Settings, TelemetryOptions } from '../../lib/index.js';

type Defined<Value> = Exclude<Value, undefined>;
type Keys<Group extends keyof TelemetryOptions> = keyof Defined<TelemetryOptions[Group]>;

describe('TelemetryOptions', () => {
  it('has one option for each setting, and the parts', () => {
    expect<keyof TelemetryOptions>().type.toBe<keyof Settings | Exclude<keyof Parts, 'spanExporter'>>();
    expect<Keys<'metrics'>>().type.toBe<keyof Settings['metrics']>();
    expect<Keys<'traces'>>().type.toBe<keyof Settings['traces'] | 'spanExporter'>();
    expect<Keys<'limits'>>().type.toBe<keyof Settings['limits']>();
    expect<keyof Defined<Defined<TelemetryOptions['traces']>['batch']>>().type.toBe<
      keyof Settings['traces']['batch']
    >();
  });

  it('takes undefined for every option', () => {
    expect<TelemetryOptions>().type.toBeAssignableFrom<{ serviceName: undefined; metrics: undefined }>();
  });

  it('refuses what is not an option', () => {
    expect<TelemetryOptions>().type.not.toBeAssignableFrom<{ metrics: { port: string } }>();
  });
});

describe('the record helpers', () => {
  it('take numbers for amounts and tiers of the closed set', () => {
    expect<typeof recordCost>().type.toBeCallableWith('openai', 'gpt-4', 0.0075);
    expect<typeof recordCost>().type.not.toBeCallableWith('openai', 'gpt-4', '0.0075');
    expect<typeof recordCacheHit>().type.toBeCallableWith('L1');
    expect<typeof recordCacheHit>().type.not.toBeCallableWith('L4');
  });
});
