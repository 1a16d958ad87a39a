import { ValueType } from '@opentelemetry/api';
import { AggregationType } from '@opentelemetry/sdk-metrics';
import { captureLog } from '../support/captured-log.js';
import { createMeterHarness, type MeterHarness } from '../support/meter-harness.js';
import { parseExposition } from '../support/parse-exposition.js';
import { createTextRenderer, renderPage, type TextRenderer } from '../support/render-page.js';

async function page(harness: MeterHarness, renderer: TextRenderer): Promise<string> {
  return renderPage(renderer, await harness.collect());
}

function once(harness: MeterHarness, format: 'text' | 'openmetrics'): Promise<string> {
  return page(harness, createTextRenderer(format));
}

/** A bit of everything, under fixed values. */
function createScenario(): MeterHarness {
  const harness = createMeterHarness({ 'service.name': 'edge "1"', 'service.version': '2.0' });
  const meter = harness.provider.getMeter('scenario', '1.2.3');
  meter
    .createCounter('llm_edge_requests_total', { description: 'Requests, by "outcome".' })
    .add(3, { status: 'success' });
  meter.createCounter('llm_edge_errors', { description: 'Two\nlines and a \\.' }).add(0.5);
  meter.createUpDownCounter('in_flight').add(-2);
  meter
    .createObservableGauge('up_since', { unit: 's' })
    .addCallback((result) => result.observe(Number.NaN, { a: 'b' }));
  const histogram = meter.createHistogram('llm_edge_request_duration_ms', {
    description: 'Duration.',
    advice: { explicitBucketBoundaries: [0.5, 10, 600_000] },
  });
  for (const value of [0.5, 7, 10, 11, 1e6]) histogram.record(value, { provider: 'openai' });
  return harness;
}

describe('createTextRenderer()', () => {
  describe('with text 0.0.4', () => {
    it('renders a page as Prometheus expects it', async () => {
      expect(await once(createScenario(), 'text')).toBe(`# HELP target_info Target metadata
# TYPE target_info gauge
target_info{service_name="edge \\"1\\"",service_version="2.0"} 1
# HELP llm_edge_requests_total Requests, by "outcome".
# TYPE llm_edge_requests_total counter
llm_edge_requests_total{status="success"} 3
# HELP llm_edge_errors_total Two\\nlines and a \\\\.
# TYPE llm_edge_errors_total counter
llm_edge_errors_total 0.5
# TYPE in_flight gauge
in_flight -2
# TYPE up_since gauge
up_since{a="b"} NaN
# HELP llm_edge_request_duration_ms Duration.
# TYPE llm_edge_request_duration_ms histogram
llm_edge_request_duration_ms_bucket{provider="openai",le="0.5"} 1
llm_edge_request_duration_ms_bucket{provider="openai",le="10"} 3
llm_edge_request_duration_ms_bucket{provider="openai",le="600000"} 4
llm_edge_request_duration_ms_bucket{provider="openai",le="+Inf"} 5
llm_edge_request_duration_ms_sum{provider="openai"} 1000028.5
llm_edge_request_duration_ms_count{provider="openai"} 5
`);
    });
  });

  describe('with OpenMetrics 1.0.0', () => {
    it('names counter families without the suffix, writes canonical bounds and ends with EOF', async () => {
      expect(await once(createScenario(), 'openmetrics')).toBe(`# HELP target Target metadata
# TYPE target info
target_info{service_name="edge \\"1\\"",service_version="2.0"} 1
# HELP llm_edge_requests Requests, by \\"outcome\\".
# TYPE llm_edge_requests counter
llm_edge_requests_total{status="success"} 3
# HELP llm_edge_errors Two\\nlines and a \\\\.
# TYPE llm_edge_errors counter
llm_edge_errors_total 0.5
# TYPE in_flight gauge
in_flight -2
# TYPE up_since gauge
up_since{a="b"} NaN
# HELP llm_edge_request_duration_ms Duration.
# TYPE llm_edge_request_duration_ms histogram
llm_edge_request_duration_ms_bucket{provider="openai",le="0.5"} 1
llm_edge_request_duration_ms_bucket{provider="openai",le="10.0"} 3
llm_edge_request_duration_ms_bucket{provider="openai",le="600000.0"} 4
llm_edge_request_duration_ms_bucket{provider="openai",le="+Inf"} 5
llm_edge_request_duration_ms_sum{provider="openai"} 1000028.5
llm_edge_request_duration_ms_count{provider="openai"} 5
# EOF
`);
    });

    it('writes exemplars on counters and buckets, and nowhere else', async () => {
      const asked: unknown[] = [];
      const renderer = createTextRenderer('openmetrics', {
        exemplar(metricName, attributes, bucketIndex) {
          asked.push([metricName, attributes, bucketIndex]);
          if (bucketIndex === 0) return undefined;
          return {
            traceId: 'a'.repeat(32),
            spanId: 'b'.repeat(16),
            value: 7.25,
            timestampSeconds: 1700000000.125,
          };
        },
      });
      const text = await page(createScenario(), renderer);
      const exemplar = `{trace_id="${'a'.repeat(32)}",span_id="${'b'.repeat(16)}"} 7.25 1700000000.125`;
      const carriers = parseExposition(text)
        .flatMap(({ samples }) => samples)
        .filter((sample) => sample.exemplar !== undefined)
        .map(({ name, labels, exemplar: written }) => [name, labels['le'], written]);
      expect(carriers).toEqual([
        ['llm_edge_requests_total', undefined, exemplar],
        ['llm_edge_errors_total', undefined, exemplar],
        ['llm_edge_request_duration_ms_bucket', '10.0', exemplar],
        ['llm_edge_request_duration_ms_bucket', '600000.0', exemplar],
        ['llm_edge_request_duration_ms_bucket', '+Inf', exemplar],
      ]);
      expect(asked).toEqual([
        ['llm_edge_requests_total', { status: 'success' }, undefined],
        ['llm_edge_errors', {}, undefined],
        ['llm_edge_request_duration_ms', { provider: 'openai' }, 0],
        ['llm_edge_request_duration_ms', { provider: 'openai' }, 1],
        ['llm_edge_request_duration_ms', { provider: 'openai' }, 2],
        ['llm_edge_request_duration_ms', { provider: 'openai' }, 3],
      ]);
    });

    it('announces a counter as unknown where its family name is taken', async () => {
      const harness = createMeterHarness({});
      const meter = harness.provider.getMeter('spec');
      meter.createCounter('jobs_total').add(1);
      meter.createUpDownCounter('jobs').add(2);
      const source = { exemplar: () => ({ traceId: 'a', spanId: 'b', value: 1, timestampSeconds: 1 }) };
      expect(await page(harness, createTextRenderer('openmetrics', source))).toContain(
        '# TYPE jobs_total unknown\njobs_total 1\n# TYPE jobs gauge\njobs 2\n# EOF\n',
      );
    });
  });

  describe('with a bucket that is empty', () => {
    it('looks for no exemplar of it', async () => {
      const harness = createMeterHarness();
      const advice = { explicitBucketBoundaries: [1, 2] };
      harness.provider.getMeter('spec').createHistogram('h', { advice }).record(1.5);
      const asked: unknown[] = [];
      const renderer = createTextRenderer('openmetrics', {
        exemplar(_metricName, _attributes, bucketIndex) {
          asked.push(bucketIndex);
          return undefined;
        },
      });
      await page(harness, renderer);
      expect(asked).toEqual([1]);
    });
  });

  describe('with two renders beside each other', () => {
    it('gives each its own collection, even if another was abandoned', async () => {
      const harness = createMeterHarness();
      const counter = harness.provider.getMeter('spec').createCounter('c');
      const renderer = createTextRenderer('text');
      const renders = [];
      const expected = [];
      for (let round = 0; round < 3; round++) {
        for (let index = 0; index < 2000; index++) counter.add(index * 0.3, { index: `${index}` });
        const collected = await harness.collect();
        expected.push(renderPage(createTextRenderer('text'), collected));
        renders.push(renderer.render(collected));
      }
      const pages: string[] = [];
      // The first render is abandoned after one slice; the others take turns.
      renders.shift()?.next();
      while (pages.length < 2) {
        for (const render of renders) {
          const step = render.next();
          if (step.done === true && step.value !== undefined) pages.push(step.value.body.toString());
        }
      }
      expect(pages).toEqual(expected.slice(1));
    });
  });

  describe('with instruments that share a name', () => {
    it('puts them under one header and shows each label set once', async () => {
      const harness = createMeterHarness({});
      harness.provider.getMeter('one').createCounter('shared').add(1, { a: 'x' });
      harness.provider.getMeter('two').createCounter('shared').add(2, { a: 'x' });
      harness.provider.getMeter('two').createCounter('shared').add(3, { a: 'y' });
      expect(parseExposition(await once(harness, 'text'))[1]).toEqual({
        name: 'shared_total',
        type: 'counter',
        help: undefined,
        samples: [
          { name: 'shared_total', labels: { a: 'x' }, value: '1' },
          { name: 'shared_total', labels: { a: 'y' }, value: '3' },
        ],
      });
    });

    it('keeps the first type, and warns once of the other', async () => {
      const log = captureLog();
      const harness = createMeterHarness({});
      harness.provider.getMeter('one').createUpDownCounter('thing').add(1);
      harness.provider.getMeter('two').createHistogram('thing').record(1);
      const renderer = createTextRenderer('text');
      await page(harness, renderer);
      const text = await page(harness, renderer);
      log.release();
      expect(parseExposition(text)[1]?.samples).toEqual([{ name: 'thing', labels: {}, value: '1' }]);
      expect(log.lines).toEqual([
        'warn: the metric thing is left out of the scrape: thing is already a gauge',
      ]);
    });

    it('leaves target_info to the Resource', async () => {
      const harness = createMeterHarness({ a: 'b' });
      harness.provider.getMeter('spec').createUpDownCounter('target.info').add(7);
      expect(
        parseExposition(await once(harness, 'text')).map(({ name, samples }) => [name, samples]),
      ).toEqual([['target_info', [{ name: 'target_info', labels: { a: 'b' }, value: '1' }]]]);
    });
  });

  describe('with attributes that become the same labels', () => {
    it('shows the first series only', async () => {
      const harness = createMeterHarness({});
      const counter = harness.provider.getMeter('spec').createCounter('c_total');
      counter.add(1, { a_b: 'x' });
      counter.add(2, { 'a.b': 'x' });
      counter.add(3, { 'a-b': 'y' });
      expect(parseExposition(await once(harness, 'text'))[1]?.samples).toEqual([
        { name: 'c_total', labels: { a_b: 'x' }, value: '1' },
        { name: 'c_total', labels: { a_b: 'y' }, value: '3' },
      ]);
    });
  });

  describe('with an attribute named le', () => {
    it('keeps it beside the bounds of a histogram', async () => {
      const harness = createMeterHarness({});
      const advice = { explicitBucketBoundaries: [1] };
      harness.provider.getMeter('spec').createHistogram('h', { advice }).record(0, { le: 'mine' });
      expect(await once(harness, 'text')).toContain('h_bucket{exported_le="mine",le="1"} 1\n');
    });
  });

  describe('with an exponential histogram', () => {
    it('shows its count and sum as a histogram of one bucket', async () => {
      const harness = createMeterHarness({}, [
        { instrumentName: 'h', aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM } },
      ]);
      const histogram = harness.provider.getMeter('spec').createHistogram('h');
      histogram.record(3);
      histogram.record(5);
      expect(await once(harness, 'text')).toContain(
        '# TYPE h histogram\nh_bucket{le="+Inf"} 2\nh_sum 8\nh_count 2\n',
      );
    });
  });

  describe('with a histogram that has no sum', () => {
    it('leaves the sum out', async () => {
      const harness = createMeterHarness({}, [
        {
          instrumentName: 'g',
          aggregation: { type: AggregationType.EXPLICIT_BUCKET_HISTOGRAM, options: { boundaries: [0] } },
        },
      ]);
      harness.provider.getMeter('spec').createUpDownCounter('g').add(-1);
      expect(await once(harness, 'text')).toContain('g_bucket{le="0"} 1\ng_bucket{le="+Inf"} 1\ng_count 1\n');
    });
  });

  describe('with many series', () => {
    it('yields after each 32 KiB, and counts them', async () => {
      const harness = createMeterHarness({});
      const meter = harness.provider.getMeter('spec');
      const counter = meter.createCounter('c', { valueType: ValueType.INT });
      const histogram = meter.createHistogram('h');
      for (let index = 0; index < 500; index++) {
        counter.add(index, { index: `${index}` });
        histogram.record(index, { index: `${index}` });
      }
      const rendering = createTextRenderer('text').render(await harness.collect());
      let sliceCount = 0;
      let next = rendering.next();
      for (; next.done !== true; next = rendering.next()) sliceCount++;
      const { body, seriesCount } = next.value;
      expect(seriesCount).toBe(1000);
      expect(sliceCount).toBeLessThanOrEqual(body.length / 32_768);
      expect(sliceCount).toBeGreaterThan(body.length / 40_000);
    });
  });
});
