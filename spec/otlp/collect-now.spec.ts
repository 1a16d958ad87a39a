import type { MeterProvider as ApiMeterProvider, Meter } from '@opentelemetry/api';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import {
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics';
import { collectNow, createMeterHarness, withFreshGauges } from '../support/meter-harness.js';

/** Two programs that do the same, one to collect from and one to read at once. */
function pair(views: Parameters<typeof createMeterHarness>[1] = []) {
  const all = [
    createMeterHarness({ 'service.name': 'spec' }, views),
    createMeterHarness({ 'service.name': 'spec' }, views),
  ];
  for (const { reader } of all) withFreshGauges(reader);
  const [expected, now] = all as [(typeof all)[0], (typeof all)[0]];
  const step = (record: (meter: (name: string) => Meter) => void): void => {
    for (const { provider } of all) record((name) => provider.getMeter(name));
  };
  return { expected, now, step };
}

/** Everything but the times, in the order of scopes. */
function comparable(collected: ResourceMetrics | undefined): unknown {
  const scopes = collected?.scopeMetrics.map(({ scope, metrics }) => ({
    scope,
    metrics: metrics.map((metric) => ({
      ...metric,
      dataPoints: metric.dataPoints.map(({ attributes, value }) => ({ attributes, value })),
    })),
  }));
  return {
    resource: collected?.resource.attributes,
    scopes: scopes?.sort((a, b) => a.scope.name.localeCompare(b.scope.name)),
  };
}

describe('collectNow()', () => {
  it('equals a collection for counters and histograms, each time', async () => {
    const { expected, now, step } = pair([{ instrumentName: 'viewed', aggregationCardinalityLimit: 3 }]);
    for (let round = 1; round <= 3; round += 1) {
      step((meter) => {
        meter('a')
          .createCounter('sum', { unit: 's' })
          .add(0.1 * round, { round });
        meter('a')
          .createUpDownCounter('level')
          .add(round % 2 === 0 ? -2 : 1);
        for (const value of [1, 3, 700 * round]) meter('b').createHistogram('size').record(value, { value });
        for (let index = 0; index < 5; index += 1) meter('b').createCounter('viewed').add(1, { index });
        meter('no instruments');
      });
      const collected = collectNow(now.provider, now.reader);
      expect(comparable(collected)).toEqual(comparable(await expected.collect()));
      expect(collected?.scopeMetrics).toHaveLength(2);
    }
  });

  it('loses and repeats nothing between collections', async () => {
    const { now, step } = pair();
    const add = (): void => step((meter) => meter('a').createCounter('sum').add(1));
    const read = (collected: ResourceMetrics | undefined) =>
      collected?.scopeMetrics[0]?.metrics[0]?.dataPoints[0]?.value;
    add();
    const values = [read(await now.collect())];
    add();
    values.push(read(collectNow(now.provider, now.reader)));
    add();
    values.push(read(await now.collect()), read(collectNow(now.provider, now.reader)));
    expect(values).toEqual([1, 2, 3, 3]);
  });

  it('takes the times of the SDK', async () => {
    const { now, step } = pair();
    step((meter) => meter('a').createCounter('sum').add(1));
    jest.spyOn(Date, 'now').mockReturnValue(1_700_000_000_123);
    const collected = collectNow(now.provider, now.reader);
    jest.restoreAllMocks();
    expect(collected?.scopeMetrics[0]?.metrics[0]?.dataPoints[0]?.endTime).toEqual([
      1_700_000_000, 123_000_000,
    ]);
  });

  it('calls no callback: observable counters keep their values, and gauges are left out', async () => {
    const { now, step } = pair();
    let calls = 0;
    step((meter) => {
      meter('a')
        .createObservableGauge('gauge')
        .addCallback((result) => {
          calls += 1;
          result.observe(calls);
        });
      meter('a')
        .createObservableCounter('total')
        .addCallback((result) => result.observe(7));
    });
    await now.collect();
    const names = collectNow(now.provider, now.reader)?.scopeMetrics.flatMap(({ metrics }) =>
      metrics.map(({ descriptor, dataPoints }) => [descriptor.name, dataPoints[0]?.value]),
    );
    expect([names, calls]).toEqual([[['total', 7]], 1]);
  });

  it('leaves what another reader has to report to that reader', async () => {
    const exporter = new InMemoryMetricExporter(1);
    const push = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 2 ** 31 - 1 });
    const scrape = new PrometheusExporter({ preventServerStart: true });
    const provider = new MeterProvider({ readers: [push, scrape] });
    provider.getMeter('a').createCounter('sum').add(2);
    collectNow(provider, scrape);
    const { resourceMetrics } = await push.collect();
    expect(resourceMetrics.scopeMetrics[0]?.metrics[0]?.dataPoints[0]?.value).toBe(2);
    await provider.shutdown();
  });

  it.each<[string, unknown]>([
    ['no SDK', {}],
    ['other members', { _sharedState: { metricCollectors: new Map() } }],
    ['no meters', { _sharedState: { metricCollectors: [{ _metricReader: 'reader' }] } }],
    [
      'a meter without storages',
      {
        _sharedState: {
          metricCollectors: [{ _metricReader: 'reader' }],
          meterSharedStates: new Map([['a', {}]]),
        },
      },
    ],
    ['another reader', { _sharedState: { metricCollectors: [{ _metricReader: 'other' }] } }],
  ])('gives nothing for a provider with %s', (_, provider) => {
    expect(collectNow(provider as ApiMeterProvider, 'reader')).toBeUndefined();
  });
});
