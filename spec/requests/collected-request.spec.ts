import { createAbandonmentTracker } from '../../lib/requests/abandoned.js';
import type { RequestDeps } from '../../lib/requests/lifecycle.js';
import { observeOperation } from '../../lib/requests/observe-operation.js';
import { observeRequest, startRequest } from '../../lib/requests/observe-request.js';
import { collectGarbageUntil } from '../support/collect-garbage.js';
import { createFakeRecorder, dollarPerMillion } from '../support/fake-recorder.js';
import { LazyPromise } from '../support/lazy-promise.js';

const GPT = { provider: 'openai', model: 'gpt-4o' } as const;

async function* chunks() {
  yield 1;
  yield 2;
}

describe('a handle that is garbage-collected', () => {
  let deps: RequestDeps;

  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'performance'] });
    deps = { price: dollarPerMillion, tracker: createAbandonmentTracker() };
  });
  afterEach(() => {
    jest.useRealTimers();
  });
  /** Until then nothing is asked of the garbage collector. */
  const twoRounds = () => jest.advanceTimersByTime(2000);

  it('ends its request as cancelled', async () => {
    const recorder = createFakeRecorder();
    startRequest(GPT, recorder, deps);
    expect(recorder.active).toBe(1);
    twoRounds();
    await collectGarbageUntil(() => recorder.active === 0);
    expect(recorder.calls).toEqual([['request', 'openai', 'gpt-4o', 'client_cancelled', 0]]);
  });

  it.each<[string, () => unknown]>([
    ['async generator', chunks],
    ['web stream', () => new ReadableStream({ pull: (controller) => controller.enqueue(1) })],
    ['promise of a stream', async () => chunks()],
    ['lazy promise', () => new LazyPromise(() => Promise.resolve())],
    ['promise that never settles', () => new Promise(() => undefined)],
  ])('ends the request of an %s that nobody consumes', async (_name, create) => {
    const recorder = createFakeRecorder();
    observeRequest(GPT, create, recorder, deps);
    await Promise.resolve();
    expect(recorder.active).toBe(1);
    twoRounds();
    await collectGarbageUntil(() => recorder.active === 0);
    expect(recorder.callsOf('request')).toEqual([['request', 'openai', 'gpt-4o', 'client_cancelled', 0]]);
  });

  it('ends its operation as cancelled', async () => {
    const recorder = createFakeRecorder();
    void observeOperation({}, chunks, recorder, deps);
    twoRounds();
    await collectGarbageUntil(() => recorder.calls.length > 0);
    expect(recorder.calls).toEqual([['operation', 'client_cancelled', 0, 0]]);
  });

  it('is kept for its first second', async () => {
    const recorder = createFakeRecorder();
    startRequest(GPT, recorder, deps);
    jest.advanceTimersByTime(999);
    await collectGarbageUntil(() => false, 5);
    expect(recorder.active).toBe(1);
  });

  it('says nothing of a request that has ended, and leaves one alone that is held', async () => {
    const recorder = createFakeRecorder();
    const held = startRequest(GPT, recorder, deps);
    startRequest(GPT, recorder, deps).end();
    twoRounds();
    await collectGarbageUntil(() => false, 5);
    expect([recorder.active, held.ended]).toEqual([1, false]);
    expect(recorder.callsOf('request')).toHaveLength(1);
    held.end();
  });
});
