import { join } from 'node:path';
import { describedSettings } from './support/describe-settings.js';
import { documentedOptions } from './support/documented-options.js';

describe('describeSettings()', () => {
  const shown = (
    option: string,
    options: Parameters<typeof describedSettings>[0],
    env: Readonly<Record<string, string>>,
  ) => {
    const { value, origin } = describedSettings(options, env).get(option) ?? {};
    return [value, origin];
  };

  it('lists every documented setting, with its variables', () => {
    const rows = describedSettings({}, {});
    const missing = documentedOptions().filter(
      ({ option, variables }) => rows.get(option)?.variables.join() !== variables.join(),
    );
    expect(missing.map(({ option }) => option)).toEqual([]);
  });

  it.each([
    ['an option', { metrics: { port: 1 } }, { OTEL_EXPORTER_PROMETHEUS_PORT: '2' }, [1, 'option']],
    ['a variable', {}, { OTEL_EXPORTER_PROMETHEUS_PORT: '2' }, [2, 'OTEL_EXPORTER_PROMETHEUS_PORT']],
    [
      'the first of its variables',
      {},
      { OTEL_EXPORTER_PROMETHEUS_PORT: '2', LLM_EDGE_METRICS_PORT: '3' },
      [3, 'LLM_EDGE_METRICS_PORT'],
    ],
    ['nothing', {}, { OTEL_EXPORTER_PROMETHEUS_PORT: ' ' }, [9464, 'default']],
    ['a variable that is not supported', {}, { LLM_EDGE_METRICS_PORT: 'http' }, [9464, 'default']],
  ])('names the origin of a value that comes from %s', (_name, options, env, expected) => {
    expect(shown('metrics.port', options, env)).toEqual(expected);
  });

  it('tells the variable of a signal from the general one', () => {
    const env = { OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc', OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/protobuf' };
    expect(shown('traces.protocol', {}, env)).toEqual([
      'http/protobuf',
      'OTEL_EXPORTER_OTLP_TRACES_PROTOCOL',
    ]);
    expect(shown('metrics.protocol', {}, env)).toEqual(['grpc', 'OTEL_EXPORTER_OTLP_PROTOCOL']);
  });

  it('names both origins of a setting that is merged', () => {
    expect(
      shown('resourceAttributes', { resourceAttributes: { a: '1' } }, { OTEL_RESOURCE_ATTRIBUTES: 'b=2' }),
    ).toEqual([{ a: '1', b: '2' }, 'option + OTEL_RESOURCE_ATTRIBUTES']);
  });

  it('has what is wrong with a variable beside the value that holds', () => {
    const rows = describedSettings({}, { LLM_EDGE_METRICS_PORT: 'http', LLM_EDGE_LIMIT_MODEL: '3' });
    expect(rows.get('metrics.port')?.warnings).toMatchObject([
      { variable: 'LLM_EDGE_METRICS_PORT', effect: 'no port is opened for scrapes' },
    ]);
    expect(rows.get('limits.models')?.warnings).toMatchObject([
      { variable: 'LLM_EDGE_LIMIT_MODEL', remedy: expect.stringContaining('LLM_EDGE_LIMIT_MODELS?') },
    ]);
  });

  it('describes objects of the user, budgets and pricing', () => {
    const tracerProvider = { getTracer: () => ({}) as never };
    const options = {
      tracerProvider,
      budgets: [{ name: 'team', limitUsd: 5, window: 'day' as const }],
      pricing: { deployments: { mine: 'gpt-4o' } },
    };
    const prices = join(__dirname, 'support', 'prices.json');
    expect(shown('tracerProvider', options, {})).toEqual(['passed', 'option']);
    expect(shown('meterProvider', options, {})).toEqual([null, 'default']);
    expect(shown('budgets', options, {})).toEqual([[expect.objectContaining({ name: 'team' })], 'option']);
    expect(shown('pricing.deployments', options, {})).toEqual([{ mine: 'gpt-4o' }, 'option']);
    expect(shown('pricing.overrides', options, { LLM_EDGE_PRICES_FILE: prices })).toEqual([
      expect.stringMatching(/^0 prices from /),
      'LLM_EDGE_PRICES_FILE',
    ]);
  });

  it('describes what instrumentFetch reads from the environment', () => {
    expect(shown('instrumentFetch.hosts', {}, { LLM_EDGE_HOSTS: 'localhost:8000=vllm|chat' })).toEqual([
      'localhost:8000=vllm|chat',
      'LLM_EDGE_HOSTS',
    ]);
    expect(shown('instrumentFetch.estimateUsage', {}, {})).toEqual([false, 'default']);
  });

  it('holds no secret', () => {
    const secret = 'sk-proj-9fK2mX7qLw4TzR1v';
    const rows = describedSettings(
      { metrics: { authorization: `Bearer ${secret}` } },
      {
        OTEL_EXPORTER_OTLP_HEADERS: `x-api-key=${secret}`,
        OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
        OTEL_EXPORTER_OTLP_ENDPOINT: `http://user:${secret}@localhost:4318/${secret}?token=${secret}`,
        LLM_EDGE_PRICE_LIST: `https://prices.example/${secret}/data.json`,
        LLM_EDGE_HOSTS: `gw.internal=gw,user:${secret}@localhost=gw`,
        LLM_EDGE_PRICES_FILE: secret,
      },
    );
    expect(JSON.stringify([...rows.values()])).not.toContain(secret);
    expect(rows.get('traces.headers')).toMatchObject({ value: { 'x-api-key': '(hidden)' }, isSecret: true });
    expect(rows.get('traces.endpoint')?.value).toBe('http://localhost:4318/…');
    expect(rows.get('metrics.authorization')).toMatchObject({
      value: '(hidden)',
      origin: 'option',
      isSecret: true,
    });
  });
});
