import { inspect } from 'node:util';
import {
  initMonitoring,
  type MonitoringConfig,
  type MonitoringOptions,
  resolveConfig,
} from '../../lib/index.js';
import { captureLog } from '../support/captured-log.js';

const HTTP = { OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf' };
const ALL = 'OTEL_EXPORTER_OTLP_ENDPOINT';
const SPANS = 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT';

function configOf(options: MonitoringOptions, env: Readonly<Record<string, string>> = {}): MonitoringConfig {
  const result = resolveConfig(options, env);
  if (!result.ok) throw result.error;
  return result.value;
}

describe('the endpoint of OTLP', () => {
  it.each<[string, Record<string, string>, string, string]>([
    ['gRPC by default', {}, 'http://localhost:4317', 'http://localhost:4317'],
    [
      'gRPC with more than scheme and host',
      { [ALL]: 'https://user:pass@collector:4317/base?x=1' },
      'https://collector:4317',
      'https://collector:4317',
    ],
    ['HTTP by default', HTTP, 'http://localhost:4318/v1/traces', 'http://localhost:4318/v1/metrics'],
    [
      'HTTP with a base',
      { ...HTTP, [ALL]: 'http://collector:4318' },
      'http://collector:4318/v1/traces',
      'http://collector:4318/v1/metrics',
    ],
    [
      'HTTP with a base that has a path and a query',
      { ...HTTP, [ALL]: 'https://vendor.example/otlp/?team=a#part' },
      'https://vendor.example/otlp/v1/traces?team=a',
      'https://vendor.example/otlp/v1/metrics?team=a',
    ],
    [
      'HTTP with the variable of a signal, which is used as it is',
      { ...HTTP, [ALL]: 'http://collector:4318', [SPANS]: 'https://vendor.example/in/spans' },
      'https://vendor.example/in/spans',
      'http://collector:4318/v1/metrics',
    ],
    [
      'HTTP with the variable of a signal that has no path',
      { ...HTTP, [SPANS]: 'http://collector:4318' },
      'http://collector:4318/',
      'http://localhost:4318/v1/metrics',
    ],
    [
      'HTTP for one signal',
      { OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/protobuf', [ALL]: 'http://collector:9999' },
      'http://collector:9999/v1/traces',
      'http://collector:9999',
    ],
  ])('is, for %s, what the specification says', (_name, env, traces, metrics) => {
    const config = configOf({}, env);
    expect([config.traces.endpoint, config.metrics.endpoint]).toEqual([traces, metrics]);
  });

  it.each([
    ['http://collector:4318', 'http://collector:4318/v1/traces'],
    ['http://collector:4318/', 'http://collector:4318/v1/traces'],
    ['https://vendor.example/in/spans', 'https://vendor.example/in/spans'],
  ])('of the option %s over HTTP is %s', (endpoint, used) => {
    const config = configOf({ traces: { endpoint, protocol: 'http/protobuf' } });
    expect(config.traces.endpoint).toBe(used);
  });

  it.each([
    ['http://collector:4318', 'http://collector:4318/v1/traces'],
    ['http://collector:4318/v1/hunter2', 'http://collector:4318/…'],
    ['https://user:hunter2@collector/v1/traces', 'https://collector/v1/traces'],
    ['https://collector/v1/traces?token=hunter2', 'https://collector/…'],
  ])('%s is printed as %s', (endpoint, printed) => {
    const config = configOf({ traces: { endpoint, protocol: 'http/protobuf' } });
    expect(JSON.parse(JSON.stringify(config))).toMatchObject({ traces: { endpoint: printed } });
    expect(inspect(config, { depth: null }) + JSON.stringify(config)).not.toContain('hunter2');
  });

  it.each([
    ['grpc', 'http://127.0.0.1:4318', /traces\.endpoint http:\/\/127\.0\.0\.1:4318 .*http\/protobuf/],
    [
      'http/protobuf',
      'http://127.0.0.1:4317',
      /traces\.endpoint http:\/\/127\.0\.0\.1:4317\/v1\/traces .*=grpc/,
    ],
  ] as const)('is warned of at the start where %s goes to %s', async (protocol, endpoint, warning) => {
    const log = captureLog();
    const monitoring = await initMonitoring({ metrics: { exporters: [] }, traces: { protocol, endpoint } });
    await monitoring.shutdown();
    log.release();
    expect(log.lines.filter((line) => line.startsWith('warn'))).toEqual([expect.stringMatching(warning)]);
  });
});
