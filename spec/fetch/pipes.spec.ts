import { instrumentFetch } from '../../lib/fetch.js';
import { startTestMonitoring, type TestMonitoring } from '../../lib/testing.js';
import { recordedSeries } from '../support/recorded-series.js';

const HOST = 'provider.test';

let test: TestMonitoring;
beforeEach(async () => {
  test = await startTestMonitoring();
});
afterEach(() => test.shutdown());

function makeResponse(): Response {
  const pieces = ['data: 1\n\n', 'data: 2\n\n', 'data: [DONE]\n\n'];
  const body = new ReadableStream({
    pull(controller) {
      const piece = pieces.shift();
      if (piece === undefined) controller.close();
      else controller.enqueue(Buffer.from(piece));
    },
  });
  return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
}

const observedResponse = (): Promise<Response> =>
  instrumentFetch(async () => makeResponse(), { hosts: { [HOST]: { provider: 'mine' } } })(
    `http://${HOST}/v1/chat/completions`,
    { method: 'POST', body: '{"model":"m"}' },
  );

/** A sink that breaks with the second piece. */
const breaking = (): WritableStream => {
  let written = 0;
  return new WritableStream({
    write() {
      written += 1;
      if (written === 2) throw new Error('full');
    },
  });
};

const messageOf = (error: unknown): string => (error as Error).message;

async function rest(body: ReadableStream): Promise<string> {
  let text = '';
  for await (const piece of body as unknown as AsyncIterable<Uint8Array>)
    text += Buffer.from(piece).toString();
  return text;
}

/** What can be seen of a body that is piped. */
const PIPES: Readonly<Record<string, (body: ReadableStream) => Promise<unknown>>> = {
  'to its end': async (body) => {
    await body.pipeTo(new WritableStream());
    return [body.locked, await rest(body)];
  },
  'through a transform': async (body) => {
    const text = await rest(body.pipeThrough(new TransformStream()));
    // The end of what is piped comes some microtasks before the end of the pipe.
    await new Promise((resolve) => setImmediate(resolve));
    return [text, body.locked];
  },
  'into a sink that breaks': async (body) => {
    const error = await body.pipeTo(breaking()).catch(messageOf);
    return [error, body.locked, await rest(body)];
  },
  'into a sink that breaks, and is read on': async (body) => {
    const error = await body.pipeTo(breaking(), { preventCancel: true }).catch(messageOf);
    return [error, body.locked, await rest(body)];
  },
  'until it is aborted, and is read on': async (body) => {
    const controller = new AbortController();
    const sink = new WritableStream({ write: () => controller.abort(new Error('enough')) });
    const error = await body
      .pipeTo(sink, { preventCancel: true, signal: controller.signal })
      .catch(messageOf);
    return [error, body.locked, await rest(body)];
  },
  'into a sink that somebody else has, and is read on': async (body) => {
    const sink = new WritableStream();
    sink.getWriter();
    const error = await body.pipeTo(sink).catch(messageOf);
    return [error, body.locked, await rest(body)];
  },
  'while it is read': async (body) => {
    const reader = body.getReader();
    const error = await body.pipeTo(new WritableStream()).catch(messageOf);
    reader.releaseLock();
    return [error, await rest(body)];
  },
  'through what is no transform': async (body) => {
    let error: unknown;
    try {
      body.pipeThrough({} as never);
    } catch (thrown) {
      error = messageOf(thrown);
    }
    return [error, body.locked, await rest(body)];
  },
};

describe('the body of an observed answer that is piped', () => {
  it.each(Object.entries(PIPES))('%s behaves as without', async (_how, pipe) => {
    const native = await pipe(makeResponse().body as ReadableStream);
    expect(await pipe((await observedResponse()).body as ReadableStream)).toEqual(native);
    expect(await test.value('llm_edge_active_requests', {})).toBe(0);
  });

  it('ends its request when it has been read on, and not with the pipe', async () => {
    const { body } = await observedResponse();
    await body?.pipeTo(breaking(), { preventCancel: true }).catch(() => undefined);
    expect(await recordedSeries(test, 'llm_edge_requests_total')).toEqual({});
    await rest(body as ReadableStream);
    expect(await recordedSeries(test, 'llm_edge_requests_total')).toEqual({ 'm mine success': 1 });
  });
});
