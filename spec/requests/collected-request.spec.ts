import { observeOperation } from '../../lib/requests/observe-operation.js';
import { observeRequest } from '../../lib/requests/observe-request.js';
import { startRequest } from '../../lib/requests/start-request.js';
import { PROCESS_WATCHER } from '../../lib/requests/watch.js';
import { collectGarbageUntil } from '../support/collect-garbage.js';
import { createFakeRecorder, dollarPerMillion } from '../support/fake-recorder.js';
import { LazyPromise } from '../support/lazy-promise.js';

const GPT = { provider: 'openai', model: 'gpt-4o' } as const;
const deps = { price: dollarPerMillion, watcher: PROCESS_WATCHER };

async function* chunks() {
  yield 1;
  yield 2;
}

describe('a handle that is garbage-collected', () => {
  it('ends its request as cancelled', async () => {
    const recorder = createFakeRecorder();
    startRequest(GPT, recorder, deps);
    expect(recorder.active).toBe(1);
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
    await collectGarbageUntil(() => recorder.active === 0);
    expect(recorder.callsOf('request')).toEqual([['request', 'openai', 'gpt-4o', 'client_cancelled', 0]]);
  });

  it('ends its operation as cancelled', async () => {
    const recorder = createFakeRecorder();
    void observeOperation({}, chunks, recorder, deps);
    await collectGarbageUntil(() => recorder.calls.length > 0);
    expect(recorder.calls).toEqual([['operation', 'client_cancelled', 0, 0]]);
  });

  it('says nothing of a request that has ended, and leaves one alone that is held', async () => {
    const recorder = createFakeRecorder();
    const held = startRequest(GPT, recorder, deps);
    startRequest(GPT, recorder, deps).end();
    await collectGarbageUntil(() => false, 5);
    expect([recorder.active, held.ended]).toEqual([1, false]);
    expect(recorder.callsOf('request')).toHaveLength(1);
    held.end();
  });
});
