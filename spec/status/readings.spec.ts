import { initMonitoring, recordCost, recordRequestSuccess } from '../../lib/index.js';
import { send } from '../support/http-client.js';
import { readGroups, type StatusDocument, statusUrl, sumBy } from '../support/status.js';

const UNPRICED = sumBy('llm_edge_unpriced_requests_total', 'model', 'reason');
const BY_PROVIDER = sumBy('llm_edge_unpriced_requests_total', 'provider');
const DURATIONS = sumBy('llm_edge_request_duration_ms', 'provider');

/** Runs to the end; returns the result and the number of steps. */
function run<Value>(steps: Generator<undefined, Value>): { readonly value: Value; readonly steps: number } {
  for (let count = 1; ; count += 1) {
    const { done, value } = steps.next();
    if (done === true) return { value, steps: count };
  }
}

function metricsOf(name: string, dataPoints: readonly object[]) {
  return { resource: {}, scopeMetrics: [{ metrics: [{ descriptor: { name }, dataPoints }] }] } as never;
}

describe('readGroups()', () => {
  const points = Array.from({ length: 10_000 }, (_, index) => ({
    attributes: { provider: `p${index % 3}`, model: `<b>${index}</b>`, reason: 'unknown_model' },
    value: 1,
  }));
  const metrics = metricsOf('llm_edge_unpriced_requests_total', points);

  it('sums 10,000 series by their labels, some hundred at a step', () => {
    const { value, steps } = run(readGroups([BY_PROVIDER], metrics));
    expect(
      Object.fromEntries([...(value.get(BY_PROVIDER) ?? [])].map(([key, group]) => [key, group.value])),
    ).toEqual({
      p0: 3334,
      p1: 3333,
      p2: 3333,
    });
    expect(steps).toBeGreaterThanOrEqual(50);
  });

  it('keeps a limited number of groups, and the sum of all', () => {
    const groups = [
      ...(run(readGroups([UNPRICED], metrics))
        .value.get(UNPRICED)
        ?.values() ?? []),
    ];
    expect(groups).toHaveLength(501);
    expect(groups.at(-1)).toMatchObject({ labels: ['other', 'other'], value: 9_500 });
  });

  it('adds up the buckets of histograms', () => {
    const histogram = (count: number, counts: number[]) => ({
      attributes: { provider: 'openai', model: `m${count}` },
      value: { count, buckets: { boundaries: [1, 2], counts } },
    });
    const { value } = run(
      readGroups(
        [DURATIONS],
        metricsOf('llm_edge_request_duration_ms', [histogram(3, [1, 2, 0]), histogram(4, [0, 1, 3])]),
      ),
    );
    expect(value.get(DURATIONS)?.get('openai')).toEqual({ labels: ['openai'], value: 7, buckets: [1, 3, 3] });
  });

  it('finds nothing in a collection without the metric', () => {
    expect(run(readGroups([DURATIONS], metricsOf('other', points))).value.get(DURATIONS)?.size).toBe(0);
  });
});

describe('the status of 10,000 series', () => {
  it('is no longer than that of few', async () => {
    const count = 3_400;
    const monitoring = await initMonitoring({
      metrics: { port: 0 },
      traces: { exporter: 'none' },
      limits: { models: count, providers: 400 },
    });
    for (let index = 0; index < count; index += 1) {
      recordRequestSuccess(`provider-${index % 400}`, `model-${index}`, 100);
      recordCost(`provider-${index % 400}`, `model-${index}`, 0.1);
    }
    const { status, body } = await send(statusUrl(monitoring.metricsUrl));
    await monitoring.shutdown();
    expect(status).toBe(200);
    expect(body.length).toBeLessThan(20_000);
    const { panels } = JSON.parse(body.toString()) as StatusDocument;
    for (const panel of panels) {
      if (panel.kind === 'chart') expect(panel.series.length).toBeLessThanOrEqual(19);
      else expect(panel.rows.length).toBeLessThanOrEqual(50);
    }
  });
});
