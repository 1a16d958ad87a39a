import { type SpanContext, TraceFlags } from '@opentelemetry/api';
import type { CollectionResult, DataPoint, Histogram } from '@opentelemetry/sdk-metrics';
import fc from 'fast-check';
import { METRICS } from '../../lib/index.js';
import { createExemplarStore, createRecorderHarness } from '../support/recorder-harness.js';

const DURATION = 'llm_edge_request_duration_ms';
const REQUESTS = 'llm_edge_requests_total';

function span(id: number, traceFlags = TraceFlags.SAMPLED): SpanContext {
  return { traceId: `${id}`.padStart(32, '0'), spanId: `${id}`.padStart(16, '0'), traceFlags };
}

/** What the SDK says of a metric. */
function pointsOf({ resourceMetrics }: CollectionResult, name: string) {
  const metrics = resourceMetrics.scopeMetrics.flatMap(({ metrics }) => metrics);
  return (metrics.find(({ descriptor }) => descriptor.name === name)?.dataPoints ??
    []) as DataPoint<Histogram>[];
}

describe('createExemplarStore()', () => {
  it('keeps the latest trace of each bucket', () => {
    let nowMs = 1_700_000_000_125;
    const store = createExemplarStore({ now: () => nowMs });
    const attributes = Object.freeze({ provider: 'openai', model: 'gpt-4' });
    const durations = store.metric(DURATION);
    durations.offer(attributes, 32, span(1));
    durations.offer(attributes, 40, span(2));
    nowMs += 1000;
    durations.offer(attributes, 700_000, span(3));
    expect(store.exemplar(DURATION, attributes, 0)).toBeUndefined();
    expect(store.exemplar(DURATION, attributes, 1)).toEqual({
      traceId: span(2).traceId,
      spanId: span(2).spanId,
      value: 40,
      timestampSeconds: 1_700_000_000.125,
    });
    expect(store.exemplar(DURATION, attributes, METRICS[DURATION].buckets.length)).toEqual({
      traceId: span(3).traceId,
      spanId: span(3).spanId,
      value: 700_000,
      timestampSeconds: 1_700_000_001.125,
    });
    expect(store.exemplar(DURATION, attributes, METRICS[DURATION].buckets.length + 1)).toBeUndefined();
    expect(store.exemplar(REQUESTS, attributes)).toBeUndefined();
  });

  it('has one slot for a series of a counter', () => {
    const store = createExemplarStore({ now: () => 0 });
    const attributes = { status: 'success' };
    store.metric(REQUESTS).offer(attributes, 1, span(1));
    store.metric(REQUESTS).offer(attributes, 5, span(2));
    expect(store.exemplar(REQUESTS, attributes)).toEqual({
      traceId: span(2).traceId,
      spanId: span(2).spanId,
      value: 5,
      timestampSeconds: 0,
    });
  });

  it('takes no trace that was not sampled', () => {
    const store = createExemplarStore();
    const attributes = { provider: 'openai' };
    store.metric(DURATION).offer(attributes, 1, undefined);
    store.metric(DURATION).offer(attributes, 1, span(1, TraceFlags.NONE));
    expect(store.exemplar(DURATION, attributes, 0)).toBeUndefined();
  });

  it('finds a series by what its attributes say, whichever object says it', () => {
    const store = createExemplarStore();
    store.metric(DURATION).offer({ provider: 'openai', model: 'gpt-4' }, 1, span(1));
    store.metric(DURATION).offer({ provider: 'openai', model: 'gpt-4o' }, 1, span(2));
    expect(store.exemplar(DURATION, { model: 'gpt-4', provider: 'openai' }, 0)?.traceId).toBe(
      span(1).traceId,
    );
    expect(store.exemplar(DURATION, { model: 'gpt-4' }, 0)).toBeUndefined();
  });

  it('keeps to the series budget of the metric', () => {
    const store = createExemplarStore();
    const budget = METRICS[DURATION].seriesBudget;
    for (let index = 0; index < budget + 10; index++)
      store.metric(DURATION).offer({ model: `${index}` }, 1, span(index + 1));
    const kept = Array.from({ length: budget + 10 }, (_, index) =>
      store.exemplar(DURATION, { model: `${index}` }, 0),
    );
    expect(kept.filter((exemplar) => exemplar !== undefined)).toHaveLength(budget);
    store.metric(DURATION).offer({ model: '0' }, 1, span(999));
    expect(store.exemplar(DURATION, { model: '0' }, 0)?.traceId).toBe(span(999).traceId);
  });

  it('keeps to a budget that is given', () => {
    const store = createExemplarStore({ seriesMax: () => 1 });
    store.metric(DURATION).offer({ model: 'a' }, 1, span(1));
    store.metric(DURATION).offer({ model: 'b' }, 1, span(2));
    expect(store.exemplar(DURATION, { model: 'b' }, 0)).toBeUndefined();
  });

  it('puts each value into the bucket that the SDK counts it in', async () => {
    const bounds = METRICS[DURATION].buckets;
    const values = fc.oneof(fc.constantFrom(...bounds), fc.double({ min: 0, max: 1e6, noNaN: true }));
    await fc.assert(
      fc.asyncProperty(values, async (value) => {
        const { recorder, exemplars, collectPoints } = createRecorderHarness();
        recorder.recordRequest('openai', 'gpt-4', undefined, value, span(1));
        const [point] = pointsOf(await collectPoints(), DURATION);
        const counts: readonly number[] = point?.value.buckets.counts ?? [];
        const carried = counts.map((_, slot) => exemplars.exemplar(DURATION, point?.attributes ?? {}, slot));
        expect(counts).toHaveLength(bounds.length + 1);
        expect(carried.map((exemplar) => exemplar?.value)).toEqual(
          counts.map((count) => (count === 1 ? value : undefined)),
        );
      }),
      { numRuns: 60 },
    );
  });

  it('follows a series of the SDK from scrape to scrape', async () => {
    const { recorder, exemplars, collectPoints } = createRecorderHarness();
    const seen: unknown[] = [];
    for (let scrape = 1; scrape <= 3; scrape++) {
      recorder.recordRequest('openai', 'gpt-4', undefined, 5, span(scrape));
      for (const { attributes, value } of pointsOf(await collectPoints(), REQUESTS)) {
        seen.push([value, exemplars.exemplar(REQUESTS, attributes)?.traceId]);
      }
    }
    expect(seen).toEqual([1, 2, 3].map((scrape) => [scrape, span(scrape).traceId]));
  });
});
