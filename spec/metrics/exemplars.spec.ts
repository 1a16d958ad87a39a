import { type SpanContext, TraceFlags } from '@opentelemetry/api';
import fc from 'fast-check';
import { METRICS } from '../../lib/catalogue/metrics.js';
import { createExemplarStore } from '../../lib/metrics/exemplars.js';
import { createTextRenderer } from '../../lib/prometheus/render-text.js';
import { createMeterHarness } from '../support/meter-harness.js';
import { parseExposition } from '../support/parse-exposition.js';
import { renderPage } from '../support/render-page.js';

const DURATION = 'llm_edge_request_duration_ms';
const REQUESTS = 'llm_edge_requests_total';

function span(id: number, traceFlags = TraceFlags.SAMPLED): SpanContext {
  return { traceId: `${id}`.padStart(32, '0'), spanId: `${id}`.padStart(16, '0'), traceFlags };
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
        const harness = createMeterHarness();
        const store = createExemplarStore({ now: () => 1000 });
        const attributes = Object.freeze({ provider: 'openai', model: 'gpt-4' });
        const advice = { explicitBucketBoundaries: [...bounds] };
        harness.provider.getMeter('spec').createHistogram(DURATION, { advice }).record(value, attributes);
        store.metric(DURATION).offer(attributes, value, span(1));
        const page = renderPage(createTextRenderer('openmetrics', store), await harness.collect());
        const buckets =
          parseExposition(page)[1]?.samples.filter(({ name }) => name.endsWith('_bucket')) ?? [];
        const counted = buckets.findIndex((bucket) => bucket.value === '1');
        const carried = buckets.flatMap(({ exemplar }, index) =>
          exemplar === undefined ? [] : [[index, exemplar]],
        );
        expect(carried).toEqual([
          [counted, `{trace_id="${span(1).traceId}",span_id="${span(1).spanId}"} ${value} 1`],
        ]);
      }),
      { numRuns: 60 },
    );
  });

  it('follows a series of the SDK from scrape to scrape', async () => {
    const harness = createMeterHarness();
    const store = createExemplarStore({ now: () => 2000 });
    const renderer = createTextRenderer('openmetrics', store);
    const counter = harness.provider.getMeter('spec').createCounter(REQUESTS);
    const seen: unknown[] = [];
    for (let scrape = 1; scrape <= 3; scrape++) {
      counter.add(1, { provider: 'openai' });
      store.metric(REQUESTS).offer({ provider: 'openai' }, 1, span(scrape));
      const page = renderPage(renderer, await harness.collect());
      seen.push(...(parseExposition(page)[1]?.samples ?? []));
    }
    expect(seen).toEqual(
      [1, 2, 3].map((scrape) => ({
        name: REQUESTS,
        labels: { provider: 'openai' },
        value: `${scrape}`,
        exemplar: `{trace_id="${span(scrape).traceId}",span_id="${span(scrape).spanId}"} 1 2`,
      })),
    );
  });
});
