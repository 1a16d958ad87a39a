import { describe, expect, it } from 'tstyche';
import type {
  Parts,
  recordCacheHit,
  recordCost,
  Settings,
  StatusPageOptions,
  TelemetryOptions,
  TracesOptions,
} from '../../lib/index.js';

/** A value that has members of its own in the settings, not a list and not a record of the user's. */
type Group<Value> = Value extends readonly unknown[]
  ? false
  : Value extends object
    ? string extends keyof Value
      ? false
      : true
    : false;

/** The options that the table of settings asks for: each may be absent or undefined. */
type OptionsOf<Values> = {
  readonly [Name in keyof Values]?:
    | (Group<Values[Name]> extends true ? OptionsOf<Values[Name]> : Values[Name])
    | undefined;
};

/** The options without the objects of the user, without short forms, and without the one that is read into another form. */
type SettingOptions = Omit<
  TelemetryOptions,
  Exclude<keyof Parts, 'spanExporter'> | 'traces' | 'statusPage' | 'registerGlobals'
> & {
  readonly statusPage?: StatusPageOptions | undefined;
  readonly traces?: Omit<TracesOptions, 'spanExporter'> | undefined;
};
type PlainSettings = Omit<Settings, 'registerGlobals'>;

describe('TelemetryOptions', () => {
  it('has each setting of the table with its type, and nothing else but the objects of the user', () => {
    expect<SettingOptions>().type.toBeAssignableTo<OptionsOf<PlainSettings>>();
    expect<OptionsOf<PlainSettings>>().type.toBeAssignableTo<SettingOptions>();
    expect<keyof TelemetryOptions>().type.toBe<keyof Settings | Exclude<keyof Parts, 'spanExporter'>>();
    expect<keyof OptionsOf<PlainSettings>>().type.toBe<keyof SettingOptions>();
    type Paths<Value> = {
      [Name in keyof Value & string]-?: Group<NonNullable<Value[Name]>> extends true
        ? `${Name}.${Paths<NonNullable<Value[Name]>>}`
        : Name;
    }[keyof Value & string];
    expect<Paths<SettingOptions>>().type.toBe<Paths<PlainSettings>>();
  });

  it('takes undefined for every option', () => {
    expect<TelemetryOptions>().type.toBeAssignableFrom<{ serviceName: undefined; metrics: undefined }>();
  });

  it("takes 'none' for traces, false for the status page, and what is registered as a whole or by name", () => {
    expect<TelemetryOptions>().type.toBeAssignableFrom<{
      traces: 'none';
      statusPage: false;
      registerGlobals: true;
    }>();
    expect<TelemetryOptions>().type.toBeAssignableFrom<{
      registerGlobals: { tracers: true; meters: undefined };
    }>();
  });

  it('refuses what is not an option', () => {
    expect<TelemetryOptions>().type.not.toBeAssignableFrom<{ traces: 'all' }>();
    expect<TelemetryOptions>().type.not.toBeAssignableFrom<{ registerGlobals: { spans: true } }>();
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
