import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { metrics, trace } from '@opentelemetry/api';
import fc from 'fast-check';
import {
  type ConfigProblem,
  type ConfigWarning,
  type Environment,
  type MonitoringOptions,
  resolveConfig,
} from '../lib/index.js';
import { documentedOptions } from './support/documented-options.js';

function problemsOf(options: unknown, env: Environment = {}): readonly ConfigProblem[] {
  const result = resolveConfig(options as MonitoringOptions, env);
  return result.ok ? [] : result.error.problems;
}

function warningsOf(env: Environment, options: MonitoringOptions = {}): readonly ConfigWarning[] {
  return configOf(options, env).warnings;
}

function configOf(options: MonitoringOptions, env: Environment = {}) {
  const result = resolveConfig(options, env);
  if (!result.ok) throw result.error;
  return result.value;
}

describe('resolveConfig()', () => {
  describe('with nothing given', () => {
    it('takes the defaults of the specification', () => {
      const { metrics, traces, ...rest } = configOf({});
      expect(metrics).toMatchObject({
        exporters: ['prometheus'],
        host: 'localhost',
        port: 9464,
        path: '/metrics',
      });
      expect(traces).toMatchObject({
        exporter: 'otlp',
        endpoint: 'http://localhost:4317',
        sampler: 'parentbased_always_on',
        samplerRatio: 1,
        timeoutMillis: 10_000,
        batch: {
          maxQueueSize: 2048,
          maxExportBatchSize: 512,
          scheduledDelayMillis: 5000,
          exportTimeoutMillis: 30_000,
        },
      });
      expect(rest).toMatchObject({
        enabled: true,
        serviceName: undefined,
        propagators: ['tracecontext', 'baggage'],
        shutdownOnSignals: false,
      });
    });

    it('freezes the whole configuration', () => {
      const config = configOf({ resourceAttributes: { team: 'a' } });
      expect(
        [config, config.traces, config.traces.batch, config.resourceAttributes].every(Object.isFrozen),
      ).toBe(true);
    });
  });

  describe('with options and environment', () => {
    it('lets options win over the environment, and the environment over the default', () => {
      const env = { OTEL_EXPORTER_PROMETHEUS_PORT: '9500', OTEL_EXPORTER_PROMETHEUS_HOST: '0.0.0.0' };
      expect(configOf({ metrics: { port: 0 } }, env).metrics).toMatchObject({ port: 0, host: '0.0.0.0' });
    });

    it('lets the variable of the signal win over the general one', () => {
      const env = {
        OTEL_EXPORTER_OTLP_ENDPOINT: 'http://general:4317',
        OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://traces:4317',
      };
      const { traces, metrics } = configOf({}, env);
      expect([traces.endpoint, metrics.endpoint]).toEqual(['https://traces:4317', 'http://general:4317']);
    });

    it('takes an empty or blank variable as not set', () => {
      const env = { OTEL_SERVICE_NAME: '', OTEL_EXPORTER_PROMETHEUS_PORT: '  ', OTEL_TRACES_SAMPLER: '' };
      const config = configOf({}, env);
      expect([config.serviceName, config.metrics.port, config.traces.sampler]).toEqual([
        undefined,
        9464,
        'parentbased_always_on',
      ]);
    });

    it('merges headers and resource attributes, options last', () => {
      const env = {
        OTEL_RESOURCE_ATTRIBUTES: 'team=a,region=eu%2Cwest',
        OTEL_EXPORTER_OTLP_HEADERS: 'x-a=1,x-b=2',
      };
      const config = configOf(
        { resourceAttributes: { team: 'b' }, traces: { headers: { 'x-b': '3' } } },
        env,
      );
      expect(config.resourceAttributes).toEqual({ team: 'b', region: 'eu,west' });
      expect(config.traces.headers).toEqual({ 'x-a': '1', 'x-b': '3' });
    });

    it.each([
      ['prometheus', ['prometheus']],
      ['none', []],
      ['otlp', ['otlp']],
      ['otlp, prometheus', ['prometheus', 'otlp']],
    ])('reads OTEL_METRICS_EXPORTER=%s', (text, exporters) => {
      expect(configOf({}, { OTEL_METRICS_EXPORTER: text }).metrics.exporters).toEqual(exporters);
    });

    it.each([
      ['/run/workers', '/run/workers'],
      ['C:\\workers', 'C:\\workers'],
      ['c:/workers', 'c:/workers'],
      ['\\\\server\\share', '\\\\server\\share'],
      ['none', 'none'],
      ['', undefined],
    ])('reads LLM_EDGE_WORKERS_DIR=%s', (text, workersDir) => {
      expect(configOf({}, { LLM_EDGE_WORKERS_DIR: text })).toMatchObject({
        metrics: { workersDir },
        warnings: [],
      });
    });

    it.each(['', ' ', 'workers', './workers', '~/workers', 'C:workers', '/run/\0', 'None', 1, null])(
      'refuses %j as the folder of the workers',
      (workersDir) => {
        expect(problemsOf({ metrics: { workersDir } })).toMatchObject([
          { option: 'metrics.workersDir', remedy: 'write the absolute path of a folder, or none' },
        ]);
      },
    );

    it.each([0, 2 ** 31 - 1])('takes %d as the time to linger', (lingerMillis) => {
      expect(configOf({ metrics: { lingerMillis } }).metrics).toMatchObject({ lingerMillis });
    });

    it.each([-1, 0.5, 2 ** 31, '1'])('refuses %j as the time to linger', (lingerMillis) => {
      expect(problemsOf({ metrics: { lingerMillis } })).toMatchObject([{ option: 'metrics.lingerMillis' }]);
    });

    it('reads declared providers', () => {
      const env = { LLM_EDGE_PROVIDERS: 'openai=gpt-4o|gpt-4o-mini,anthropic=claude-sonnet-4-5' };
      expect(configOf({}, env).providers).toEqual({
        openai: ['gpt-4o', 'gpt-4o-mini'],
        anthropic: ['claude-sonnet-4-5'],
      });
    });

    it('reads the environment of the process by default', () => {
      const before = process.env['LLM_EDGE_METRICS_PATH'];
      process.env['LLM_EDGE_METRICS_PATH'] = '/m';
      const result = resolveConfig();
      if (before === undefined) delete process.env['LLM_EDGE_METRICS_PATH'];
      else process.env['LLM_EDGE_METRICS_PATH'] = before;
      expect(result.ok && result.value.metrics.path).toBe('/m');
    });
  });

  describe('with mistakes', () => {
    it('reports all at once, each with option, variable, value and remedy', () => {
      const result = resolveConfig(
        {
          metrics: { port: 70_000 },
          traces: {
            endpoint: 'collector:4317',
            sampler: 'sometimes' as never,
            batch: { scheduledDelayMillis: 0 },
          },
        },
        { OTEL_SERVICE_NAME: 'edge' },
      );
      if (result.ok) throw new Error('expected problems');
      expect(result.error.code).toBe('ERR_INVALID_CONFIG');
      expect(result.error.problems).toEqual([
        {
          option: 'metrics.port',
          variable: 'LLM_EDGE_METRICS_PORT',
          seen: '70000',
          remedy: 'write a whole number from 0 to 65535, auto or none',
        },
        {
          option: 'traces.endpoint',
          variable: 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT',
          seen: '"collector:4317"',
          remedy: 'write http://collector:4317 for plain text or https://collector:4317 for TLS',
        },
        {
          option: 'traces.sampler',
          variable: 'OTEL_TRACES_SAMPLER',
          seen: 'a string of 9 characters',
          remedy:
            'write always_on, always_off, traceidratio, parentbased_always_on, parentbased_always_off, parentbased_traceidratio',
        },
        {
          option: 'traces.batch.scheduledDelayMillis',
          variable: 'OTEL_BSP_SCHEDULE_DELAY',
          seen: '0',
          remedy: 'write milliseconds, at least 1',
        },
      ]);
      for (const { option, remedy } of result.error.problems) {
        expect(result.error.message).toContain(option);
        expect(result.error.message).toContain(remedy);
      }
    });

    it.each([
      ['metrics.prot', { metrics: { prot: 1 } }, 'there is no such option; did you mean metrics.port?'],
      ['servicename', { servicename: 'x' }, 'there is no such option; did you mean serviceName?'],
      ['telemetry', { telemetry: true }, 'there is no such option; remove it'],
      ['traces', { traces: 'http://c:4317' }, 'pass an object'],
    ])('names the option %s that does not exist', (option, options, remedy) => {
      expect(problemsOf(options)).toMatchObject([{ option, remedy }]);
    });

    it('never shows a secret', () => {
      const secret = 'hunter2';
      const result = resolveConfig(
        { metrics: { authorization: 7 as never }, traces: { headers: secret as never } },
        {},
      );
      if (result.ok) throw new Error('expected problems');
      expect(JSON.stringify(result.error.problems) + result.error.message).not.toContain(secret);
      expect(result.error.problems.map(({ seen }) => seen)).toEqual(['a number', 'a string of 7 characters']);
    });

    it.each([
      ['a header name with a space', { traces: { headers: { 'x y': '1' } } }],
      ['a header value with a line break', { traces: { headers: { x: 'a\nb' } } }],
    ])('refuses %s, which gRPC would throw at', (_, options) => {
      expect(problemsOf(options)).toMatchObject([{ option: 'traces.headers' }]);
    });

    it.each([
      ['an empty name', ''],
      ['a blank name', '  '],
      ['a name that is too long', 'm'.repeat(201)],
    ])('refuses %s of a provider or a model wherever an option has one', (_, name) => {
      const budget = { name: 'team', limitUsd: 1, window: 'day' };
      const tier = { provider: 'openai', tier: 'scale', multiplier: 1 };
      const places: readonly [string, object][] = [
        ['providers', { providers: { [name]: ['gpt-4o'] } }],
        ['providers', { providers: { openai: [name] } }],
        ['budgets[0].name', { budgets: [{ ...budget, name }] }],
        ['budgets[0].match.provider', { budgets: [{ ...budget, match: { provider: name } }] }],
        ['budgets[0].match.model', { budgets: [{ ...budget, match: { model: name } }] }],
        ['pricing.deployments.mine', { pricing: { deployments: { mine: name } } }],
        ['pricing.serviceTiers[0].provider', { pricing: { serviceTiers: [{ ...tier, provider: name }] } }],
        ['pricing.serviceTiers[0].model', { pricing: { serviceTiers: [{ ...tier, model: name }] } }],
      ];
      for (const [option, options] of places) expect(problemsOf(options)).toMatchObject([{ option }]);
    });

    it('takes a name of 200 characters, and does not take models with a blank name from the environment', () => {
      const long = 'm'.repeat(200);
      expect(configOf({ providers: { openai: [long] } }).providers).toEqual({ openai: [long] });
      expect(warningsOf({ LLM_EDGE_PROVIDERS: 'openai=gpt-4o|%20' })).toMatchObject([
        { option: 'providers', effect: 'it is ignored' },
      ]);
    });

    it('asks for both halves of a client certificate', () => {
      const folder = mkdtempSync(join(tmpdir(), 'config-'));
      const key = join(folder, 'key.pem');
      writeFileSync(key, 'key');
      const problems = problemsOf({
        traces: { clientKeyFile: key, certificateFile: join(folder, 'absent.pem') },
      });
      rmSync(folder, { recursive: true });
      expect(problems.map(({ option }) => option)).toEqual([
        'traces.certificateFile',
        'traces.clientKeyFile',
      ]);
    });

    it('asks for a batch that fits its queue', () => {
      const batch = { maxQueueSize: 100, maxExportBatchSize: 200 };
      expect(problemsOf({ traces: { batch } })).toMatchObject([
        { option: 'traces.batch.maxExportBatchSize', seen: '200' },
      ]);
    });

    it('fits the default of the batch into a smaller queue', () => {
      expect(configOf({ traces: { batch: { maxQueueSize: 100 } } }).traces.batch).toMatchObject({
        maxQueueSize: 100,
        maxExportBatchSize: 100,
      });
    });

    it('says which protocol is spoken where a shared variable asks for another', () => {
      expect(warningsOf({ OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' })).toMatchObject([
        {
          option: 'traces.protocol',
          seen: '"http/json"',
          effect: 'no spans are exported',
          remedy: expect.stringContaining('http/protobuf'),
        },
      ]);
    });

    it('says that an exporter of metrics is not known', () => {
      expect(warningsOf({ OTEL_METRICS_EXPORTER: 'promehteus' })).toMatchObject([
        {
          option: 'metrics.exporters',
          variable: 'OTEL_METRICS_EXPORTER',
          seen: '"promehteus"',
          effect: 'it is treated as none',
        },
      ]);
    });

    it("lets the variables of a signal alone whose provider is the user's", () => {
      const env = {
        OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
        OTEL_TRACES_EXPORTER: 'zipkin',
        OTEL_METRICS_EXPORTER: 'logging',
      };
      const { tracerProvider, meterProvider } = {
        tracerProvider: trace.getTracerProvider(),
        meterProvider: metrics.getMeterProvider(),
      };
      const options = (mine: MonitoringOptions): string[] =>
        warningsOf(env, mine).map(({ option }) => option);
      expect([options({ tracerProvider }), options({ meterProvider })]).toEqual([
        ['metrics.exporters'],
        ['traces.exporter'],
      ]);
    });

    it('lets shared variables alone that are not used here', () => {
      const env = { OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json', OTEL_TRACES_EXPORTER: 'none' };
      expect(warningsOf(env)).toEqual([]);
    });

    it('does not judge the rest where monitoring is disabled', () => {
      const env = { OTEL_SDK_DISABLED: 'true', OTEL_TRACES_SAMPLER: 'sometimes' };
      expect(configOf({}, env).enabled).toBe(false);
      expect(configOf({ enabled: true }, { OTEL_SDK_DISABLED: 'true' }).enabled).toBe(true);
    });

    it('never throws, whatever it is given', () => {
      const variables = documentedOptions().flatMap((option) => option.variables);
      fc.assert(
        fc.property(
          fc.anything(),
          fc.dictionary(fc.constantFrom(...variables), fc.string()),
          (options, env) => typeof resolveConfig(options as MonitoringOptions, env).ok === 'boolean',
        ),
      );
      const trap = {
        get metrics(): never {
          throw new Error('trap');
        },
      };
      expect(resolveConfig(trap).ok).toBe(false);
    });
  });
});
