import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { instrumentFetch } from '../../lib/fetch.js';
import { observeOperation } from '../../lib/index.js';
import { startTestMonitoring, type TestMonitoring } from '../../lib/testing.js';
import { collectGarbageUntil } from '../support/collect-garbage.js';
import { listenOnLoopback } from '../support/listen-on-loopback.js';
import { recordedSeries } from '../support/recorded-series.js';

const BODY = '{"messages":[],"model":"gpt-4o-mini","stream":false}';
const ANSWER =
  '{"model":"gpt-4o-mini","choices":[{"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":2}}';
const HEADERS = { 'content-type': 'application/json' };

type Exchange = readonly [request: IncomingMessage, response: ServerResponse];

let test: TestMonitoring;
let call: typeof fetch;
let url: string;
let exchanges: Exchange[];
let arrived: () => Promise<Exchange>;
let close: () => Promise<void>;

beforeEach(async () => {
  test = await startTestMonitoring();
  exchanges = [];
  const server = createServer((request, response) => {
    exchanges.push([request, response]);
    server.emit('exchange');
  });
  arrived = async () => {
    if (exchanges.length === 0) await once(server, 'exchange');
    return exchanges.shift() as Exchange;
  };
  const { host, origin, ...listening } = await listenOnLoopback(server);
  close = listening.close;
  url = `${origin}/v1/chat/completions`;
  call = instrumentFetch(fetch, { hosts: { [host]: { provider: 'vllm' } }, includeStreamUsage: true });
});
afterEach(async () => {
  await close();
  await test.shutdown();
});

/** A body that is sent piece by piece, when it is told to. */
function upload() {
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  const body = new ReadableStream<Uint8Array>({
    start(own) {
      controller = own;
    },
  });
  const request = new Request(url, { method: 'POST', headers: HEADERS, body, duplex: 'half' } as RequestInit);
  return {
    request,
    send: (text: string) => controller?.enqueue(Buffer.from(text)),
    end: () => controller?.close(),
  };
}

function answer([request, response]: Exchange): void {
  request.resume();
  request.on('end', () => response.writeHead(200, HEADERS).end(ANSWER));
}

const requests = () => recordedSeries(test, 'llm_edge_requests_total');

describe('a Request with a body', () => {
  it('is the very one that the inner fetch gets', async () => {
    const request = new Request(url, { method: 'POST', headers: HEADERS, body: BODY });
    const { body } = request;
    const inner = jest.fn(async (_input: unknown, _init?: unknown) => new Response(null));
    await instrumentFetch(inner as typeof fetch, { hosts: { [new URL(url).host]: { provider: 'vllm' } } })(
      request,
    );
    expect(inner.mock.calls).toEqual([[request, undefined]]);
    expect([request.body === body, request.bodyUsed]).toEqual([true, false]);
    expect(await request.text()).toBe(BODY);
  });

  it('is counted for the model that its body names, and its span named so', async () => {
    const pending = call(new Request(url, { method: 'POST', headers: HEADERS, body: BODY }));
    answer(await arrived());
    expect(await (await pending).text()).toBe(ANSWER);
    expect(await requests()).toEqual({ 'gpt-4o-mini vllm success': 1 });
    expect(await recordedSeries(test, 'llm_edge_tokens_total')).toEqual({
      'gpt-4o-mini vllm input': 3,
      'gpt-4o-mini vllm output': 2,
    });
    const [span] = await test.spans();
    expect(span?.name).toBe('chat gpt-4o-mini');
    expect(span?.attributes).toMatchObject({
      'gen_ai.request.model': 'gpt-4o-mini',
      'gen_ai.request.stream': false,
    });
  });

  it('arrives whole where a wrapper reads it in its own way', async () => {
    const bodies: string[] = [];
    const read = async (how: (request: Request) => Promise<string>) => {
      const hosts = { [new URL(url).host]: { provider: 'vllm' } };
      const wrapped = instrumentFetch(
        async (input) => {
          bodies.push(await how(input as Request));
          return new Response(null);
        },
        { hosts },
      );
      await wrapped(new Request(url, { method: 'POST', headers: HEADERS, body: BODY }));
    };
    await read((request) => request.text());
    await read(async (request) => JSON.stringify(await request.json()));
    await read((request) => request.clone().text());
    await read((request) => new Request(request).text());
    await read(async (request) => Buffer.from(await request.arrayBuffer()).toString());
    expect(bodies).toEqual(bodies.map(() => BODY));
    expect(await requests()).toEqual({ 'gpt-4o-mini vllm success': 5 });
  });

  it('is sent before its body is complete', async () => {
    const { request, send, end } = upload();
    const pending = call(request);
    send(BODY.slice(0, 10));
    const [incoming, response] = await arrived();
    const [first] = (await once(incoming, 'data')) as [Buffer];
    // The server has the first bytes, and the rest has not been written yet.
    expect(first.toString()).toBe(BODY.slice(0, 10));
    send(BODY.slice(10));
    end();
    incoming.resume();
    await once(incoming, 'end');
    response.writeHead(200, HEADERS).end(ANSWER);
    await (await pending).text();
    expect(await requests()).toEqual({ 'gpt-4o-mini vllm success': 1 });
  });

  it('may be answered before its body is complete: then its model is not known', async () => {
    const { request, send } = upload();
    const pending = call(request);
    send(BODY.slice(0, 10));
    const [, response] = await arrived();
    response.writeHead(200, HEADERS).end(ANSWER);
    expect(await (await pending).text()).toBe(ANSWER);
    expect(await requests()).toEqual({ 'unknown vllm success': 1 });
    expect(await recordedSeries(test, 'llm_edge_active_requests')).toEqual({ '': 0 });
  });

  it('names the model also where the answer begins before it is complete', async () => {
    const { request, send, end } = upload();
    const pending = call(request);
    send(BODY.slice(0, 10));
    const [incoming, response] = await arrived();
    response.writeHead(200, HEADERS).flushHeaders();
    const answered = await pending;
    // What only the making of the call has held is gone by then.
    await collectGarbageUntil(() => false, 5);
    send(BODY.slice(10));
    end();
    incoming.resume();
    await once(incoming, 'end');
    response.end(ANSWER);
    expect(await answered.text()).toBe(ANSWER);
    expect(await requests()).toEqual({ 'gpt-4o-mini vllm success': 1 });
  });

  it('is read no faster than it is sent, however large it is', async () => {
    const size = 65_536;
    const chunks = 512;
    const sentAhead = async (fetchIt: typeof fetch): Promise<number> => {
      let pulled = 0;
      const body = new ReadableStream<Uint8Array>(
        {
          pull(controller) {
            pulled += 1;
            if (pulled <= chunks) controller.enqueue(new Uint8Array(size).fill(0x20));
            else {
              controller.enqueue(Buffer.from(BODY));
              controller.close();
            }
          },
        },
        { highWaterMark: 0 },
      );
      const init = { method: 'POST', headers: HEADERS, body, duplex: 'half' };
      const pending = fetchIt(new Request(url, init as RequestInit));
      // The server reads nothing yet: what is pulled goes into the buffers of the sockets, and then no more.
      const exchange = await arrived();
      let before = -1;
      for (let quietTurns = 0; quietTurns < 100; before = pulled) {
        await new Promise((resolve) => setImmediate(resolve));
        quietTurns = before === pulled ? quietTurns + 1 : 0;
      }
      answer(exchange);
      await (await pending).text();
      return before;
    };
    const native = await sentAhead(fetch);
    // A copy beside the call would have been read to its end.
    expect(await sentAhead(call)).toBeLessThan(Math.min(native + chunks / 4, chunks));
    expect(await requests()).toEqual({ 'gpt-4o-mini vllm success': 1 });
  });

  it('that stalls does not hold a call that is given up', async () => {
    const { request, send } = upload();
    const controller = new AbortController();
    const pending = call(request, { signal: controller.signal });
    send(BODY.slice(0, 10));
    await arrived();
    const reason = new Error('enough');
    controller.abort(reason);
    await expect(pending).rejects.toBe(reason);
    expect(await requests()).toEqual({ 'client_cancelled unknown vllm error': 1 });
  });

  it('that fails fails its call as it would without', async () => {
    const fail = async (fetchIt: typeof fetch): Promise<unknown> => {
      const body = new ReadableStream({ pull: (controller) => controller.error(new Error('broken')) });
      const init = { method: 'POST', headers: HEADERS, body, duplex: 'half' };
      const error = await fetchIt(new Request(url, init as RequestInit)).catch((thrown: unknown) => thrown);
      const { name, message, cause } = error as Error;
      return { name, message, cause: (cause as Error | undefined)?.message };
    };
    expect(await fail(call)).toEqual(await fail(fetch));
    expect(await recordedSeries(test, 'llm_edge_active_requests')).toEqual({ '': 0 });
  });

  it('that stalls is held by nobody once its call is over', async () => {
    let isReleased = false;
    const registry = new FinalizationRegistry(() => {
      isReleased = true;
    });
    await (async () => {
      const { request, send } = upload();
      registry.register(request, undefined);
      const pending = call(request);
      send(BODY.slice(0, 10));
      const [, response] = await arrived();
      response.writeHead(200, { ...HEADERS, connection: 'close' }).end(ANSWER);
      await (await pending).text();
      await close();
    })();
    await collectGarbageUntil(() => isReleased);
    expect(isReleased).toBe(true);
  });

  it('that repeats a failed one is a retry of the model that it names', async () => {
    await observeOperation({ name: 'chat' }, async () => {
      for (const status of [500, 200]) {
        const pending = call(new Request(url, { method: 'POST', headers: HEADERS, body: BODY }));
        const [incoming, response] = await arrived();
        incoming.resume();
        await once(incoming, 'end');
        response.writeHead(status, HEADERS).end(ANSWER);
        await (await pending).text();
      }
    });
    expect(await recordedSeries(test, 'llm_edge_retries_total')).toEqual({
      'server_error gpt-4o-mini vllm': 1,
    });
  });

  it('reports its first token for the model that it names', async () => {
    const streamed = '{"model":"gpt-4o-mini","messages":[],"stream":true}';
    const pending = call(new Request(url, { method: 'POST', headers: HEADERS, body: streamed }));
    const [incoming, response] = await arrived();
    incoming.resume();
    await once(incoming, 'end');
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.end(
      'data: {"choices":[{"delta":{"content":"Hi"},"finish_reason":null}]}\n\n' +
        'data: {"choices":[{"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n',
    );
    await (await pending).text();
    expect(Object.keys(await recordedSeries(test, 'llm_edge_time_to_first_token_ms'))).toEqual([
      'gpt-4o-mini vllm',
    ]);
  });
});
