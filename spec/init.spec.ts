import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { context, createContextKey, metrics, propagation, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import {
  initMonitoring,
  type MonitoringOptions,
  recordCost,
  recordRequestSuccess,
  startRequest,
} from '../lib/index.js';
import { globalMeterProvider, globalTracerProvider } from './support/global-providers.js';
import { startOtlpReceiver } from './support/otlp-receiver.js';
import { labelsOf, scrape } from './support/scrape.js';

/** The status of gRPC that a service answers which does not take spans. */
const UNIMPLEMENTED = 12;

const QUIET: MonitoringOptions = { metrics: { port: 0 }, traces: { exporter: 'none' } };

describe('initMonitoring()', () => {
  // Whatever a case leaves running is stopped, so that one failure does not become many.
  let running: { shutdown(): Promise<void> }[] = [];
  const init = async (options: MonitoringOptions) => {
    const monitoring = await initMonitoring(options);
    running.push(monitoring);
    return monitoring;
  };
  afterEach(async () => {
    await Promise.allSettled(running.map((monitoring) => monitoring.shutdown()));
    running = [];
  });

  describe('with a free port', () => {
    it('counts what is recorded right after the call, before it resolves', async () => {
      const starting = init(QUIET);
      recordCost('openai', 'gpt-4', 0.0075);
      const { metricsUrl } = await starting;
      expect(await scrape(metricsUrl)).toMatchObject({
        'llm_edge_cost_usd_total{provider="openai",model="gpt-4"}': 0.0075,
      });
    });

    it('offers the record helpers as methods too', async () => {
      const monitoring = await init(QUIET);
      monitoring.recordTokenUsage('openai', 'gpt-4', 150, 500);
      recordRequestSuccess('openai', 'gpt-4', 245);
      expect(await scrape(monitoring.metricsUrl)).toMatchObject({
        'llm_edge_tokens_total{provider="openai",model="gpt-4",type="input"}': 150,
        'llm_edge_tokens_total{provider="openai",model="gpt-4",type="output"}': 500,
        'llm_edge_requests_total{provider="openai",model="gpt-4",status="success"}': 1,
      });
    });
  });

  describe('with a mistake', () => {
    it('rejects with all problems and leaves nothing behind', async () => {
      await expect(initMonitoring({ metrics: { port: -1 } })).rejects.toMatchObject({
        code: 'ERR_INVALID_CONFIG',
        problems: [{ option: 'metrics.port' }],
      });
      expect(globalMeterProvider()).toBeUndefined();
    });
  });

  describe('with a port that is taken', () => {
    it('says so, leaves nothing behind, and starts once the port is free', async () => {
      const blocker = createServer();
      await new Promise<void>((resolve) => blocker.listen(0, 'localhost', resolve));
      const { port } = blocker.address() as AddressInfo;
      const options = { ...QUIET, metrics: { port } };
      await expect(initMonitoring(options)).rejects.toMatchObject({
        code: 'ERR_PORT_IN_USE',
        message: expect.stringContaining(String(port)),
      });
      expect(globalMeterProvider()).toBeUndefined();
      await new Promise((resolve) => blocker.close(resolve));
      const { metricsUrl } = await init(options);
      expect(metricsUrl).toBe(`http://localhost:${port}/metrics`);
    });
  });

  describe('called again', () => {
    it('returns the running monitoring for the same configuration', async () => {
      const first = await init(QUIET);
      expect(await initMonitoring({ ...QUIET })).toBe(first);
    });

    it('returns the same promise while the first call is under way', async () => {
      const [first, second] = await Promise.all([init(QUIET), initMonitoring(QUIET)]);
      expect(second).toBe(first);
    });

    it('refuses another configuration', async () => {
      await init(QUIET);
      await expect(initMonitoring({ ...QUIET, serviceName: 'other' })).rejects.toMatchObject({
        code: 'ERR_ALREADY_INITIALIZED',
      });
    });

    it('starts again after shutdown, on the same port, without waiting for it', async () => {
      const first = await init(QUIET);
      const port = Number(new URL(first.metricsUrl ?? '').port);
      const stopping = first.shutdown();
      const second = await init({ ...QUIET, metrics: { port } });
      await stopping;
      recordCost('openai', 'gpt-4', 1);
      first.recordCost('openai', 'gpt-4', 100);
      expect(second).not.toBe(first);
      expect(await scrape(second.metricsUrl)).toMatchObject({
        'llm_edge_cost_usd_total{provider="openai",model="gpt-4"}': 1,
      });
    });
  });

  describe('with a resource detector that never ends', () => {
    afterEach(() => {
      jest.useRealTimers();
    });

    it('starts without its attributes after five seconds', async () => {
      jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate', 'performance'] });
      const hanging = { detect: () => ({ attributes: { zone: new Promise<string>(() => undefined) } }) };
      const starting = init({ ...QUIET, resourceDetectors: [hanging] });
      jest.advanceTimersByTime(5000);
      const { metricsUrl } = await starting;
      expect(metricsUrl).toMatch(/^http:\/\/localhost:\d+\/metrics$/);
    });
  });

  describe('with OTEL_SDK_DISABLED=true', () => {
    it('does nothing, and everything still works', async () => {
      process.env['OTEL_SDK_DISABLED'] = 'true';
      try {
        const monitoring = await init({});
        monitoring.recordCost('openai', 'gpt-4', 1);
        recordCost('openai', 'gpt-4', 1);
        await monitoring.forceFlush();
        expect(monitoring.metricsUrl).toBeUndefined();
        expect(globalMeterProvider()).toBeUndefined();
        await monitoring.shutdown();
      } finally {
        delete process.env['OTEL_SDK_DISABLED'];
      }
    });
  });

  describe('with metrics.exporters empty', () => {
    it('opens no port', async () => {
      const monitoring = await init({ metrics: { exporters: [] }, traces: { exporter: 'none' } });
      monitoring.recordCost('openai', 'gpt-4', 1);
      expect(monitoring.metricsUrl).toBeUndefined();
    });
  });

  describe('with the Resource', () => {
    it('gives scrape and spans the same attributes', async () => {
      const exporter = new InMemorySpanExporter();
      const monitoring = await init({
        serviceName: 'edge',
        serviceVersion: '1.2.3',
        environment: 'spec',
        resourceAttributes: { team: 'a' },
        resourceDetectors: [
          {
            detect: () => ({
              attributes: { 'host.name': new Promise((resolve) => setImmediate(resolve, 'late')) },
            }),
          },
        ],
        metrics: { port: 0 },
        traces: { spanExporter: exporter },
      });
      trace.getTracer('spec').startSpan('one').end();
      await monitoring.forceFlush();
      const [span] = exporter.getFinishedSpans();
      const target = Object.keys(await scrape(monitoring.metricsUrl)).find((series) =>
        series.startsWith('target_info'),
      );
      const spanAttributes = Object.fromEntries(
        Object.entries(span?.resource.attributes ?? {}).map(([name, value]) => [
          name.replace(/\W/g, '_'),
          value,
        ]),
      );
      expect(labelsOf(target ?? '')).toEqual(spanAttributes);
      expect(spanAttributes).toMatchObject({
        service_name: 'edge',
        service_version: '1.2.3',
        deployment_environment_name: 'spec',
        team: 'a',
        host_name: 'late',
        service_instance_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      });
    });

    it('takes service.name from OTEL_RESOURCE_ATTRIBUTES, OTEL_SERVICE_NAME or the default, in this order from low', async () => {
      const nameWith = async (env: Record<string, string>) => {
        Object.assign(process.env, env);
        try {
          const monitoring = await init(QUIET);
          const samples = await scrape(monitoring.metricsUrl);
          await monitoring.shutdown();
          return labelsOf(Object.keys(samples).find((series) => series.startsWith('target_info')) ?? '')[
            'service_name'
          ];
        } finally {
          for (const name of Object.keys(env)) delete process.env[name];
        }
      };
      expect(await nameWith({})).toBe('llm-edge-agent');
      expect(await nameWith({ OTEL_RESOURCE_ATTRIBUTES: 'service.name=low' })).toBe('low');
      expect(
        await nameWith({ OTEL_RESOURCE_ATTRIBUTES: 'service.name=low', OTEL_SERVICE_NAME: 'high' }),
      ).toBe('high');
    });
  });

  describe('with globals', () => {
    it('registers what the process lacks where it is asked to, and takes it back', async () => {
      const monitoring = await init({
        registerGlobals: true,
        metrics: { port: 0 },
        traces: { spanExporter: new InMemorySpanExporter() },
      });
      const key = createContextKey('spec');
      expect(globalMeterProvider() === undefined).toBe(false);
      expect(trace.setGlobalTracerProvider(new TracerProvider())).toBe(false);
      await context.with(ROOT_CONTEXT.setValue(key, 'kept'), async () => {
        await new Promise(setImmediate);
        expect(context.active().getValue(key)).toBe('kept');
      });
      expect(propagation.fields()).toEqual(['traceparent', 'tracestate', 'baggage']);
      await monitoring.shutdown();
      expect([globalMeterProvider(), globalTracerProvider(), propagation.fields()]).toEqual([
        undefined,
        undefined,
        [],
      ]);
    });

    it('propagates trace context and baggage', async () => {
      await init({ metrics: { port: 0 }, traces: { spanExporter: new InMemorySpanExporter() } });
      startRequest({ provider: 'openai', model: 'gpt-4o' }).end();
      const span = trace.getTracer('spec').startSpan('caller');
      const bag = propagation.createBaggage({ tenant: { value: 'a' } });
      const carrier: Record<string, string> = {};
      propagation.inject(propagation.setBaggage(trace.setSpan(ROOT_CONTEXT, span), bag), carrier);
      const { traceId, spanId } = span.spanContext();
      expect(carrier).toEqual({ traceparent: `00-${traceId}-${spanId}-01`, baggage: 'tenant=a' });
      const extracted = propagation.extract(ROOT_CONTEXT, carrier);
      expect(trace.getSpanContext(extracted)).toMatchObject({ traceId, spanId, isRemote: true });
      span.end();
    });

    it('uses global providers of the user, opens no port and leaves them in place', async () => {
      const meterProvider = new MeterProvider();
      const exporter = new InMemorySpanExporter();
      const tracerProvider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] });
      metrics.setGlobalMeterProvider(meterProvider);
      trace.setGlobalTracerProvider(tracerProvider);
      // What they export by is theirs to know.
      process.env['OTEL_EXPORTER_OTLP_PROTOCOL'] = 'http/protobuf';
      try {
        const monitoring = await init({ metrics: { port: 0 } });
        expect(await init({ metrics: { port: 0 } })).toBe(monitoring);
        monitoring.recordCost('openai', 'gpt-4', 1);
        expect(monitoring.metricsUrl).toBeUndefined();
        await monitoring.shutdown();
        trace.getTracer('spec').startSpan('after').end();
        expect(exporter.getFinishedSpans().map(({ name }) => name)).toEqual(['after']);
        expect(metrics.getMeterProvider()).toBe(meterProvider);
      } finally {
        delete process.env['OTEL_EXPORTER_OTLP_PROTOCOL'];
        metrics.disable();
        trace.disable();
        await meterProvider.shutdown();
      }
    });

    it('leaves providers in place that the user has put in the place of ours', async () => {
      const meterProvider = new MeterProvider();
      const exporter = new InMemorySpanExporter();
      const tracerProvider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] });
      const monitoring = await init({
        registerGlobals: true,
        metrics: { port: 0 },
        traces: { spanExporter: exporter },
      });
      metrics.disable();
      trace.disable();
      metrics.setGlobalMeterProvider(meterProvider);
      trace.setGlobalTracerProvider(tracerProvider);
      try {
        await monitoring.shutdown();
        expect(metrics.getMeterProvider()).toBe(meterProvider);
        expect(trace.getTracer('spec').startSpan('after').isRecording()).toBe(true);
      } finally {
        metrics.disable();
        trace.disable();
        await meterProvider.shutdown();
      }
    });

    it('uses providers that are passed in and registers none of them', async () => {
      const meterProvider = new MeterProvider();
      const tracerProvider = new TracerProvider();
      const monitoring = await init({ meterProvider, tracerProvider });
      expect([monitoring.metricsUrl, globalMeterProvider(), globalTracerProvider()]).toEqual([
        undefined,
        undefined,
        undefined,
      ]);
    });
  });

  describe('with a failing span exporter', () => {
    it('rejects forceFlush and shutdown with what failed, and still lets go of everything', async () => {
      const failing = {
        export: (_spans: unknown, done: (result: { code: number; error: Error }) => void) =>
          done({ code: 1, error: new Error('no collector') }),
        forceFlush: async () => undefined,
        shutdown: async () => {
          throw new Error('cannot close');
        },
      };
      const monitoring = await init({ metrics: { port: 0 }, traces: { spanExporter: failing } });
      const first = monitoring.shutdown();
      expect(monitoring.shutdown()).toBe(first);
      await expect(first).rejects.toMatchObject({
        code: 'ERR_SHUTDOWN_FAILED',
        message: expect.stringContaining('cannot close'),
      });
      expect(globalMeterProvider()).toBeUndefined();
    });
  });

  describe('with a Collector that takes no spans', () => {
    it('says at the end what was not delivered where, and how to do without', async () => {
      // A refusal for good: while a Collector may still come, the shutdown waits for it until shortly before its deadline.
      const collector = await startOtlpReceiver(() => ({ code: UNIMPLEMENTED }));
      const monitoring = await init({ metrics: { port: 0 }, traces: { endpoint: collector.endpoint } });
      trace.getTracer('spec').startSpan('lost').end();
      await expect(monitoring.shutdown()).rejects.toMatchObject({
        code: 'ERR_SHUTDOWN_FAILED',
        message: expect.stringMatching(/OTEL_TRACES_EXPORTER=none/),
        cause: { errors: [{ message: expect.stringContaining(`not delivered to ${collector.endpoint} (`) }] },
      });
      await collector.close();
    });
  });

  describe('with an exporter that hangs', () => {
    it('gives up at the deadline', async () => {
      const hanging = {
        export: () => undefined,
        forceFlush: () => new Promise<void>(() => undefined),
        shutdown: () => new Promise<void>(() => undefined),
      };
      const monitoring = await init({ metrics: { port: 0 }, traces: { spanExporter: hanging } });
      await expect(monitoring.shutdown({ timeoutMillis: 20 })).rejects.toMatchObject({
        code: 'ERR_DEADLINE_EXCEEDED',
      });
      expect(globalMeterProvider()).toBeUndefined();
    });
  });
});
