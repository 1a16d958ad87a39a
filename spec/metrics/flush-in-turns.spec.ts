import { setImmediate as nextTurn } from 'node:timers/promises';
import { trace } from '@opentelemetry/api';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import {
  AggregationTemporality,
  type CollectionResult,
  MeterProvider,
  MetricReader,
} from '@opentelemetry/sdk-metrics';
import fc from 'fast-check';
import { DEFAULT_SERIES_LIMITS } from '../../lib/catalogue/cardinality.js';
import { createExemplarStore } from '../../lib/metrics/exemplars.js';
import { flushInTurns } from '../../lib/metrics/flush-in-turns.js';
import { MetricsRecorder } from '../../lib/metrics/metrics-recorder.js';

function createPending(count: number): {
  readonly pending: { handOver(): Generator<undefined, void> };
  done: number;
} {
  const state = {
    done: 0,
    pending: {
      *handOver(): Generator<undefined, void> {
        for (; state.done < count; ) {
          state.done++;
          yield;
        }
      },
    },
  };
  return state;
}

describe('flushInTurns()', () => {
  it('is done at once where there is little to hand over', () => {
    const few = createPending(499);
    expect(flushInTurns([few.pending])).toBeUndefined();
    expect(few.done).toBe(499);
  });

  it('lets other work run after each 500', async () => {
    const many = [createPending(700), createPending(600)];
    const flushed = flushInTurns(many.map(({ pending }) => pending));
    const seen: number[] = [];
    const total = (): number => many.reduce((sum, { done }) => sum + done, 0);
    let isDone = false;
    void flushed?.then(() => {
      isDone = true;
    });
    while (!isDone) {
      seen.push(total());
      await nextTurn();
    }
    expect(seen).toEqual([500, 1000]);
    expect(total()).toBe(1300);
  });
});

const MODELS = 600;
const REQUESTS = 'llm_edge_requests_total';
const DURATIONS = 'llm_edge_request_duration_ms';

class DeltaReader extends MetricReader {
  constructor() {
    super({ aggregationTemporalitySelector: () => AggregationTemporality.DELTA });
  }

  protected override async onForceFlush(): Promise<void> {}

  protected override async onShutdown(): Promise<void> {}
}

function createTwoReaders() {
  const cumulative = new PrometheusExporter({ preventServerStart: true });
  const delta = new DeltaReader();
  const provider = new MeterProvider({
    readers: [cumulative, delta],
    views: [{ instrumentName: '*', aggregationCardinalityLimit: 5000 }],
  });
  const recorder = new MetricsRecorder({
    meter: provider.getMeter('spec'),
    tracer: trace.getTracer('spec'),
    limits: { ...DEFAULT_SERIES_LIMITS, models: MODELS + 1 },
    providers: {},
    now: () => 0,
    exemplars: createExemplarStore(),
  });
  return { cumulative, delta, recorder };
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

describe('MetricsRecorder with more counters than fit in one turn', () => {
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
