import {
  metrics,
  ProxyTracerProvider,
  type Span,
  type Tracer,
  type TracerProvider,
  trace,
} from '@opentelemetry/api';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import {
  InMemorySpanExporter,
  TracerProvider as SdkProvider,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace';
import {
  initMonitoring,
  type Monitoring,
  type MonitoringOptions,
  observeOperation,
  observeRequest,
  resolveConfig,
} from '../../lib/index.js';
import { type CapturedLog, captureLog } from '../support/captured-log.js';

const CHAT = { provider: 'openai', model: 'gpt-4o' };
const SERVICE = 'checkout';

let running: Monitoring[] = [];
let ours: InMemorySpanExporter;
let theirs: InMemorySpanExporter;
let log: CapturedLog;

beforeEach(() => {
  ours = new InMemorySpanExporter();
  theirs = new InMemorySpanExporter();
  log = captureLog();
});

afterEach(async () => {
  await Promise.allSettled(running.map((monitoring) => monitoring.shutdown()));
  running = [];
  log.release();
  trace.disable();
  metrics.disable();
});

async function start(options: MonitoringOptions = {}): Promise<Monitoring> {
  const monitoring = await initMonitoring({
    serviceName: SERVICE,
    metrics: { exporters: [] },
    traces: { spanExporter: ours },
    ...options,
  });
  running.push(monitoring);
  return monitoring;
}

function usersProvider(service = SERVICE): SdkProvider {
  return new SdkProvider({
    resource: resourceFromAttributes({ 'service.name': service }),
    spanProcessors: [new SimpleSpanProcessor({ exporter: theirs })],
  });
}

/** The names of the spans that each exporter got. */
async function exported() {
  await running.at(-1)?.forceFlush();
  const namesIn = (exporter: InMemorySpanExporter) => exporter.getFinishedSpans().map(({ name }) => name);
  return { ours: namesIn(ours), theirs: namesIn(theirs) };
}

const startOne = (tracer: Tracer, name: string): Span => tracer.startSpan(name);
const warnings = () => log.lines.filter((line) => line.startsWith('warn'));

describe('a provider that is registered after monitoring has started', () => {
  it('makes the spans of tracers that were handed out before, and of this package', async () => {
    const early = trace.getTracer('early');
    await start();
    const lent = trace.getTracer('lent');
    for (const tracer of [early, lent]) startOne(tracer, 'before').end();
    const open = startOne(lent, 'open');
    expect(trace.setGlobalTracerProvider(usersProvider())).toBe(true);
    for (const tracer of [early, lent, trace.getTracer('late')]) startOne(tracer, 'after').end();
    lent.startActiveSpan('active', (span) => span.end());
    observeOperation({ name: 'serve' }, () => observeRequest(CHAT, () => undefined));
    // It began before, and ends where it began.
    open.end();
    expect(await exported()).toEqual({
      ours: ['before', 'before', 'open'],
      theirs: ['after', 'after', 'after', 'active', 'chat gpt-4o', 'serve'],
    });
  });

  it('makes the spans of this package within those that were active before', async () => {
    await start({ registerGlobals: { context: true } });
    const tracer = trace.getTracer('app');
    await tracer.startActiveSpan('around', async (around) => {
      trace.setGlobalTracerProvider(usersProvider());
      await observeRequest(CHAT, async () => undefined);
      around.end();
    });
    await exported();
    const [around] = ours.getFinishedSpans();
    const [request] = theirs.getFinishedSpans();
    expect(request?.parentSpanContext?.spanId).toBe(around?.spanContext().spanId);
    expect(request?.spanContext().traceId).toBe(around?.spanContext().traceId);
  });

  it('may wrap tracers that were in force before it', async () => {
    await start();
    const before = trace.getTracer('app');
    const wrapper: TracerProvider = { getTracer: () => before };
    trace.setGlobalTracerProvider(wrapper);
    startOne(before, 'span').end();
    // What runs within a span may use the tracer again.
    before.startActiveSpan('outer', (outer) => {
      startOne(before, 'inner').end();
      outer.end();
    });
    observeRequest(CHAT, () => undefined);
    expect(await exported()).toEqual({ ours: ['span', 'inner', 'outer', 'chat gpt-4o'], theirs: [] });
  });

  it('may wrap the provider that was in force before it, with a tracer of that for each of its own', async () => {
    await start();
    const lent = trace.getTracer('app');
    const before = (trace.getTracerProvider() as ProxyTracerProvider).getDelegate();
    const getTracer = (name: string): Tracer => {
      const inner = before.getTracer(`${name} wrapped`);
      return {
        startSpan: (spanName, ...rest) => inner.startSpan(`${spanName}, wrapped`, ...rest),
        startActiveSpan: inner.startActiveSpan.bind(inner),
      };
    };
    trace.setGlobalTracerProvider({ getTracer });
    startOne(lent, 'span').end();
    lent.startActiveSpan('outer', (outer) => {
      startOne(lent, 'inner').end();
      outer.end();
    });
    observeRequest(CHAT, () => undefined);
    const names = ['span, wrapped', 'inner, wrapped', 'outer', 'chat gpt-4o, wrapped'];
    expect(await exported()).toEqual({ ours: names, theirs: [] });
  });

  it('gets no call of the user in its way where it throws', async () => {
    await start();
    const fail = () => {
      throw new Error('theirs');
    };
    const lent = trace.getTracer('lent');
    trace.setGlobalTracerProvider({ getTracer: fail });
    expect(observeRequest(CHAT, () => 'answer')).toBe('answer');
    expect(() => startOne(lent, 'span')).toThrow('theirs');
    trace.disable();
    startOne(lent, 'span').end();
    expect((await exported()).ours).toEqual(['span']);
  });

  it('is followed after the end of monitoring as well, and so is the next monitoring', async () => {
    const first = await start();
    const lent = trace.getTracer('lent');
    await first.shutdown();
    expect(startOne(lent, 'none').isRecording()).toBe(false);
    const second = await start({ traces: { spanExporter: theirs } });
    startOne(lent, 'second').end();
    await second.forceFlush();
    expect(theirs.getFinishedSpans().map(({ name }) => name)).toEqual(['second']);
    await second.shutdown();
    trace.setGlobalTracerProvider(usersProvider());
    expect(startOne(lent, 'users').isRecording()).toBe(true);
  });

  it('is left in place by the shutdown', async () => {
    const monitoring = await start();
    trace.setGlobalTracerProvider(usersProvider());
    await monitoring.shutdown();
    startOne(trace.getTracer('app'), 'after').end();
    expect(theirs.getFinishedSpans()).toHaveLength(1);
  });

  it('is one of another copy of the API, with a proxy of its own', async () => {
    await start();
    const lent = trace.getTracer('lent');
    // A copy registers its own proxy, whose class is not that of this copy.
    const proxy = new ProxyTracerProvider();
    const otherCopy = {
      getTracer: proxy.getTracer.bind(proxy),
      getDelegate: proxy.getDelegate.bind(proxy),
      setDelegate: proxy.setDelegate.bind(proxy),
      getDelegateTracer: proxy.getDelegateTracer.bind(proxy),
    };
    const api = (globalThis as { [key: symbol]: { trace?: unknown } | undefined })[
      Symbol.for('opentelemetry.js.api.1')
    ];
    Object.assign(api ?? {}, { trace: otherCopy });
    startOne(lent, 'no delegate yet').end();
    proxy.setDelegate(usersProvider());
    startOne(lent, 'delegate').end();
    expect(await exported()).toEqual({ ours: ['no delegate yet'], theirs: ['delegate'] });
  });
});

describe('what is said where spans yield', () => {
  it('is nothing where the services are the same and no option is overruled', async () => {
    const monitoring = await start({ traces: { exporter: 'none' } });
    trace.setGlobalTracerProvider(usersProvider());
    observeRequest(CHAT, () => undefined);
    expect([warnings(), monitoring.config.warnings]).toEqual([[], []]);
  });

  it('is one warning, with the options that have no effect and the names of the service', async () => {
    const options = {
      traces: { spanExporter: ours, sampler: 'always_on', limits: { eventCount: 5 } },
    } as const;
    const monitoring = await start(options);
    expect(monitoring.config.warnings).toEqual([]);
    trace.setGlobalTracerProvider(usersProvider('shop'));
    for (let call = 0; call < 3; call += 1) observeRequest(CHAT, () => undefined);
    expect(monitoring.config.warnings).toMatchObject([
      { option: 'traces.sampler, traces.limits.eventCount, traces.spanExporter', variable: undefined },
      { option: 'serviceName', seen: expect.stringMatching(/^"checkout", and "shop"/) },
    ]);
    expect(warnings()).toEqual([
      expect.stringMatching(/traces\.sampler.*openTelemetry: 'own'.*OTEL_SERVICE_NAME/s),
    ]);
  });

  it('is said at the start where the providers are there already', async () => {
    trace.setGlobalTracerProvider(usersProvider('shop'));
    metrics.setGlobalMeterProvider(new MeterProvider());
    const { config } = await start({ metrics: { port: 0, path: '/m', exporters: ['prometheus'] } });
    expect(config.warnings).toMatchObject([
      {
        option: 'metrics.exporters, metrics.port, metrics.path, traces.spanExporter',
        seen: 'a meter provider and a tracer provider that are not from this package',
      },
      { option: 'serviceName' },
    ]);
    expect(warnings()).toHaveLength(1);
  });

  it('names the option that overrules, where the provider is passed', async () => {
    const { config } = await start({ tracerProvider: usersProvider() });
    expect(config.warnings).toMatchObject([
      {
        option: 'traces.spanExporter',
        remedy: 'leave out tracerProvider, or the settings that have no effect',
      },
    ]);
  });

  it('says nothing of options that come from the environment, or that switch something off', async () => {
    process.env['OTEL_TRACES_SAMPLER'] = 'always_on';
    try {
      trace.setGlobalTracerProvider(usersProvider());
      metrics.setGlobalMeterProvider(new MeterProvider());
      const { config } = await start({ traces: { exporter: 'none' } });
      expect(config.warnings).toEqual([]);
    } finally {
      delete process.env['OTEL_TRACES_SAMPLER'];
    }
  });
});

describe("openTelemetry: 'own'", () => {
  it.each(['before', 'after'])(
    'exports its own spans, once, within the spans of a provider that is registered %s',
    async (when) => {
      const register = () => trace.setGlobalTracerProvider(usersProvider('shop'));
      if (when === 'before') register();
      const { config } = await start({ openTelemetry: 'own', registerGlobals: { context: true } });
      expect(startOne(trace.getTracer('app'), 'lent').isRecording()).toBe(when === 'before');
      if (when === 'after') register();
      await trace.getTracer('app').startActiveSpan('around', async (around) => {
        await observeRequest(CHAT, async () => undefined);
        around.end();
      });
      expect(await exported()).toEqual({ ours: ['chat gpt-4o'], theirs: ['around'] });
      const [request] = ours.getFinishedSpans();
      const [around] = theirs.getFinishedSpans();
      expect(request?.parentSpanContext).toMatchObject(around?.spanContext() ?? {});
      expect(config.warnings).toEqual([]);
    },
  );

  it('opens its port beside a registered meter provider', async () => {
    metrics.setGlobalMeterProvider(new MeterProvider());
    const { metricsUrl, config } = await start({ openTelemetry: 'own', metrics: { port: 0 } });
    observeRequest(CHAT, () => undefined);
    const page = await (await fetch(metricsUrl ?? '')).text();
    expect([page.match(/^llm_edge_requests_total.*$/m)?.[0].split(' ')[1], config.warnings]).toEqual([
      '1',
      [],
    ]);
  });

  it('uses a provider that is passed as an option', async () => {
    await start({ openTelemetry: 'own', tracerProvider: usersProvider(), traces: {} });
    observeRequest(CHAT, () => undefined);
    expect((await exported()).theirs).toEqual(['chat gpt-4o']);
  });

  it('is not the option `providers`, which says so', () => {
    const result = resolveConfig({ providers: 'own' } as never);
    expect(result).toMatchObject({
      error: { problems: [{ option: 'providers', remedy: expect.stringContaining("openTelemetry: 'own'") }] },
    });
    const env = { LLM_EDGE_PROVIDERS: 'shared' };
    expect(resolveConfig({}, env)).toMatchObject({
      value: { warnings: [{ remedy: expect.stringContaining('LLM_EDGE_OPENTELEMETRY=shared') }] },
    });
  });

  it('comes from LLM_EDGE_OPENTELEMETRY', () => {
    expect(resolveConfig({}, { LLM_EDGE_OPENTELEMETRY: 'own' })).toMatchObject({
      value: { openTelemetry: 'own' },
    });
  });
});

describe("traces: 'none'", () => {
  it.each<[string, MonitoringOptions]>([
    ['a provider that is registered', {}],
    ['a provider that is passed', { tracerProvider: usersProvider() }],
    ['its own', { openTelemetry: 'own' }],
  ])('makes no spans with %s, and leaves the active one in place', async (_name, options) => {
    trace.setGlobalTracerProvider(usersProvider('shop'));
    const { config } = await start({ ...options, registerGlobals: { context: true }, traces: 'none' });
    await trace.getTracer('app').startActiveSpan('around', async (around) => {
      await observeOperation({ name: 'serve' }, async () =>
        observeRequest(CHAT, async () => {
          trace.getActiveSpan()?.setAttribute('seen', true);
        }),
      );
      around.end();
    });
    expect(await exported()).toEqual({ ours: [], theirs: ['around'] });
    expect(theirs.getFinishedSpans()[0]?.attributes).toEqual({ seen: true });
    expect(config.warnings).toEqual([]);
  });

  it('leaves no active span where there is none, and lends no tracers', async () => {
    await start({ registerGlobals: { context: true, tracers: true }, traces: 'none' });
    expect(observeRequest(CHAT, () => trace.getActiveSpan())).toBeUndefined();
    expect(startOne(trace.getTracer('app'), 'span').isRecording()).toBe(false);
  });

  it('comes from LLM_EDGE_TRACES and checks no variable of spans then', () => {
    const env = {
      LLM_EDGE_TRACES: 'none',
      OTEL_TRACES_SAMPLER: 'wrong',
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'x',
    };
    expect(resolveConfig({}, env)).toMatchObject({ value: { traces: { spans: 'none' }, warnings: [] } });
  });

  it('is the one word that traces can be', () => {
    expect(resolveConfig({ traces: 'all' } as never)).toMatchObject({
      error: { problems: [{ option: 'traces', remedy: 'pass an object' }] },
    });
  });
});

describe('registerGlobals', () => {
  it.each<[MonitoringOptions['registerGlobals'], false | string[]]>([
    [true, ['tracers', 'meters', 'context']],
    [false, false],
    [{}, false],
    [{ meters: true, tracers: false, context: undefined }, ['meters']],
  ])('reads %j', (registerGlobals, expected) => {
    expect(resolveConfig({ registerGlobals })).toMatchObject({ value: { registerGlobals: expected } });
  });

  it.each<[string, false | string[]]>([
    ['true', ['tracers', 'meters', 'context']],
    ['false', false],
    ['context,tracers', ['tracers', 'context']],
    ['none', false],
  ])('reads LLM_EDGE_REGISTER_GLOBALS=%s', (variable, expected) => {
    const result = resolveConfig({}, { LLM_EDGE_REGISTER_GLOBALS: variable });
    expect(result).toMatchObject({ value: { registerGlobals: expected, warnings: [] } });
  });

  it.each<[unknown, string]>([
    ['tracers', 'a string of 7 characters'],
    [{ tracer: true }, 'an object with 1 member'],
    [{ tracers: 'yes' }, 'an object with 1 member'],
  ])('refuses %j', (registerGlobals, seen) => {
    expect(resolveConfig({ registerGlobals } as never)).toMatchObject({
      error: { problems: [{ option: 'registerGlobals', seen }] },
    });
  });

  it('registers what is named, for the whole process, and takes it back', async () => {
    const monitoring = await start({ registerGlobals: { tracers: true } });
    expect(trace.setGlobalTracerProvider(usersProvider())).toBe(false);
    expect(metrics.setGlobalMeterProvider(new MeterProvider())).toBe(true);
    startOne(trace.getTracer('app'), 'span').end();
    expect((await exported()).ours).toEqual(['span']);
    await monitoring.shutdown();
    expect(trace.setGlobalTracerProvider(usersProvider())).toBe(true);
  });
});
