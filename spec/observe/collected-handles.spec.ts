import { observeOperation, observeRequest, startOperation, startRequest } from '../../lib/index.js';
import { startTestMonitoring, type TestMonitoring } from '../../lib/testing.js';
import { collectGarbageUntil } from '../support/collect-garbage.js';
import { LazyPromise } from '../support/lazy-promise.js';
import { requestOutcomes } from '../support/request-outcomes.js';

const GPT = { provider: 'openai', model: 'gpt-4o' } as const;

async function* chunks() {
  yield 1;
  yield 2;
}

let monitoring: TestMonitoring;
beforeEach(async () => {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
  monitoring = await startTestMonitoring();
});
afterEach(async () => {
  // The rounds that this test has started end with it; the export of spans, which is due after 5 s, does not begin.
  jest.advanceTimersByTime(2_000);
  jest.useRealTimers();
  await monitoring.shutdown();
});

/** Until then the garbage collector is not consulted. */
const twoRounds = () => jest.advanceTimersByTime(2_000);

/** Collects garbage until one request or operation has ended, and returns how long each took. */
async function durationsOnceCollected(
  metric: 'llm_edge_request_duration_ms' | 'llm_edge_operation_duration_ms',
): Promise<readonly unknown[]> {
  for (;;) {
    await collectGarbageUntil(() => false, 2);
    const series = await monitoring.series(metric);
    if (series.length > 0) return series.map(({ value }) => value);
  }
}

describe('a handle that is garbage-collected', () => {
  it('ends its request as cancelled', async () => {
    startRequest(GPT);
    expect(await requestOutcomes(monitoring)).toEqual([1]);
    twoRounds();
    expect(await durationsOnceCollected('llm_edge_request_duration_ms')).toEqual([{ count: 1, sum: 0 }]);
    expect(await requestOutcomes(monitoring)).toEqual(['client_cancelled', 0]);
  });

  it('ends its operation as cancelled', async () => {
    startOperation({});
    twoRounds();
    expect(await durationsOnceCollected('llm_edge_operation_duration_ms')).toEqual([{ count: 1, sum: 0 }]);
    const labels = { status: 'error', error_type: 'client_cancelled' } as const;
    expect(await monitoring.value('llm_edge_operations_total', labels)).toBe(1);
  });

  it.each<[string, () => unknown]>([
    ['async generator', chunks],
    ['web stream', () => new ReadableStream({ pull: (controller) => controller.enqueue(1) })],
    ['promise of a stream', async () => chunks()],
    ['lazy promise', () => new LazyPromise(() => Promise.resolve())],
    ['promise that never settles', () => new Promise(() => undefined)],
  ])('ends the request of an %s that nobody consumes', async (_name, create) => {
    observeRequest(GPT, create);
    await Promise.resolve();
    expect(await requestOutcomes(monitoring)).toEqual([1]);
    twoRounds();
    expect(await durationsOnceCollected('llm_edge_request_duration_ms')).toEqual([{ count: 1, sum: 0 }]);
    expect(await requestOutcomes(monitoring)).toEqual(['client_cancelled', 0]);
  });

  it('ends its operation as cancelled', async () => {
    void observeOperation({}, chunks);
    twoRounds();
    expect(await durationsOnceCollected('llm_edge_operation_duration_ms')).toEqual([{ count: 1, sum: 0 }]);
    const operations = await monitoring.series('llm_edge_operations_total');
    const counted = operations.filter(({ value }) => value !== 0);
    expect(counted.map(({ labels }) => labels['error_type'])).toEqual(['client_cancelled']);
  });

  it('is kept for its first second', async () => {
    startRequest(GPT);
    jest.advanceTimersByTime(999);
    await collectGarbageUntil(() => false, 5);
    expect(await requestOutcomes(monitoring)).toEqual([1]);
  });

  it('says nothing of a request that has ended, and leaves one alone that is held', async () => {
    const held = startRequest(GPT);
    startRequest(GPT).end();
    twoRounds();
    await collectGarbageUntil(() => false, 5);
    expect(held.ended).toBe(false);
    expect(await requestOutcomes(monitoring)).toEqual(['success', 1]);
    held.end();
  });
});
