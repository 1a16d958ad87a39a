import type { Attributes, Meter } from '@opentelemetry/api';
import { PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import fc from 'fast-check';
import { createMeterHarness } from '../support/meter-harness.js';
import { parseExposition, samplesOf } from '../support/parse-exposition.js';
import { createTextRenderer, renderPage } from '../support/render-page.js';

/** Names that stay apart once cleaned: where they do not, the stock exporter writes what Prometheus rejects. */
const NAMES = ['provider', 'gen_ai.model', 'status-code', 'größe', 'Tier'] as const;
const VALUES = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.constantFrom('', '"', '\\', '\n', '} 5', 'a\\"b\n', 'x="y",z="', '\u2028', '\r'),
);
const ATTRIBUTES: fc.Arbitrary<Attributes> = fc.dictionary(fc.constantFrom(...NAMES), VALUES, { maxKeys: 4 });
const AMOUNTS = fc.oneof(
  fc.double({ noNaN: true }),
  fc.integer({ min: -1000, max: 100_000 }),
  fc.constantFrom(
    0,
    -0,
    5e-324,
    Number.MAX_VALUE,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    Number.NaN,
  ),
);

interface Action {
  readonly instrument: number;
  readonly series: number;
  readonly amount: number;
}

const SERIES_MAX = 6;
const ACTION: fc.Arbitrary<Action> = fc.record({
  instrument: fc.nat({ max: 4 }),
  series: fc.nat({ max: SERIES_MAX - 1 }),
  amount: AMOUNTS,
});
const BOUNDS = fc
  .uniqueArray(fc.double({ noNaN: true, noDefaultInfinity: true }), { maxLength: 8 })
  .map((bounds) => bounds.sort((a, b) => a - b));

/** One function for each kind of instrument that records an amount under some attributes. */
function createRecorders(
  meter: Meter,
  boundaries: number[],
): ((amount: number, attributes: Attributes) => void)[] {
  const counter = meter.createCounter('requests', { description: 'Back\\slash and\nline.' });
  const suffixed = meter.createCounter('cost.usd_total');
  const upDown = meter.createUpDownCounter('9-in-flight', { description: 'In flight.' });
  const gauge = meter.createGauge('temperature');
  const histogram = meter.createHistogram('latency', { advice: { explicitBucketBoundaries: boundaries } });
  return [
    (amount, attributes) => counter.add(amount, attributes),
    (amount, attributes) => suffixed.add(amount, attributes),
    (amount, attributes) => upDown.add(amount, attributes),
    (amount, attributes) => gauge.record(amount, attributes),
    (amount, attributes) => histogram.record(amount, attributes),
  ];
}

describe('createTextRenderer() against the stock PrometheusSerializer', () => {
  it('shows the same samples, types and help, scrape after scrape', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(ATTRIBUTES, { minLength: SERIES_MAX, maxLength: SERIES_MAX }),
        fc.array(fc.array(ACTION, { maxLength: 15 }), { minLength: 1, maxLength: 4 }),
        BOUNDS,
        ATTRIBUTES,
        async (series, rounds, boundaries, resource) => {
          const harness = createMeterHarness(resource as Record<string, string>);
          const recorders = createRecorders(harness.provider.getMeter('spec', '1.0'), boundaries);
          const stock = new PrometheusSerializer('', false, undefined, false, true);
          const renderer = createTextRenderer('text');
          for (const actions of rounds) {
            for (const { instrument, series: index, amount } of actions) {
              recorders[instrument]?.(amount, series[index] ?? {});
            }
            const collected = await harness.collect();
            const ours = renderPage(renderer, collected);
            const theirs = `${stock.serialize(collected)}\n`
              .replace('# no registered metrics\n', '')
              .replace(/\n+$/, '\n');
            expect(samplesOf(ours)).toEqual(samplesOf(theirs));
            expect(headers(ours)).toEqual(
              headers(theirs).map((header) => ({ ...header, help: ourHelp(header.help) })),
            );
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  it('has the same samples in OpenMetrics, but for the spelling of bounds', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(ATTRIBUTES, { maxLength: 4 }),
        BOUNDS,
        fc.array(AMOUNTS),
        async (series, boundaries, amounts) => {
          const harness = createMeterHarness();
          const recorders = createRecorders(harness.provider.getMeter('spec'), boundaries);
          for (const amount of amounts) {
            for (const attributes of series) for (const record of recorders) record(amount, attributes);
          }
          const collected = await harness.collect();
          const text = renderPage(createTextRenderer('text'), collected);
          const openMetrics = renderPage(createTextRenderer('openmetrics'), collected);
          expect(openMetrics.endsWith('# EOF\n')).toBe(true);
          expect(withNumericBounds(openMetrics)).toEqual(withNumericBounds(text));
        },
      ),
    );
  });
});

function headers(page: string): { name: string; type: string; help: string | undefined }[] {
  return parseExposition(page).map(({ name, type, help }) => ({ name, type, help }));
}

/** The one difference: no help line is written where there is no description. */
function ourHelp(help: string | undefined): string | undefined {
  return help === 'description missing' ? undefined : help;
}

function withNumericBounds(page: string): unknown[] {
  return parseExposition(page)
    .flatMap(({ samples }) => samples)
    .map(({ name, labels, value }) => {
      const { le, ...rest } = labels;
      return [name, rest, le === undefined || le === '+Inf' ? le : Number(le), value];
    });
}
