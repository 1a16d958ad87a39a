import type { Attributes, Meter } from '@opentelemetry/api';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import fc from 'fast-check';
import { withFreshGauges } from '../../lib/otlp/metric-readers.js';
import type { ExemplarSource } from '../../lib/prometheus/exemplar-source.js';
import { createTextRenderer } from '../../lib/prometheus/render-text.js';
import { createMeterHarness } from '../support/meter-harness.js';
import { renderPage, renderWhole } from '../support/render-page.js';

const SERIES_MAX = 6;
const SERIES = fc.nat({ max: SERIES_MAX - 1 });
/** Names and values of which some become the same labels. */
const ATTRIBUTES: fc.Arbitrary<Attributes> = fc.dictionary(
  fc.constantFrom('provider', 'gen_ai.model', 'gen_ai_model', 'größe', 'le'),
  fc.oneof(fc.constantFrom('', 'a"b\n', 'größe'), fc.string({ unit: 'grapheme' }), fc.nat({ max: 3 })),
  { maxKeys: 3 },
);
const AMOUNT = fc.oneof(
  fc.integer({ min: 0, max: 12 }),
  fc.double(),
  fc.constantFrom(-0, 9, 90, 999, 2 ** 31 - 1, 2 ** 31, 1e21, Number.NaN, Number.POSITIVE_INFINITY),
);

interface Action {
  readonly instrument: number;
  readonly meter: number;
  readonly series: number;
  readonly amount: number;
}

/** What happens between two pages. */
interface Round {
  readonly actions: readonly Action[];
  /** Series that the gauge tells of: those that are absent leave the page. */
  readonly observed: readonly { readonly series: number; readonly value: number }[];
}

const ROUND: fc.Arbitrary<Round> = fc.record({
  actions: fc.array(
    fc.record({
      instrument: fc.nat({ max: 3 }),
      meter: fc.nat({ max: 1 }),
      series: SERIES,
      amount: AMOUNT,
    }),
    { maxLength: 15 },
  ),
  observed: fc.uniqueArray(fc.record({ series: SERIES, value: AMOUNT }), {
    selector: ({ series }) => series,
  }),
});

function createRecorders(meter: Meter): ((amount: number, attributes: Attributes) => void)[] {
  const counter = meter.createCounter('requests_total', { description: 'Requests.' });
  const upDown = meter.createUpDownCounter('in_flight');
  const histogram = meter.createHistogram('latency', { advice: { explicitBucketBoundaries: [0, 1, 10] } });
  const taken = meter.createUpDownCounter('requests');
  return [
    (amount, attributes) => counter.add(amount, attributes),
    (amount, attributes) => upDown.add(amount, attributes),
    (amount, attributes) => histogram.record(amount, attributes),
    (amount, attributes) => taken.add(amount, attributes),
  ];
}

/** Some series have exemplars in some buckets. */
const EXEMPLARS: ExemplarSource = {
  exemplar(_metricName, attributes, bucketIndex = 0) {
    const size = JSON.stringify(attributes).length + bucketIndex;
    if (size % 2 === 0) return undefined;
    return { traceId: 'a'.repeat(size % 40), spanId: 'b', value: size / 10, timestampSeconds: size };
  },
};

describe('createTextRenderer() page after page', () => {
  it.each(['text', 'openmetrics'] as const)(
    'writes the %s of a renderer that starts anew',
    async (format) => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(ATTRIBUTES, { minLength: SERIES_MAX, maxLength: SERIES_MAX }),
          fc.array(ROUND, { minLength: 2, maxLength: 6 }),
          async (series, rounds) => {
            const harness = createMeterHarness();
            const meters = ['one', 'two'].map((name) => harness.provider.getMeter(name));
            const recorders = meters.map(createRecorders);
            let observed: Round['observed'] = [];
            const gauge = meters[0]?.createObservableGauge('seen');
            gauge?.addCallback((result) => {
              for (const { series: index, value } of observed) result.observe(value, series[index]);
            });
            const renderer = createTextRenderer(format, EXEMPLARS);
            const pages: { readonly body: Buffer; readonly text: string }[] = [];
            for (const round of rounds) {
              for (const { instrument, meter, series: index, amount } of round.actions) {
                recorders[meter]?.[instrument]?.(amount, series[index] ?? {});
              }
              observed = round.observed;
              const collected = await harness.collect();
              const { body, seriesCount } = renderWhole(renderer, collected);
              const anew = renderWhole(createTextRenderer(format, EXEMPLARS), collected);
              const text = body.toString();
              expect(text).toBe(anew.body.toString());
              expect(seriesCount).toBe(anew.seriesCount);
              pages.push({ body, text });
            }
            // A page on its way to a slow scraper is not written over by the next.
            for (const { body, text } of pages) expect(body.toString()).toBe(text);
          },
        ),
        { numRuns: 120 },
      );
    },
  );

  it('shows labels once where a series of the page before has them already', async () => {
    const harness = createMeterHarness();
    const counter = harness.provider.getMeter('spec').createCounter('c_total');
    const renderer = createTextRenderer('text');
    counter.add(1, { 'a.b': 'x' });
    renderPage(renderer, await harness.collect());
    counter.add(2, { a_b: 'x' });
    counter.add(3, { a_b: 'y' });
    expect(renderPage(renderer, await harness.collect())).toContain(
      'c_total{a_b="x"} 1\nc_total{a_b="y"} 3\n',
    );
  });

  it('forgets gauges that are told no more', async () => {
    const reader = withFreshGauges(new PrometheusExporter({ preventServerStart: true }));
    const meter = new MeterProvider({ readers: [reader] }).getMeter('spec');
    const attributesOf: Readonly<Record<string, Attributes>> = {
      a: { name: 'a' },
      b: { name: 'b' },
      c: { name: 'c' },
    };
    let told: readonly string[] = [];
    meter.createObservableGauge('g').addCallback((result) => {
      for (const name of told) result.observe(name.charCodeAt(0), attributesOf[name]);
    });
    const renderer = createTextRenderer('text');
    for (told of [['a', 'b', 'c'], ['a', 'c'], ['c'], [], ['b', 'a']]) {
      const page = renderPage(renderer, (await reader.collect()).resourceMetrics);
      expect(page.split('\n').filter((line) => line.startsWith('g{'))).toEqual(
        told.map((name) => `g{name="${name}"} ${name.charCodeAt(0)}`),
      );
    }
  });

  it('shows the exemplar of the latest record, in place of the one before', async () => {
    const harness = createMeterHarness();
    const histogram = harness.provider.getMeter('spec').createHistogram('h', {
      advice: { explicitBucketBoundaries: [1] },
    });
    let traceId: string | undefined;
    const renderer = createTextRenderer('openmetrics', {
      exemplar: (_metricName, _attributes, bucketIndex) =>
        traceId === undefined || bucketIndex !== 0
          ? undefined
          : { traceId, spanId: 's', value: 0.5, timestampSeconds: 1 },
    });
    const bucketLines: string[] = [];
    for (const [next, value] of [
      [undefined, 0.5],
      ['one', 0.5],
      ['three', 0.5],
      ['three', 5],
      [undefined, 5],
    ] as const) {
      traceId = next;
      histogram.record(value);
      const page = renderPage(renderer, await harness.collect());
      bucketLines.push(page.split('\n').find((line) => line.startsWith('h_bucket{le="1.0"}')) ?? '');
      // Nothing was recorded since: nothing is asked, and the line stays.
      traceId = 'not asked for';
      expect(renderPage(renderer, await harness.collect())).toBe(page);
    }
    expect(bucketLines).toEqual([
      'h_bucket{le="1.0"} 1',
      'h_bucket{le="1.0"} 2 # {trace_id="one",span_id="s"} 0.5 1',
      'h_bucket{le="1.0"} 3 # {trace_id="three",span_id="s"} 0.5 1',
      'h_bucket{le="1.0"} 3 # {trace_id="three",span_id="s"} 0.5 1',
      'h_bucket{le="1.0"} 3',
    ]);
  });

  it('is right where two renders run beside each other, and where one was given up', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.boolean(), { maxLength: 40 }), async (turns) => {
        const harness = createMeterHarness();
        const counter = harness.provider.getMeter('spec').createCounter('c');
        const renderer = createTextRenderer('text');
        const collectChanged = () => {
          for (let index = 0; index < 200; index++) counter.add(index * 0.3, { index: `${index}` });
          return harness.collect();
        };
        renderWhole(renderer, await collectChanged());
        const collections = [await collectChanged(), await collectChanged()];
        const renders = collections.map((collected) => renderer.render(collected));
        const bodies: (Buffer | undefined)[] = [undefined, undefined];
        for (const isFirst of turns) {
          const index = isFirst ? 0 : 1;
          const step = renders[index]?.next();
          if (step?.done === true && step.value !== undefined) bodies[index] = step.value.body;
        }
        for (const [index, collected] of collections.entries()) {
          const body = bodies[index];
          if (body === undefined) continue;
          expect(body.toString()).toBe(renderPage(createTextRenderer('text'), collected));
        }
        const last = await collectChanged();
        expect(renderPage(renderer, last)).toBe(renderPage(createTextRenderer('text'), last));
      }),
      { numRuns: 25 },
    );
  });

  it('starts anew after a page that failed', async () => {
    const harness = createMeterHarness();
    const counter = harness.provider.getMeter('spec').createCounter('c');
    let isBroken = false;
    const renderer = createTextRenderer('openmetrics', {
      exemplar() {
        if (isBroken) throw new Error('broken');
        return undefined;
      },
    });
    for (const value of [0.5, 1, 1]) {
      counter.add(value, { a: 'ä' });
      counter.add(value, { b: 'ö' });
      const collected = await harness.collect();
      isBroken = value === 1 && !isBroken;
      if (isBroken) expect(() => renderPage(renderer, collected)).toThrow('broken');
      else
        expect(renderPage(renderer, collected)).toBe(
          renderPage(createTextRenderer('openmetrics'), collected),
        );
    }
  });
});
