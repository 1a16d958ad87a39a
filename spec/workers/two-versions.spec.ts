import type { Attributes } from '@opentelemetry/api';
import { createMeterHarness } from '../support/meter-harness.js';
import {
  createSnapshots,
  mergeAtOnce,
  type Published,
  published,
  readingOf,
  renderPage,
} from '../support/worker-group.js';

interface Recorded {
  readonly bounds?: number[];
  readonly values?: readonly number[];
  readonly kind?: 'histogram' | 'counter' | 'gauge' | 'updown';
  readonly attributes?: Attributes;
  readonly resource?: Record<string, string>;
  readonly isEnded?: boolean;
}

/** A worker of a program with an instrument of its own. */
async function worker(id: string, startedMs: number, recorded: Recorded = {}): Promise<Published> {
  const { kind = 'histogram', bounds = [1, 2], values = [1.5], attributes = {}, isEnded = false } = recorded;
  const { provider, collect } = createMeterHarness(recorded.resource);
  const meter = provider.getMeter('app');
  const record = {
    histogram: () => {
      const histogram = meter.createHistogram('job', { advice: { explicitBucketBoundaries: bounds } });
      return (value: number) => histogram.record(value, attributes);
    },
    counter: () => {
      const counter = meter.createCounter('job');
      return (value: number) => counter.add(value, attributes);
    },
    updown: () => {
      const counter = meter.createUpDownCounter('job');
      return (value: number) => counter.add(value, attributes);
    },
    gauge: () => {
      const gauge = meter.createGauge('job');
      return (value: number) => gauge.record(value, attributes);
    },
  }[kind]();
  for (const value of values) record(value);
  const snapshots = createSnapshots({ now: () => startedMs, machineNow: () => startedMs });
  return published(id, snapshots.take(await collect()), { atMs: startedMs, isEnded });
}

function page(living: readonly Published[], dead: readonly Published[] = []) {
  const { resourceMetrics, leftOut } = mergeAtOnce(readingOf(living, dead));
  const text = renderPage(resourceMetrics);
  const reasons = Object.fromEntries(Object.entries(leftOut).filter(([, count]) => count > 0));
  return { job: text.split('\n').filter((line) => line.startsWith('job')), reasons, text };
}

describe('workers of two versions', () => {
  it('with equal bounds have one histogram', async () => {
    expect(page([await worker('a', 1), await worker('b', 2, { values: [0.5, 3] })])).toMatchObject({
      job: [
        'job_bucket{le="1"} 1',
        'job_bucket{le="2"} 2',
        'job_bucket{le="+Inf"} 3',
        'job_sum 5',
        'job_count 3',
      ],
      reasons: {},
    });
  });

  it('with other bounds have that of the worker that started last, in whatever order they are read', async () => {
    const workers = [
      await worker('a', 1),
      await worker('b', 3, { bounds: [5], values: [7] }),
      await worker('c', 2),
    ];
    const expected = {
      job: ['job_bucket{le="5"} 0', 'job_bucket{le="+Inf"} 1', 'job_sum 7', 'job_count 1'],
      reasons: { bounds: 2 },
    };
    expect(page(workers)).toMatchObject(expected);
    expect(page([...workers].reverse())).toMatchObject(expected);
  });

  it('lose nothing of the dead: their histogram is back when the last worker with other bounds is gone', async () => {
    const [old, other, young] = [
      await worker('a', 1),
      await worker('b', 2, { bounds: [5] }),
      await worker('c', 3),
    ];
    expect(page([other], [old])).toMatchObject({ reasons: { bounds: 1 } });
    expect(page([young], [old, other])).toMatchObject({
      job: [
        'job_bucket{le="1"} 0',
        'job_bucket{le="2"} 2',
        'job_bucket{le="+Inf"} 2',
        'job_sum 3',
        'job_count 2',
      ],
      reasons: { bounds: 1 },
    });
    // Without a living worker that has the metric, it is that of the dead worker that started last.
    expect(page([], [other, old]).job[0]).toBe('job_bucket{le="5"} 1');
  });

  it('with another kind have that of the worker that started last', async () => {
    const [counter, gauge] = [
      await worker('a', 1, { kind: 'counter', values: [2] }),
      await worker('b', 2, { kind: 'gauge', values: [3] }),
    ];
    expect(page([counter, gauge])).toMatchObject({ job: ['job 3'], reasons: { kind: 1 } });
    expect(page([counter], [gauge])).toMatchObject({ job: ['job_total 2'], reasons: {} });
  });

  it('skip the metrics of a later version, and read those after them', async () => {
    const known = await worker('a', 1, { kind: 'counter', values: [2] });
    const [first = '', ...rest] = known.lines;
    const later = {
      ...known,
      lines: [
        first,
        '{"metric":"new","kind":"sketch","width":2}',
        '{"aLineOf":"another kind"}',
        '[0,{"a":["b"]}]',
        ...rest.map((line) => line.replace('[0,', '[1,')),
      ],
      values: Float64Array.from([8, 9, ...known.values]),
    };
    expect(page([later])).toMatchObject({ job: ['job_total 2'], reasons: { kind: 1 } });
    expect(page([], [later])).toMatchObject({ job: ['job_total 2'], reasons: { kind: 1 } });
  });

  it('write labels in another order, or a number where the other writes text', async () => {
    const one = { kind: 'counter', values: [1], attributes: { region: 'eu', shard: 7 } } as const;
    const other = { ...one, attributes: { shard: '7', region: 'eu' } };
    const workers = [await worker('a', 1, one), await worker('b', 2, other)];
    expect(page(workers).job).toEqual(['job_total{region="eu",shard="7"} 2']);
    expect(page([], workers).job).toEqual(['job_total{region="eu",shard="7"} 2']);
  });
});

describe('instruments of a program', () => {
  it('that go up and down, or only have a value, are of the living', async () => {
    const of = (id: string, startedMs: number, recorded: Recorded) => worker(id, startedMs, recorded);
    const ups = [
      await of('a', 1, { kind: 'updown', values: [5, -2] }),
      await of('b', 2, { kind: 'updown', values: [4] }),
    ];
    expect(page(ups).job).toEqual(['job 7']);
    expect(page(ups.slice(1), ups.slice(0, 1)).job).toEqual(['job 4']);
    expect(page([], ups).job).toEqual([]);
    const gauges = [
      await of('a', 2, { kind: 'gauge', values: [8] }),
      await of('b', 1, { kind: 'gauge', values: [9] }),
      await of('c', 3, { kind: 'gauge', values: [1], isEnded: true }),
    ];
    expect(page(gauges).job).toEqual(['job 8']);
    expect(page(gauges.slice(1)).job).toEqual(['job 9']);
    expect(page([], gauges).job).toEqual([]);
  });
});

describe('the resource of a page', () => {
  const target = ({ text }: { readonly text: string }) =>
    text.split('\n').find((line) => line.startsWith('target_info{'));

  it('has what all living workers agree on, and an id of the group', async () => {
    const workers = [
      await worker('a', 1, { resource: { 'service.name': 'x', pid: '1', 'service.version': '2' } }),
      await worker('b', 2, { resource: { 'service.version': '2', pid: '2', 'service.name': 'x' } }),
    ];
    expect(target(page(workers))).toBe(
      'target_info{service_instance_id="group",service_name="x",service_version="2"} 1',
    );
    expect(target(page([...workers].reverse()))).toBe(target(page(workers)));
  });

  it('has the id that all were given, and no other', async () => {
    const given = (id: string) => ({ resource: { 'service.instance.id': id } });
    const same = [await worker('a', 1, given('pod-1')), await worker('b', 2, given('pod-1'))];
    expect(target(page(same))).toBe('target_info{service_instance_id="pod-1"} 1');
    expect(target(page([...same, await worker('c', 3, given('pod-2'))]))).toBe(
      'target_info{service_instance_id="group"} 1',
    );
  });
});
