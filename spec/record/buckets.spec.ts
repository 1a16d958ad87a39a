import fc from 'fast-check';
import { initMonitoring, type Monitoring, observeOperation, startRequest } from '../../lib/index.js';
import { bucketQuantile, isSteady, type Mix, mixOf, trueQuantile } from '../support/log-normal.js';
import { parseExposition } from '../support/parse-exposition.js';

const DURATIONS = [
  'llm_edge_request_duration_ms',
  'llm_edge_time_to_first_token_ms',
  'llm_edge_operation_duration_ms',
] as const;

/** The finite bounds of each histogram, as a scraped page says them. */
async function scrapedBounds(monitoring: Monitoring): Promise<Readonly<Record<string, readonly number[]>>> {
  const page = await (await fetch(monitoring.metricsUrl ?? '')).text();
  return Object.fromEntries(
    parseExposition(page)
      .filter(({ type }) => type === 'histogram')
      .map(({ name, samples }) => [
        name,
        samples
          .map(({ labels }) => Number(labels['le'] ?? Number.NaN))
          .filter((bound) => Number.isFinite(bound)),
      ]),
  );
}

/**
 * One to three kinds of answers, each with a median of 0.3 to 15 s, a sigma of 0.3 (a 95th percentile of 1.6 medians) to
 * 1.2 (one of 7) and a share that is not less than a tenth of another's.
 */
const mixes: fc.Arbitrary<Mix> = fc
  .array(
    fc.record({
      median: fc.double({ min: Math.log(300), max: Math.log(15_000), noNaN: true }).map(Math.exp),
      sigma: fc.double({ min: 0.3, max: 1.2, noNaN: true }),
      share: fc.double({ min: 0.1, max: 1, noNaN: true }),
    }),
    { minLength: 1, maxLength: 3 },
  )
  .map(mixOf);

describe('the buckets of durations', () => {
  let bounds: Readonly<Record<string, readonly number[]>>;

  beforeAll(async () => {
    const monitoring = await initMonitoring({ metrics: { port: 0 }, traces: { exporter: 'none' } });
    observeOperation({}, () => {
      const request = startRequest({ provider: 'openai', model: 'gpt-4o' });
      request.firstToken();
      request.end();
    });
    bounds = await scrapedBounds(monitoring);
    await monitoring.shutdown();
  });

  it.each(DURATIONS)('of %s reach ten minutes, and are no more than 27', (name) => {
    expect([bounds[name]?.at(-1), bounds[name]?.length]).toEqual([600_000, 27]);
  });

  const quantiles = [0.5, 0.95, 0.99] as const;

  function error(mix: Mix, share: number, name: string): number {
    return Math.abs(bucketQuantile(mix, share, bounds[name] ?? []) / trueQuantile(mix, share) - 1);
  }

  it.each([18, undefined])('read p50, p95 and p99 of any mix within 10 %% (seed %p)', (seed) => {
    fc.assert(
      fc.property(mixes, fc.constantFrom(...DURATIONS), (mix, name) => {
        for (const share of quantiles) {
          // Between two humps a handful of answers decides what the quantile is: no bucket can tell.
          if (isSteady(mix, share)) expect(error(mix, share, name)).toBeLessThan(0.1);
        }
      }),
      { numRuns: 1_000, ...(seed === undefined ? {} : { seed }) },
    );
  });

  it('leave hardly a mix out', () => {
    const sample = fc.sample(mixes, { numRuns: 2_000, seed: 18 });
    const left = sample.flatMap((mix) => quantiles.filter((share) => !isSteady(mix, share)));
    expect(left.length).toBeLessThan(120);
  });

  it('read the steadiest answers of every median', () => {
    const worst = Array.from({ length: 1_000 }, (_, index) => 300 * 50 ** (index / 999)).flatMap((median) =>
      quantiles.map((share) => error([{ median, sigma: 0.3, share: 1 }], share, DURATIONS[0])),
    );
    expect(Math.max(...worst)).toBeLessThan(0.1);
  });
});
