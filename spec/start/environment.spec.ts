import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { trace } from '@opentelemetry/api';
import fc from 'fast-check';
import { initMonitoring, type Monitoring, type MonitoringOptions, resolveConfig } from '../../lib/index.js';
import { captureLog } from '../support/captured-log.js';
import { documentedOptions } from '../support/documented-options.js';
import { startOtlpReceiver } from '../support/otlp-receiver.js';
import { runScript } from '../support/run-script.js';
import { withEnv } from '../support/with-env.js';

const GARBAGE = 'no such thing %%';
/** A free port, and pushes beside the page, so that the variables of all parts are in use. */
const ENV = {
  OTEL_EXPORTER_PROMETHEUS_PORT: '0',
  OTEL_METRICS_EXPORTER: 'prometheus,otlp',
  OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1',
};
const variablesOf = (isMeant: (meaning: string) => boolean): readonly string[] =>
  documentedOptions().flatMap(({ variables, meaning }) => (isMeant(meaning) ? variables : []));
/** Any text is right for these; the last one has entries for all packages of the process. */
const TEXTS = [...variablesOf((meaning) => meaning.endsWith('(text)')), 'OTEL_SEMCONV_STABILITY_OPT_IN'];
/** Without these it is unknown whether, where or to whom the page should be shown. */
const PAGE = [
  'OTEL_METRICS_EXPORTER',
  ...variablesOf((meaning) => meaning.includes('otherwise no port is opened for scrapes')),
];
const VARIABLES = [
  ...new Set([...documentedOptions().flatMap(({ variables }) => variables), 'LLM_EDGE_PRICES_FILE']),
];

interface Started {
  readonly config: Monitoring['config'];
  /** The status of a scrape; `undefined` where no port was opened. */
  readonly status: number | undefined;
  /** What the diagnostic log was told during the start. */
  readonly log: readonly string[];
}

/** Starts with an environment, scrapes, and stops. */
async function start(env: Readonly<Record<string, string>>, options?: MonitoringOptions): Promise<Started> {
  const log = captureLog();
  try {
    return await withEnv(env, async () => {
      const monitoring = await initMonitoring(options);
      const told = [...log.lines];
      const { config, metricsUrl } = monitoring;
      const status = metricsUrl === undefined ? undefined : (await fetch(metricsUrl)).status;
      // Nobody listens at the endpoint, which is not what this is about.
      await monitoring.shutdown({ timeoutMillis: 50 }).catch(() => undefined);
      return { config, status, log: told };
    });
  } finally {
    log.release();
  }
}

describe('a start with an environment that asks for what is not supported', () => {
  it('knows the documented variables', () => {
    expect(VARIABLES.length).toBeGreaterThan(40);
    expect(TEXTS).toContain('OTEL_SERVICE_NAME');
    expect(PAGE).toContain('LLM_EDGE_METRICS_AUTHORIZATION');
  });

  it.each(VARIABLES.filter((variable) => !TEXTS.includes(variable)))(
    'goes on without %s, and says so once',
    async (variable) => {
      const { log, status, config } = await start({ ...ENV, [variable]: GARBAGE });
      expect(log).toEqual([expect.stringMatching(new RegExp(`^warn: .*\\b${variable}\\b`, 's'))]);
      expect(config.warnings.map((warning) => warning.variable)).toContain(variable);
      expect(status).toBe(PAGE.includes(variable) ? undefined : 200);
    },
  );

  it.each(TEXTS)('takes any text for %s', async (variable) => {
    expect(await start({ ...ENV, [variable]: GARBAGE })).toMatchObject({ log: [], status: 200 });
  });

  it('gives one warning, however many variables are wrong', async () => {
    await fc.assert(
      fc.asyncProperty(fc.subarray(VARIABLES, { minLength: 2 }), async (variables) => {
        const garbage = Object.fromEntries(variables.map((variable) => [variable, GARBAGE]));
        const { log, config } = await start({ ...ENV, ...garbage });
        expect(log).toHaveLength(config.warnings.length === 0 ? 0 : 1);
        expect(config.warnings.every(({ variable }) => variables.includes(variable ?? ''))).toBe(true);
      }),
      { numRuns: 15 },
    );
    const { log } = await start({ ...ENV, OTEL_SDK_DISABLED: '1', OTEL_PROPAGATORS: 'b3' });
    expect(log).toEqual([expect.stringMatching(/OTEL_SDK_DISABLED.*OTEL_PROPAGATORS/s)]);
  });

  it.each<[Record<string, string>, string, object]>([
    [
      { OTEL_SDK_DISABLED: '1' },
      'monitoring is not disabled',
      { enabled: true, warnings: [{ seen: '"1"' }] },
    ],
    [{ OTEL_SDK_DISABLED: 'yes' }, 'monitoring is not disabled', { enabled: true }],
    [{ OTEL_TRACES_EXPORTER: 'zipkin' }, 'it is treated as none', { traces: { exporter: 'none' } }],
    [
      { OTEL_TRACES_EXPORTER: 'zipkin,otlp' },
      'it is treated as otlp',
      { traces: { exporter: 'otlp' }, warnings: [{ seen: '"zipkin"' }] },
    ],
    [
      { OTEL_TRACES_EXPORTER: 'console,zipkin,otlp' },
      'it is treated as otlp,console',
      { traces: { exporter: 'otlp,console' } },
    ],
    [
      { OTEL_TRACES_EXPORTER: 'otlp,console', OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' },
      'no spans are exported',
      { traces: { exporter: 'console' } },
    ],
    [{ OTEL_METRICS_EXPORTER: 'logging' }, 'it is treated as none', { metrics: { exporters: [] } }],
    [
      { OTEL_METRICS_EXPORTER: 'prometheus,logging' },
      'it is treated as prometheus',
      { metrics: { exporters: ['prometheus'] } },
    ],
    [
      { OTEL_PROPAGATORS: 'tracecontext,b3' },
      'it is treated as tracecontext',
      { propagators: ['tracecontext'] },
    ],
    [{ OTEL_PROPAGATORS: 'b3' }, 'it is treated as none', { propagators: [] }],
    [
      { OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' },
      'no spans are exported; write http/protobuf',
      { traces: { exporter: 'none' } },
    ],
    [
      { OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/json' },
      'no spans are exported',
      { traces: { exporter: 'none' } },
    ],
    [
      { OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: 'http/json', OTEL_METRICS_EXPORTER: 'otlp' },
      'no metrics are pushed',
      { metrics: { exporters: [] }, traces: { exporter: 'otlp' } },
    ],
    [
      { OTEL_TRACES_SAMPLER: 'jaeger_remote' },
      'it is treated as parentbased_always_on',
      { traces: { sampler: 'parentbased_always_on' } },
    ],
    [
      { OTEL_BSP_SCHEDULE_DELAY: 'abc' },
      'it is treated as 5000',
      { traces: { batch: { scheduledDelayMillis: 5000 } } },
    ],
    [
      { OTEL_BSP_MAX_QUEUE_SIZE: '100', OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '200' },
      'it is treated as 100',
      { traces: { batch: { maxQueueSize: 100, maxExportBatchSize: 100 } } },
    ],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'collector' }, 'no spans are exported', { traces: { exporter: 'none' } }],
    [
      { OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: 'sums', OTEL_METRICS_EXPORTER: 'otlp' },
      'it is treated as cumulative',
      { metrics: { temporality: 'cumulative' } },
    ],
    [
      { LLM_EDGE_METRICS_ALLOWED_HOSTS: 'gateway.test, http://x' },
      'entries that are not host names are left out',
      { metrics: { allowedHosts: ['gateway.test'] } },
    ],
    [
      { LLM_EDGE_WORKERS_DIR: 'tmp' },
      'it is ignored; write the absolute path of a folder, or none',
      { metrics: { workersDir: undefined } },
    ],
    [
      { LLM_EDGE_METRICS_LINGER: '30s' },
      'it is treated as 0; write milliseconds, at least 0',
      { metrics: { lingerMillis: 0 } },
    ],
    [
      { LLM_EDGE_METRIC_PATH: '/m' },
      'did you mean LLM_EDGE_METRICS_PATH?',
      { metrics: { path: '/metrics' } },
    ],
  ])('says of %j: %s', (env, text, settings) => {
    const result = resolveConfig({}, env);
    if (!result.ok) throw result.error;
    const { warnings } = result.value;
    expect(warnings).toHaveLength(1);
    expect(`${warnings[0]?.effect}; ${warnings[0]?.remedy}`).toContain(text);
    expect(result.value).toMatchObject(settings);
  });

  it.each<[Record<string, string>, object]>([
    [{ OTEL_TRACES_EXPORTER: 'OTLP' }, { traces: { exporter: 'otlp' } }],
    [{ OTEL_TRACES_EXPORTER: 'None' }, { traces: { exporter: 'none' } }],
    [{ OTEL_METRICS_EXPORTER: 'Prometheus, OTLP' }, { metrics: { exporters: ['prometheus', 'otlp'] } }],
    [{ OTEL_METRICS_EXPORTER: 'NONE' }, { metrics: { exporters: [] } }],
    [{ OTEL_PROPAGATORS: 'TraceContext' }, { propagators: ['tracecontext'] }],
    [{ OTEL_EXPORTER_OTLP_PROTOCOL: 'GRPC' }, { traces: { protocol: 'grpc', exporter: 'otlp' } }],
    [{ OTEL_EXPORTER_OTLP_COMPRESSION: 'GZip' }, { traces: { compression: 'gzip' } }],
    [{ OTEL_TRACES_SAMPLER: 'Always_Off' }, { traces: { sampler: 'always_off' } }],
    [{ LLM_EDGE_WORKERS_DIR: 'None' }, { metrics: { workersDir: 'none' } }],
    [
      { OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: 'Delta', OTEL_METRICS_EXPORTER: 'otlp' },
      { metrics: { temporality: 'delta' } },
    ],
  ])('takes the names of %j in either case, and says nothing', (env, settings) => {
    const result = resolveConfig({}, env);
    expect(result).toMatchObject({ ok: true, value: { warnings: [], ...settings } });
  });

  it('names of a list with a name that is not known only that one', () => {
    const result = resolveConfig({}, { OTEL_PROPAGATORS: 'TraceContext,B3' });
    expect(result).toMatchObject({
      ok: true,
      value: { propagators: ['tracecontext'], warnings: [{ seen: '"B3"' }] },
    });
  });

  it.each(['true', 'TRUE', ' True '])('is none where OTEL_SDK_DISABLED is %j', async (disabled) => {
    const env = { ...ENV, OTEL_SDK_DISABLED: disabled, OTEL_TRACES_SAMPLER: GARBAGE };
    expect(await start(env)).toMatchObject({ log: [], status: undefined, config: { warnings: [] } });
  });

  it('asks for no connection where the protocol is not ours', async () => {
    let connections = 0;
    const collector = createServer(() => {
      connections += 1;
    });
    await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve));
    const { port } = collector.address() as AddressInfo;
    const env = {
      OTEL_EXPORTER_PROMETHEUS_PORT: '0',
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_METRICS_EXPORTER: 'prometheus,otlp',
    };
    await withEnv(env, async () => {
      const monitoring = await initMonitoring();
      trace.getTracer('spec').startSpan('one').end();
      monitoring.recordCost('openai', 'gpt-4o', 1);
      await monitoring.forceFlush();
      await monitoring.shutdown();
    });
    await new Promise((resolve) => collector.close(resolve));
    expect(connections).toBe(0);
  });

  it.each([
    ['DELTA', 2],
    ['cumulative', 3],
    [GARBAGE, 3],
  ])('pushes what %j asks for as the temporality', async (temporality, pushed) => {
    const receiver = await startOtlpReceiver();
    const env = {
      OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: temporality,
      OTEL_METRICS_EXPORTER: 'otlp',
      OTEL_TRACES_EXPORTER: 'none',
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
    };
    await withEnv(env, async () => {
      const monitoring = await initMonitoring();
      monitoring.recordCost('openai', 'gpt-4o', 1);
      await monitoring.forceFlush();
      monitoring.recordCost('openai', 'gpt-4o', 2);
      await monitoring.shutdown();
    });
    await receiver.close();
    const costs = receiver.pushes.map(
      (push) => push['llm_edge_cost_usd_total{provider="openai",model="gpt-4o"}'],
    );
    expect(costs).toEqual([1, pushed]);
  });

  it('opens no port at a host that there is not, and refuses one that an option names', async () => {
    const env = { ...ENV, OTEL_EXPORTER_PROMETHEUS_HOST: '203.0.113.1' };
    const { log, status, config } = await start(env);
    expect(status).toBeUndefined();
    expect(log).toEqual([expect.stringMatching(/OTEL_EXPORTER_PROMETHEUS_HOST.*no port is opened/s)]);
    expect(config.warnings).toMatchObject([{ option: 'metrics.host', seen: '203.0.113.1' }]);
    await expect(start(ENV, { metrics: { host: '203.0.113.1' } })).rejects.toMatchObject({
      code: 'ERR_LISTEN_FAILED',
    });
  });

  it.each([
    ['spans are exported', 'TRACES', 'grpc'],
    ['spans are exported', 'TRACES', 'http/protobuf'],
    ['metrics are pushed', 'METRICS', 'grpc'],
    ['metrics are pushed', 'METRICS', 'http/protobuf'],
  ])('no %s with a key of %s that TLS refuses over %s', async (what, signal, protocol) => {
    const folder = mkdtempSync(join(tmpdir(), 'start-'));
    const file = join(folder, 'client.pem');
    writeFileSync(file, 'no key');
    const { log, status } = await start({
      ...ENV,
      OTEL_TRACES_EXPORTER: 'none',
      [`OTEL_${signal}_EXPORTER`]: signal === 'METRICS' ? 'prometheus,otlp' : 'otlp',
      [`OTEL_EXPORTER_OTLP_${signal}_ENDPOINT`]: 'https://127.0.0.1:1/v1',
      OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
      OTEL_EXPORTER_OTLP_CLIENT_KEY: file,
      OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: file,
    });
    rmSync(folder, { recursive: true });
    expect(status).toBe(200);
    expect(log).toEqual([expect.stringMatching(`OTEL_EXPORTER_OTLP_CLIENT_KEY .*; no ${what};`)]);
  });

  it('is refused where an option asks for it', () => {
    const options = {
      enabled: 1,
      propagators: ['b3'],
      metrics: { exporters: ['logging'], port: 'abc', host: 'no host' },
      traces: { exporter: 'zipkin', protocol: 'http/json', endpoint: 'collector', sampler: 'Always_On' },
    };
    const result = resolveConfig(options as never, { OTEL_TRACES_SAMPLER: GARBAGE });
    expect(result.ok ? [] : result.error.problems.map(({ option, seen }) => `${option}: ${seen}`)).toEqual([
      'enabled: 1',
      'metrics.exporters: "logging"',
      'metrics.host: a string of 7 characters',
      'metrics.port: a string of 3 characters',
      'traces.exporter: "zipkin"',
      'traces.endpoint: a string of 9 characters',
      'traces.protocol: "http/json"',
      'traces.sampler: "Always_On"',
      'propagators: "b3"',
    ]);
  });

  it('starts once for two calls, whatever the environment says meanwhile', async () => {
    const log = captureLog();
    await withEnv({ ...ENV, OTEL_PROPAGATORS: 'b3', OTEL_TRACES_EXPORTER: 'none' }, async () => {
      const first = await initMonitoring();
      process.env['OTEL_PROPAGATORS'] = 'xray';
      expect(await initMonitoring()).toBe(first);
      await first.shutdown({ timeoutMillis: 50 }).catch(() => undefined);
    });
    log.release();
    expect(log.lines.filter((line) => line.startsWith('warn'))).toHaveLength(1);
  });

  it('is told to the operator of a preload on stderr', async () => {
    const { code, stdout, stderr } = await runScript(
      `await import('#lib/register.js'); setImmediate(() => console.log('running'));`,
      { OTEL_EXPORTER_PROMETHEUS_PORT: '0', OTEL_TRACES_EXPORTER: 'zipkin', OTEL_PROPAGATORS: 'b3' },
    ).end();
    expect([code, stdout]).toEqual([0, 'running\n']);
    expect(stderr.match(/OTEL_TRACES_EXPORTER|OTEL_PROPAGATORS/g)).toEqual([
      'OTEL_TRACES_EXPORTER',
      'OTEL_PROPAGATORS',
    ]);
  });
});
