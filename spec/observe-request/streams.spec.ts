import { observeRequest } from '../../lib/index.js';
import { startTestMonitoring, type TestMonitoring } from '../../lib/testing.js';
import { recordedSeries } from '../support/recorded-series.js';

const REQUEST = { provider: 'mine', model: 'm' };

let test: TestMonitoring;
beforeEach(async () => {
  test = await startTestMonitoring();
});
afterEach(() => test.shutdown());

const requests = () => recordedSeries(test, 'llm_edge_requests_total');

/** A stream that `observeRequest` has handed on, and that has three pieces. */
function observedStream(): ReadableStream<number> {
  const pieces = [1, 2, 3];
  return observeRequest(
    REQUEST,
    () =>
      new ReadableStream<number>(
        {
          pull(controller) {
            const piece = pieces.shift();
            if (piece === undefined) controller.close();
            else controller.enqueue(piece);
          },
        },
        { highWaterMark: 0 },
      ),
  );
}

async function readToEnd(stream: ReadableStream<number>): Promise<number[]> {
  const pieces: number[] = [];
  for await (const piece of stream as unknown as AsyncIterable<number>) pieces.push(piece);
  return pieces;
}

const breaking = (): WritableStream =>
  new WritableStream({
    write() {
      throw new Error('full');
    },
  });

/** What leaves a stream as it was, or lets it be read on; each returns how many pieces are left. */
const NOT_LEFT: Readonly<Record<string, (stream: ReadableStream<number>) => Promise<number>>> = {
  'cancelled by who has no reader': async (stream) => {
    const reader = stream.getReader();
    await stream.cancel().catch(() => undefined);
    reader.releaseLock();
    return 3;
  },
  'piped by who has no reader': async (stream) => {
    const reader = stream.getReader();
    await stream.pipeTo(new WritableStream()).catch(() => undefined);
    reader.releaseLock();
    return 3;
  },
  'cancelled by a reader that was let go of': async (stream) => {
    const reader = stream.getReader();
    await reader.read();
    reader.releaseLock();
    await reader.cancel().catch(() => undefined);
    return 2;
  },
  'read by a reader that was let go of': async (stream) => {
    const reader = stream.getReader();
    reader.releaseLock();
    await reader.read().catch(() => undefined);
    return 3;
  },
  'iterated with preventCancel': async (stream) => {
    for await (const _piece of stream.values({ preventCancel: true })) break;
    return 2;
  },
  'piped with preventCancel': async (stream) => {
    await stream.pipeTo(breaking(), { preventCancel: true }).catch(() => undefined);
    return 2;
  },
};

describe('a stream returned to observeRequest()', () => {
  it.each(Object.entries(NOT_LEFT))('is not given up when it is %s', async (_how, use) => {
    const stream = observedStream();
    const left = await use(stream);
    expect(await requests()).toEqual({});
    expect(await readToEnd(stream)).toHaveLength(left);
    expect(await requests()).toEqual({ 'm mine success': 1 });
  });

  it('is not given up by a reader that is let go of while it waits', async () => {
    let push: (piece: number) => void = () => undefined;
    const stream = observeRequest(
      REQUEST,
      () =>
        new ReadableStream<number>({
          start(controller) {
            push = (piece) => {
              controller.enqueue(piece);
              controller.close();
            };
          },
        }),
    );
    const reader = stream.getReader();
    const waiting = reader.read();
    reader.releaseLock();
    await expect(waiting).rejects.toThrow();
    expect(await requests()).toEqual({});
    push(1);
    expect(await readToEnd(stream)).toEqual([1]);
    expect(await requests()).toEqual({ 'm mine success': 1 });
  });

  it('is given up when it is cancelled, iterated or piped without', async () => {
    await observedStream().cancel();
    for await (const _piece of observedStream() as unknown as AsyncIterable<number>) break;
    await observedStream()
      .pipeTo(breaking())
      .catch(() => undefined);
    expect(await requests()).toEqual({ 'client_cancelled m mine error': 3 });
  });
});
