import { DiagLogLevel, diag, metrics, trace } from '@opentelemetry/api';
import { initMonitoring, type MonitoringOptions, resolveConfig } from '../../lib/index.js';
import { withEnv } from '../support/with-env.js';

const QUIET = { metrics: { exporters: [] }, traces: { exporter: 'none' } } as const;

function fail(): never {
  throw new Error('none of yours');
}

/** What of the timers that were started meanwhile was not stopped. */
async function timersLeftBy(run: () => Promise<unknown>): Promise<number> {
  const started = jest.spyOn(globalThis, 'setInterval');
  const stopped = jest.spyOn(globalThis, 'clearInterval');
  await run();
  await new Promise(setImmediate);
  const ended = new Set(stopped.mock.calls.map(([timer]) => timer));
  const left = started.mock.results.filter(({ value }) => !ended.has(value)).length;
  expect(started.mock.calls.length).toBeGreaterThan(0);
  started.mockRestore();
  stopped.mockRestore();
  return left;
}

afterEach(() => {
  diag.disable();
});

describe('a start with objects of the user', () => {
  it.each<[object, string]>([
    [{ meterProvider: 'sk-secret' }, 'meterProvider: a string of 9 characters'],
    [{ meterProvider: null }, 'meterProvider: null'],
    [{ tracerProvider: {} }, 'tracerProvider: an empty object'],
    [{ traces: { spanExporter: 5 } }, 'traces.spanExporter: 5'],
    [{ resourceDetectors: 5 }, 'resourceDetectors: 5'],
    [{ resourceDetectors: ['env'] }, 'resourceDetectors[0]: a string of 3 characters'],
    [{ resourceDetectors: [{ detect: () => ({}) }, undefined] }, 'resourceDetectors[1]: null'],
  ])('refuses what is none of those that it asks for: %j', async (options, problem) => {
    const result = resolveConfig(options as MonitoringOptions);
    expect(result.ok ? [] : result.error.problems.map(({ option, seen }) => `${option}: ${seen}`)).toEqual([
      problem,
    ]);
    await expect(initMonitoring(options as MonitoringOptions)).rejects.toMatchObject({
      code: 'ERR_INVALID_CONFIG',
    });
  });

  it('refuses options that are null, and says so', async () => {
    await expect(initMonitoring(null as never)).rejects.toMatchObject({
      problems: [{ option: 'options', seen: 'null', remedy: 'pass an object' }],
    });
    await withEnv({ OTEL_SDK_DISABLED: 'true' }, async () => {
      await (await initMonitoring(null as never)).shutdown();
    });
  });

  it('leaves no timer, no listener and nothing global behind where a provider throws', async () => {
    const options: MonitoringOptions = {
      tracerProvider: { getTracer: fail },
      metrics: { exporters: ['otlp'], endpoint: 'http://127.0.0.1:1' },
      registerGlobals: true,
      shutdownOnSignals: true,
    };
    const listeners = process.listenerCount('SIGTERM');
    const left = await timersLeftBy(() => expect(initMonitoring(options)).rejects.toThrow('none of yours'));
    expect([left, process.listenerCount('SIGTERM')]).toEqual([0, listeners]);
    expect(trace.getTracer('spec').startSpan('none').isRecording()).toBe(false);
    expect(metrics.getMeterProvider().constructor.name).toBe('NoopMeterProvider');
    // And the next start is none the worse for it.
    await (await initMonitoring(QUIET)).shutdown();
  });

  it('starts where a detector throws or rejects', async () => {
    const reject = () => ({ attributes: { a: Promise.reject(new Error('no')) } });
    const monitoring = await initMonitoring({
      ...QUIET,
      resourceDetectors: [{ detect: fail }, { detect: reject }],
    });
    await monitoring.shutdown();
  });

  it('starts, counts and stops where the log throws that it has something to say to', async () => {
    const log = { error: fail, warn: fail, info: fail, debug: fail, verbose: fail };
    diag.setLogger(log, { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true });
    await withEnv({ OTEL_PROPAGATORS: 'b3', OTEL_EXPORTER_PROMETHEUS_PORT: '0' }, async () => {
      const monitoring = await initMonitoring({ traces: { exporter: 'none' } });
      monitoring.recordCost('openai', 'gpt-4o', Number.NaN);
      const page = await (await fetch(monitoring.metricsUrl ?? '')).text();
      expect(page).toMatch(/^llm_edge_monitoring_dropped_total\{[^}]*\} 1$/m);
      await monitoring.shutdown();
    });
  });
});
