import { instrumentFetch } from '../../lib/fetch.js';
import { startTestMonitoring, type TestMonitoring } from '../../lib/testing.js';
import { collectGarbageUntil } from '../support/collect-garbage.js';
import { recordedSeries } from '../support/recorded-series.js';

const HOST = 'provider.test';
/** An event that is not over yet: it is read when its stream is. */
const LAST_EVENT =
  'data: {"choices":[{"index":0,"delta":{"content":"x"}}],"usage":{"prompt_tokens":10,"completion_tokens":5}}';

let monitoring: TestMonitoring;
beforeEach(async () => {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
  monitoring = await startTestMonitoring();
});
afterEach(async () => {
  jest.useRealTimers();
  await monitoring.shutdown();
});

/** Calls a model that answers so, and takes 20 ms until its headers come. */
async function call(status: number, text: string, controller?: AbortController): Promise<Response> {
  const body = new ReadableStream({
    pull: (controller) => controller.enqueue(Buffer.from(text)),
  });
  controller?.signal.addEventListener('abort', () => void body.cancel());
  const fetch = instrumentFetch(
    async () => {
      jest.advanceTimersByTime(20);
      return new Response(body, { status, headers: { 'content-type': 'text/event-stream' } });
    },
    { hosts: { [HOST]: { provider: 'mine' } } },
  );
  return fetch(`http://${HOST}/v1/chat/completions`, {
    method: 'POST',
    body: '{"model":"m","stream":true}',
    ...(controller === undefined ? {} : { signal: controller.signal }),
  });
}

async function durationOnceCollected(): Promise<unknown> {
  for (;;) {
    await collectGarbageUntil(() => false, 5);
    const [duration] = await monitoring.series('llm_edge_request_duration_ms');
    if (duration !== undefined) return duration.value;
  }
}

describe('a body that is garbage-collected', () => {
  it('ends its request when it was read last, with the usage that was not read yet', async () => {
    await (async () => {
      const response = await call(200, LAST_EVENT);
      const reader = response.body?.getReader();
      jest.advanceTimersByTime(30);
      await reader?.read();
      reader?.releaseLock();
    })();
    jest.advanceTimersByTime(4_000);
    expect(await durationOnceCollected()).toEqual({ count: 1, sum: 50 });
    expect(await recordedSeries(monitoring, 'llm_edge_requests_total')).toEqual({
      'client_cancelled m mine error': 1,
    });
    expect(await recordedSeries(monitoring, 'llm_edge_tokens_total')).toEqual({
      'm mine input': 10,
      'm mine output': 5,
    });
  });

  it('ends its request although the signal of its call refers to it, as with fetch', async () => {
    await call(200, LAST_EVENT, new AbortController());
    jest.advanceTimersByTime(4_000);
    await durationOnceCollected();
    expect(await recordedSeries(monitoring, 'llm_edge_requests_total')).toEqual({
      'client_cancelled m mine error': 1,
    });
  });

  it('ends its request by its status, where it is the body of an error that nobody reads', async () => {
    await call(429, '{"error":{}}');
    jest.advanceTimersByTime(4_000);
    await durationOnceCollected();
    expect(await recordedSeries(monitoring, 'llm_edge_requests_total')).toEqual({
      'rate_limited m mine error': 1,
    });
  });
});
