import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import {
  initMonitoring,
  METRICS,
  type Monitoring,
  type MonitoringOptions,
  observeOperation,
  type RequestHandle,
  recordActiveRequests,
  recordCircuitState,
  recordCost,
  recordProviderHealth,
  recordRateLimit,
  startRequest,
} from '../../lib/index.js';
import { type OtlpReceiver, type Push, startOtlpReceiver } from '../support/otlp-receiver.js';
import { scrape } from '../support/scrape.js';

const GAUGES = Object.entries(METRICS)
  .filter(([, { kind }]) => kind === 'gauge')
  .map(([name]) => name);
const CHAT = { provider: 'openai', model: 'gpt-4o' };

let receiver: OtlpReceiver;
beforeEach(async () => {
  receiver = await startOtlpReceiver();
});
afterEach(() => receiver.close());

/** Monitoring that pushes once an hour: what its receiver gets, it gets at the end. */
function start(options: MonitoringOptions = {}): Promise<Monitoring> {
  return initMonitoring({
    metrics: {
      exporters: ['prometheus', 'otlp'],
      port: 0,
      endpoint: receiver.endpoint,
      exportIntervalMillis: 3_600_000,
    },
    traces: { exporter: 'none' },
    budgets: [{ name: 'team', limitUsd: 10, window: 'month' }],
    ...options,
  });
}

/** Uses everything that sets a gauge; returns a request that is in flight. */
function useGauges(): RequestHandle {
  recordProviderHealth('openai', false);
  recordCircuitState('openai', 'half_open');
  recordRateLimit('openai', 'gpt-4o', 'requests', { remaining: 7, limit: 60 });
  recordActiveRequests(2);
  recordCost('openai', 'gpt-4o', 2.5);
  return startRequest(CHAT);
}

function namesOf(push: Push | undefined): Set<string | undefined> {
  return new Set(Object.keys(push ?? {}).map((series) => series.split('{')[0]));
}

/** Pushes of many series take a busy machine longer than the default deadline. */
const PATIENT = { timeoutMillis: 60_000 };

describe('the last push of a process that lives less than an interval', () => {
  it('has every gauge of the catalogue, with the values of the moment of shutdown', async () => {
    const monitoring = await start();
    const request = useGauges();
    // Sets the gauges about scrapes.
    await scrape(monitoring.metricsUrl);
    await monitoring.shutdown();
    request.end();
    expect(receiver.pushes).toHaveLength(1);
    const [push] = receiver.pushes;
    expect(GAUGES.filter((name) => !namesOf(push).has(name))).toEqual([]);
    expect(push).toMatchObject({
      'llm_edge_provider_available{provider="openai"}': 0,
      'llm_edge_circuit_breaker_state{provider="openai"}': 1,
      llm_edge_active_requests: 3,
      'llm_edge_budget_limit_usd{budget="team"}': 10,
      'llm_edge_budget_spent_usd{budget="team"}': 2.5,
    });
    const rateLimits = Object.entries(push ?? {}).filter(([name]) => name.startsWith('llm_edge_rate_limit'));
    expect(rateLimits.map(([, value]) => value).sort()).toEqual([60, 7]);
  });

  it('has what was recorded right before shutdown, and nothing of what is recorded after its call', async () => {
    const passed: number[] = [];
    const onThreshold = ({ threshold }: { threshold: number }) => passed.push(threshold);
    const monitoring = await start({
      budgets: [{ name: 'team', limitUsd: 1, window: 'month', thresholds: [1], onThreshold }],
    });
    const ended = startRequest(CHAT);
    const inFlight = startRequest(CHAT);
    ended.end();
    recordCost('openai', 'gpt-4o', 0.25);
    const stopped = monitoring.shutdown();
    recordCost('openai', 'gpt-4o', 100);
    monitoring.recordCost('openai', 'gpt-4o', 100);
    recordProviderHealth('openai', true);
    inFlight.setResponse({ costUsd: 100 });
    inFlight.firstToken();
    inFlight.end();
    await stopped;
    expect(receiver.pushes).toHaveLength(1);
    const [push] = receiver.pushes;
    expect(push).toMatchObject({
      'llm_edge_requests_total{provider="openai",model="gpt-4o",status="success"}': 1,
      'llm_edge_request_duration_ms{provider="openai",model="gpt-4o"}': 1,
      'llm_edge_cost_usd_total{provider="openai",model="gpt-4o"}': 0.25,
      'llm_edge_budget_spent_usd{budget="team"}': 0.25,
      llm_edge_active_requests: 1,
    });
    expect([...namesOf(push)]).not.toContain('llm_edge_time_to_first_token_ms');
    expect([...namesOf(push)]).not.toContain('llm_edge_provider_available');
    expect(passed).toEqual([]);
  });

  it('has them too while a push of many series is handed over in turns', async () => {
    const models = Array.from({ length: 600 }, (_, index) => `model-${index}`);
    const monitoring = await start({ limits: { models: 1000 }, providers: { openai: models } });
    const request = useGauges();
    const flushed = monitoring.forceFlush(PATIENT);
    const stopped = monitoring.shutdown(PATIENT);
    request.end();
    await Promise.all([flushed, stopped]);
    expect(receiver.pushes.at(-1)).toMatchObject({
      'llm_edge_provider_available{provider="openai"}': 0,
      llm_edge_active_requests: 3,
      'llm_edge_cost_usd_total{provider="openai",model="gpt-4o"}': 2.5,
      'llm_edge_requests_total{provider="openai",model="model-599",status="success"}': 0,
    });
  });

  it('has them with a meter provider of the user, whose last push comes after ours has stopped', async () => {
    const exporters = [1, 2].map(() => new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE));
    const readers = exporters.map(
      (exporter) => new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 }),
    );
    const meterProvider = new MeterProvider({ readers });
    const monitoring = await start({ meterProvider, metrics: undefined });
    const request = useGauges();
    await monitoring.shutdown();
    request.end();
    await meterProvider.forceFlush();
    // Gauges about scrapes are set by a port of ours, which is not opened beside a provider of the user.
    const expected = GAUGES.filter((name) => !name.includes('_scrape_'));
    for (const exporter of exporters) {
      const metrics = exporter
        .getMetrics()
        .flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((scope) => scope.metrics));
      const points = Object.fromEntries(
        metrics.map(({ descriptor, dataPoints }) => [descriptor.name, dataPoints.map(({ value }) => value)]),
      );
      expect(expected.filter((name) => points[name] === undefined)).toEqual([]);
      expect([points['llm_edge_active_requests'], points['llm_edge_cost_usd_total']]).toEqual([[3], [2.5]]);
    }
    await meterProvider.shutdown();
  });

  it('tells the meter provider of the user of its gauges no more after that', async () => {
    const exporter = new InMemoryMetricExporter(AggregationTemporality.DELTA);
    const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
    const meterProvider = new MeterProvider({ readers: [reader] });
    const monitoring = await start({ meterProvider, metrics: undefined });
    observeOperation({}, () => useGauges().end());
    await monitoring.shutdown();
    await meterProvider.forceFlush();
    await new Promise(setImmediate);
    exporter.reset();
    await meterProvider.forceFlush();
    const names = exporter
      .getMetrics()
      .flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((scope) => scope.metrics))
      .map(({ descriptor }) => descriptor.name);
    expect(names.filter((name) => GAUGES.includes(name))).toEqual([]);
    await meterProvider.shutdown();
  });
});
