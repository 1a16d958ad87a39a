import { setImmediate as nextTurn } from 'node:timers/promises';
import { AggregationTemporality, type CollectionResult, MetricReader } from '@opentelemetry/sdk-metrics';
import fc from 'fast-check';
import { createRecorderHarness } from '../support/recorder-harness.js';

const MODELS = 600;
const REQUESTS = 'llm_edge_requests_total';
const DURATIONS = 'llm_edge_request_duration_ms';

/** Collects a recorder with this many series to hand over; returns how often other work had its turn meanwhile. */
async function turnsOf(seriesCount: number): Promise<number> {
  const { recorder, collect } = createRecorderHarness({ limits: { models: seriesCount } });
  // All that the recorder has from the start is handed over, and so is the first gauge.
  await collect();
  for (let index = 0; index < seriesCount; index++) recorder.recordCost('openai', `model-${index}`, 1);
  let turns = 0;
  let isDone = false;
  // Asked for first, so that it comes before the next turn of the flush.
  let turn = nextTurn();
  const collected = collect().then((metrics) => {
    isDone = true;
    expect(Object.keys(metrics['llm_edge_cost_usd_total'] ?? {})).toHaveLength(seriesCount);
  });
  for (;;) {
    await turn;
    if (isDone) break;
    turns++;
    turn = nextTurn();
  }
  await collected;
  return turns;
}

describe('a collection', () => {
  it.each([
    [0, 499],
    [1, 501],
    [2, 1300],
  ])('lets other work run %i times while it hands over %i series', async (turns, seriesCount) => {
    expect(await turnsOf(seriesCount)).toBe(turns);
  });
});

class DeltaReader extends MetricReader {
  constructor() {
    super({ aggregationTemporalitySelector: () => AggregationTemporality.DELTA });
  }

  protected override async onForceFlush(): Promise<void> {}

  protected override async onShutdown(): Promise<void> {}
}

function createTwoReaders() {
  const delta = new DeltaReader();
  const { recorder, collectPoints } = createRecorderHarness({
    limits: { models: MODELS + 1 },
    readers: [delta],
  });
  return { cumulative: { collect: collectPoints }, delta, recorder };
}

/** Requests by model. Each has a duration, and counters and histograms of one collection are of one moment. */
function requestsOf({ resourceMetrics, errors }: CollectionResult): Map<string, number> {
  const counts: Record<string, Map<string, number>> = { [REQUESTS]: new Map(), [DURATIONS]: new Map() };
  for (const { descriptor, dataPoints } of resourceMetrics.scopeMetrics.flatMap(({ metrics }) => metrics)) {
    for (const { attributes, value } of dataPoints) {
      const count = typeof value === 'number' ? value : value.count;
      counts[descriptor.name]?.set(String(attributes['model']), count);
    }
  }
  expect(errors).toEqual([]);
  expect(counts[DURATIONS]).toEqual(counts[REQUESTS]);
  return counts[REQUESTS] ?? new Map();
}

describe('a recorder with more counters than fit in one turn', () => {
  it('neither loses nor doubles what is recorded meanwhile, for two readers at once', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(fc.nat({ max: MODELS - 1 }), { maxLength: 5 }), { minLength: 1, maxLength: 8 }),
        async (turns) => {
          const { cumulative, delta, recorder } = createTwoReaders();
          const recorded = new Map<string, number>();
          const record = (index: number): void => {
            const model = `model-${index}`;
            recorder.recordRequestSuccess('openai', model, 5);
            recorded.set(model, (recorded.get(model) ?? 0) + 1);
          };
          const summed = new Map<string, number>();
          const addDeltas = (result: CollectionResult): void => {
            for (const [model, requests] of requestsOf(result)) {
              summed.set(model, (summed.get(model) ?? 0) + requests);
            }
          };
          for (let index = 0; index < MODELS; index++) record(index);
          // Asked for first, so that it comes before the next turn of the flush.
          let turn = nextTurn();
          const during = Promise.all([cumulative.collect(), delta.collect()]);
          for (const models of turns) {
            await turn;
            for (const index of models) record(index);
            turn = nextTurn();
          }
          const [page, push] = await during;
          requestsOf(page);
          addDeltas(push);
          addDeltas(await delta.collect());
          const last = requestsOf(await cumulative.collect());
          expect(last).toEqual(recorded);
          expect(summed).toEqual(recorded);
        },
      ),
      { numRuns: 5 },
    );
  });
});
