import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { context, metrics, propagation, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { TracerProvider } from '@opentelemetry/sdk-trace';
import { initMonitoring, type MonitoringOptions, observeRequest } from '../../lib/index.js';

const notAKey = join(tmpdir(), `not-a-key-${process.pid}.pem`);
writeFileSync(notAKey, 'not a key');

const server = createServer();
let port: number;
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  port = (server.address() as AddressInfo).port;
});
afterAll(() => server.close());

const THROWS = {
  getMeter: () => {
    throw new Error('no meter');
  },
  getTracer: () => {
    throw new Error('no tracer');
  },
};

const PUSHED = { exporters: ['otlp'] } as const;

describe('a start that fails', () => {
  let shutdowns: jest.SpyInstance;
  let pushers: jest.SpyInstance;
  beforeEach(() => {
    shutdowns = jest.spyOn(MeterProvider.prototype, 'shutdown');
    pushers = jest.spyOn(PeriodicExportingMetricReader.prototype, 'shutdown');
  });
  afterEach(() => {
    jest.restoreAllMocks();
    for (const api of [context, propagation, trace, metrics]) api.disable();
  });

  it.each<[string, () => MonitoringOptions, string, { readonly meters: number; readonly pushers: number }]>([
    [
      'a client certificate that cannot be used',
      () => ({
        metrics: PUSHED,
        traces: { endpoint: 'https://localhost:1', clientKeyFile: notAKey, clientCertificateFile: notAKey },
      }),
      'spans cannot be exported',
      { meters: 1, pushers: 1 },
    ],
    [
      'a port in use',
      () => ({ metrics: { exporters: ['prometheus', 'otlp'], port } }),
      'in use',
      { meters: 1, pushers: 1 },
    ],
    [
      'a port in use, beside another SDK',
      () => ({ openTelemetry: 'own', metrics: { port } }),
      'in use',
      { meters: 1, pushers: 0 },
    ],
    [
      'a meter provider that throws',
      () => ({ meterProvider: THROWS as never }),
      'no meter',
      { meters: 0, pushers: 0 },
    ],
    [
      'a tracer provider that throws',
      () => ({ metrics: PUSHED, tracerProvider: THROWS as never }),
      'no tracer',
      { meters: 1, pushers: 1 },
    ],
  ])('leaves nothing running or registered: %s', async (_name, options, message, stopped) => {
    const starting = initMonitoring({ registerGlobals: true, shutdownTimeoutMillis: 500, ...options() });
    await expect(starting).rejects.toThrow(message);
    observeRequest({ provider: 'openai', model: 'gpt-4o' }, () => undefined);
    expect({ meters: shutdowns.mock.calls.length, pushers: pushers.mock.calls.length }).toEqual(stopped);
    expect(trace.getTracer('app').startSpan('none').isRecording()).toBe(false);
    expect([
      context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable()),
      propagation.setGlobalPropagator(new W3CTraceContextPropagator()),
      trace.setGlobalTracerProvider(new TracerProvider()),
      metrics.setGlobalMeterProvider(new MeterProvider()),
    ]).toEqual([true, true, true, true]);
  });
});
