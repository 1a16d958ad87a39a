import type { Attributes } from '@opentelemetry/api';
import { AggregationType, InstrumentType, type ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { createMeterHarness } from '../support/meter-harness.js';
import { createRecorderHarness } from '../support/recorder-harness.js';
import {
  createSnapshots,
  mergeAtOnce,
  published,
  readingOf,
  renderPage,
  type Snapshot,
} from '../support/worker-group.js';

const clocks = { now: () => 0, machineNow: () => 1000 };

/** The values of each series, by its line. */
function shown({ lines, values }: Snapshot): Readonly<Record<string, readonly number[]>> {
  const widths = lines.flatMap((line) =>
    line.startsWith('{"metric"') ? [JSON.parse(line).width as number] : [],
  );
  let offset = 0;
  return Object.fromEntries(
    lines
      .filter((line) => line.startsWith('['))
      .map((line) => {
        const width = widths[JSON.parse(line)[0]] ?? 0;
        offset += width;
        return [line, [...values.subarray(offset - width, offset)]];
      }),
  );
}

/** A collection with copies of all attributes, as of an SDK that does not keep them. */
function withOtherAttributes(metrics: ResourceMetrics): ResourceMetrics {
  const copy = (attributes: Attributes) => Object.fromEntries(Object.entries(attributes).reverse());
  return {
    ...metrics,
    scopeMetrics: metrics.scopeMetrics.map((scope) => ({
      ...scope,
      metrics: scope.metrics.map((metric) => ({
        ...metric,
        descriptor: { ...metric.descriptor },
        dataPoints: metric.dataPoints
          .map((point) => ({ ...point, attributes: copy(point.attributes) }))
          .reverse(),
      })),
    })) as unknown as ResourceMetrics['scopeMetrics'],
  };
}

describe('a snapshot', () => {
  it('describes the worker, each metric and each series once, and later ones only add lines', async () => {
    const { provider, collect } = createMeterHarness({ 'service.name': 'spec', shard: '1' });
    const meter = provider.getMeter('spec');
    const counter = meter.createCounter('jobs', { description: 'Jobs.' });
    const histogram = meter.createHistogram('time', { advice: { explicitBucketBoundaries: [1, 2] } });
    const snapshots = createSnapshots({ ...clocks, version: '9' });
    counter.add(2, { a: 'b' });
    histogram.record(1.5);
    const first = snapshots.take(await collect());
    const before = [...first.lines];
    expect(before).toEqual([
      '{"worker":{"version":"9","startedMs":1000,"resource":{"service.name":"spec","shard":"1"}}}',
      '{"metric":"jobs","description":"Jobs.","kind":"counter","bounds":[],"width":1}',
      '[0,{"a":"b"}]',
      '{"metric":"time","description":"","kind":"histogram","bounds":[1,2],"width":4}',
      '[1,{}]',
    ]);
    expect([...first.values]).toEqual([2, 0, 1, 0, 1.5]);
    counter.add(5, { a: 'c' });
    const second = snapshots.take(await collect());
    expect(second.lines).toBe(first.lines);
    expect(second.lines).toEqual([...before, '[0,{"a":"c"}]']);
    expect([[...first.values], [...second.values]]).toEqual([
      [2, 0, 1, 0, 1.5],
      [2, 0, 1, 0, 1.5, 5],
    ]);
  });

  it('finds its series by their text where the SDK passes other objects, in another order', async () => {
    const { recorder, collectPoints } = createRecorderHarness();
    for (const model of ['x', 'y', 'z']) recorder.recordRequestSuccess('openai', model, 3);
    const { resourceMetrics } = await collectPoints();
    const snapshots = createSnapshots({ ...clocks, statementsOf: recorder.statementsOf });
    const first = shown(snapshots.take(resourceMetrics));
    const other = withOtherAttributes(resourceMetrics);
    const later = snapshots.take(other);
    const withoutGauges = (series: typeof first) =>
      Object.entries(series).filter(([, values]) => values.length !== 3);
    expect(withoutGauges(shown(later))).toEqual(withoutGauges(first));
    expect(snapshots.take(resourceMetrics).lines).toHaveLength(later.lines.length);
  });

  it('says when gauges of the catalogue were stated and until when they hold, on the clock of the machine', async () => {
    const { recorder, clock, collectPoints } = createRecorderHarness();
    const take = { now: () => clock.nowMs, machineNow: () => clock.nowMs + 5000 };
    const snapshots = createSnapshots({ ...take, statementsOf: recorder.statementsOf });
    clock.nowMs = 100;
    recorder.recordProviderHealth('openai', true);
    recorder.recordRateLimit('openai', 'x', 'tokens', { remaining: 7, resetMs: 90_000 });
    clock.nowMs = 200;
    const series = Object.values(shown(snapshots.take((await collectPoints()).resourceMetrics)));
    expect(series).toContainEqual([1, 5100, Number.POSITIVE_INFINITY]);
    expect(series).toContainEqual([7, 5100, 95_100]);
    // Stale, so that it is not collected any more.
    clock.nowMs = 90_100;
    const later = Object.values(shown(snapshots.take((await collectPoints()).resourceMetrics)));
    expect(later).toContainEqual([Number.NaN, 5100, 95_100]);
  });

  it('says that other gauges were stated now', async () => {
    const { provider, collect } = createMeterHarness();
    provider.getMeter('spec').createGauge('heat').record(7);
    expect(shown(createSnapshots(clocks).take(await collect()))).toEqual({
      '[0,{}]': [7, 1000, Number.POSITIVE_INFINITY],
    });
  });

  it('leaves out exponential histograms, and says so once', async () => {
    const { provider, collect } = createMeterHarness({ 'service.name': 'spec' }, [
      { instrumentName: 'exponential*', aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM } },
    ]);
    const meter = provider.getMeter('spec');
    meter.createHistogram('exponential.one').record(1);
    meter.createHistogram('exponential.two').record(1);
    meter.createCounter('jobs').add(1);
    const snapshots = createSnapshots(clocks);
    snapshots.take(await collect());
    const { lines, values } = snapshots.take(await collect());
    expect(lines.slice(1)).toEqual([
      '{"leftOut":"kind"}',
      '{"metric":"jobs","description":"","kind":"counter","bounds":[],"width":1}',
      '[0,{}]',
    ]);
    expect(mergeAtOnce(readingOf([published('a', { lines, values })])).leftOut.kind).toBe(1);
  });

  it('leaves out series that are too long to describe, and says so', async () => {
    const { provider, collect } = createMeterHarness();
    const counter = provider.getMeter('spec').createCounter('jobs');
    counter.add(1, { a: 'x'.repeat(70_000) });
    counter.add(2, { a: 'y' });
    counter.add(3, Object.fromEntries(Array.from({ length: 129 }, (_, index) => [`l${index}`, ''])));
    const { lines, values } = createSnapshots(clocks).take(await collect());
    expect(lines.slice(2)).toEqual(['{"leftOut":"too_many"}', '[0,{"a":"y"}]']);
    expect([...values]).toEqual([2]);
  });

  it('shows what a histogram without a sum has, and values that are no text as a page does', async () => {
    const { provider, collect } = createMeterHarness({}, [
      {
        instrumentType: InstrumentType.UP_DOWN_COUNTER,
        aggregation: { type: AggregationType.EXPLICIT_BUCKET_HISTOGRAM, options: { boundaries: [0] } },
      },
    ]);
    const attributes = { text: 'x', count: 7, list: ['a', 'b'], flag: true };
    provider.getMeter('spec').createUpDownCounter('jobs').add(-1, attributes);
    const metrics = await collect();
    const snapshot = createSnapshots(clocks).take(metrics);
    const page = renderPage(mergeAtOnce(readingOf([published('a', snapshot)])).resourceMetrics);
    const jobs = (text: string) => text.split('\n').filter((line) => line.startsWith('jobs'));
    expect(jobs(page)).toEqual(jobs(renderPage(metrics)));
    expect(jobs(page).join()).not.toContain('jobs_sum');
  });

  it('has the first of two series with one name, as a page has', async () => {
    const { provider, collect } = createMeterHarness();
    provider.getMeter('one').createCounter('jobs').add(1);
    provider.getMeter('two').createCounter('jobs').add(2);
    const snapshots = createSnapshots(clocks);
    snapshots.take(await collect());
    expect([...snapshots.take(await collect()).values]).toEqual([1]);
  });
});

describe('subtract()', () => {
  it('returns what counters and histograms gained, with all of the series that are new', async () => {
    const { provider, collect } = createMeterHarness();
    const meter = provider.getMeter('spec');
    const counter = meter.createCounter('jobs');
    const histogram = meter.createHistogram('time', { advice: { explicitBucketBoundaries: [1] } });
    const level = meter.createUpDownCounter('level');
    const snapshots = createSnapshots(clocks);
    counter.add(2, { a: 'b' });
    histogram.record(0.5);
    level.add(3);
    const { values: baseline } = snapshots.take(await collect());
    counter.add(1, { a: 'b' });
    counter.add(9, { a: 'c' });
    histogram.record(2);
    level.add(1);
    const { values } = snapshots.take(await collect());
    const rest = snapshots.subtract(values, baseline);
    expect([...rest]).toEqual([1, 0, 1, 2, 4, 9]);
    expect([...values]).toEqual([3, 1, 1, 2.5, 4, 9]);
  });

  it('returns what was spent since in the same window, and all that was spent in the next one', async () => {
    const { recorder, clock, collectPoints } = createRecorderHarness();
    const now = () => clock.nowMs;
    const snapshots = createSnapshots({ now, machineNow: now, statementsOf: recorder.statementsOf });
    const wallMs = Date.now();
    const take = async (spentUsd: number, leftMs: number) => {
      recorder.updateBudget('team', 10, spentUsd, wallMs + leftMs);
      return snapshots.take((await collectPoints()).resourceMetrics);
    };
    const first = await take(2, 3_600_000);
    const same = await take(5, 3_600_000);
    const next = await take(7, 7_200_000);
    const spent = ({ lines }: Snapshot, values: Float64Array) => {
      const metric = lines
        .filter((line) => line.startsWith('{"metric"'))
        .findIndex((line) => line.includes('budget_spent'));
      return shown({ lines, values })[`[${metric},{"budget":"team"}]`]?.[0];
    };
    expect([
      spent(same, snapshots.subtract(same.values, first.values)),
      spent(next, snapshots.subtract(next.values, first.values)),
    ]).toEqual([3, 7]);
  });
});
