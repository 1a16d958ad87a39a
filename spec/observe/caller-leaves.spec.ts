import { once } from 'node:events';
import { createServer, get, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { PassThrough, Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { instrumentFetch } from '../../lib/fetch.js';
import { observeOperation, observeRequest } from '../../lib/index.js';
import { startTestMonitoring, type TestMonitoring } from '../../lib/testing.js';
import { type LoopbackServer, listenOnLoopback } from '../support/listen-on-loopback.js';
import { chatChunk } from '../support/providers/openai.js';

type Body = ReadableStream<Uint8Array>;
type Serve = (res: ServerResponse) => unknown;

const CALL = { method: 'POST', body: JSON.stringify({ model: 'm', stream: true }) };
const GPT = { provider: 'openai', model: 'm' };
const EVENT = `data: ${JSON.stringify(chatChunk({ content: 'x' }))}\n\n`;

let monitoring: TestMonitoring;
/** Sends one event to whoever calls, and then nothing. */
let upstream: Server;
let loopback: LoopbackServer;
/** What the calls to the upstream are answered with, newest last. */
let answers: ServerResponse[];
beforeAll(async () => {
  upstream = createServer((req, res) => {
    req.resume();
    answers.push(res);
    res.writeHead(200, { 'content-type': 'text/event-stream' });
    res.write(EVENT);
  });
  loopback = await listenOnLoopback(upstream);
});
beforeEach(async () => {
  answers = [];
  monitoring = await startTestMonitoring();
});
afterEach(() => monitoring.shutdown());
afterAll(() => loopback.close());

/** A fetch that is made to the upstream. */
const fetchUpstream = instrumentFetch((_url, init) => fetch(loopback.origin, init));
const ask = (): Promise<Response> => fetchUpstream('https://api.openai.com/v1/chat/completions', CALL);

async function askNode(): Promise<IncomingMessage> {
  const [answer] = (await once(get(loopback.origin), 'response')) as [IncomingMessage];
  return answer;
}

const bodyOf = ({ body }: Response): Body => body as unknown as Body;

/** Every way to hand an answer on, within the operation or by what it returns. */
const WAYS: Readonly<Record<string, (res: ServerResponse) => unknown>> = {
  'pipeline() of a Node stream': (res) =>
    observeOperation({}, async () => pipeline(Readable.fromWeb(bodyOf(await ask())), res)),
  'pipeline() of the body': (res) => observeOperation({}, async () => pipeline(bodyOf(await ask()), res)),
  'pipeline() through a transform': (res) =>
    observeOperation({}, async () => pipeline(Readable.fromWeb(bodyOf(await ask())), new PassThrough(), res)),
  'pipeline() through a generator': (res) =>
    observeOperation({}, async () => {
      const body = bodyOf(await ask());
      await pipeline(async function* () {
        for await (const chunk of body) yield chunk;
      }, res);
    }),
  'pipeTo() of the body': (res) =>
    observeOperation({}, async () => bodyOf(await ask()).pipeTo(Writable.toWeb(res) as never)),
  'pipeThrough() and pipeTo()': (res) =>
    observeOperation({}, async () =>
      bodyOf(await ask())
        .pipeThrough(new TransformStream() as never)
        .pipeTo(Writable.toWeb(res) as never),
    ),
  'for await, where each write is waited for': (res) =>
    observeOperation({}, async () => {
      const closed = once(res, 'close').then(() => Promise.reject(res.errored ?? prematureClose()));
      closed.catch(() => undefined);
      const reader = bodyOf(await ask()).getReader();
      try {
        for (;;) {
          const { done, value } = await Promise.race([reader.read(), closed]);
          if (done) break;
          res.write(value);
        }
      } finally {
        await reader.cancel().catch(() => undefined);
      }
      res.end();
    }),
  'for await, where the caller aborts the call': (res) =>
    observeOperation({}, async () => {
      const controller = new AbortController();
      res.once('close', () => controller.abort());
      const answer = await fetchUpstream('https://api.openai.com/v1/chat/completions', {
        ...CALL,
        signal: controller.signal,
      });
      for await (const chunk of bodyOf(answer)) res.write(chunk);
      res.end();
    }),
  'a response that the operation returns': async (res) => {
    const answer = await observeOperation({}, () => ask());
    await pipeline(Readable.fromWeb(bodyOf(answer)), res);
  },
  'a response that the operation returns, by pipeTo()': async (res) => {
    const answer = await observeOperation({}, () => ask());
    await bodyOf(answer).pipeTo(Writable.toWeb(res) as never);
  },
  'a Node stream that the operation returns': async (res) => {
    const stream = await observeOperation({}, async () => Readable.fromWeb(bodyOf(await ask())));
    await pipeline(stream, res);
  },
  'a response that an observed request returns': (res) =>
    observeOperation({}, async () => {
      const answer = await observeRequest(GPT, () => fetch(loopback.origin, CALL));
      await pipeline(Readable.fromWeb(bodyOf(answer)), res);
    }),
  'a Node stream that an observed request returns': (res) =>
    observeOperation({}, async () => pipeline(await observeRequest(GPT, askNode), res)),
  'a Node stream that an observed request returns, through a generator': (res) =>
    observeOperation({}, async () => {
      const answer = await observeRequest(GPT, askNode);
      await pipeline(
        answer,
        async function* (source) {
          for await (const chunk of source) yield chunk;
        },
        res,
      );
    }),
};

function prematureClose(): Error {
  return Object.assign(new Error('Premature close'), { code: 'ERR_STREAM_PREMATURE_CLOSE' });
}

/** Serves one caller by a gateway, has something happen once the caller has the first event, and waits for the end. */
async function serveOnce(
  serve: Serve,
  happen: (caller: ReturnType<typeof get>, answer: ServerResponse) => void,
): Promise<void> {
  let served: Promise<unknown> = Promise.resolve();
  const gateway = createServer((req, res) => {
    req.resume();
    served = (async () => serve(res))();
    served.catch(() => res.destroy());
    // Node asks a generator for one more chunk before it lets go of it.
    res.once('close', () => {
      for (const answer of answers) if (!answer.destroyed) answer.write(EVENT);
    });
  });
  const { origin, close } = await listenOnLoopback(gateway);
  const caller = get(origin);
  caller.on('error', () => undefined);
  const [response] = (await once(caller, 'response')) as [IncomingMessage];
  response.on('error', () => undefined);
  await once(response, 'data');
  const [answer] = answers;
  if (answer === undefined) throw new Error('The upstream was not called.');
  happen(caller, answer);
  await served.catch(() => undefined);
  await close();
}

async function blamed(): Promise<readonly unknown[]> {
  const names = ['llm_edge_requests_total', 'llm_edge_operations_total'] as const;
  const all = await Promise.all(names.map((name) => monitoring.series(name)));
  return all.map((series) =>
    series.filter(({ value }) => value !== 0).map(({ labels }) => labels['error_type'] ?? labels['status']),
  );
}

/** What is told by a later turn of the event loop is waited for. */
async function blamedAtLast(): Promise<readonly unknown[]> {
  let both = await blamed();
  while (both.some((outcomes) => Array.isArray(outcomes) && outcomes.length === 0)) {
    await new Promise(setImmediate);
    both = await blamed();
  }
  return both;
}

describe.each(Object.entries(WAYS))('an answer that is handed on by %s', (_way, serve) => {
  it('blames a caller that leaves in request and operation', async () => {
    await serveOnce(serve, (caller) => caller.destroy());
    expect(await blamedAtLast()).toEqual([['client_cancelled'], ['client_cancelled']]);
  });

  it('blames an upstream that breaks in request and operation', async () => {
    await serveOnce(serve, (_caller, answer) => answer.destroy());
    expect(await blamedAtLast()).toEqual([['stream_interrupted'], ['stream_interrupted']]);
  });
});

describe('an answer that was read whole', () => {
  it('blames a caller that leaves before all is written in the operation alone', async () => {
    const serve: Serve = (res) =>
      observeOperation({}, async () => {
        const text = await (await ask()).text();
        res.write(text);
        await once(res, 'close');
        throw prematureClose();
      });
    const whole = `${EVENT}data: ${JSON.stringify(chatChunk({}, 'stop'))}\n\ndata: [DONE]\n\n`;
    upstream.once('request', (_req, res: ServerResponse) => res.end(whole));
    await serveOnce(serve, (caller) => caller.destroy());
    expect(await blamedAtLast()).toEqual([['success'], ['client_cancelled']]);
  });
});

describe('an operation that fails of its own', () => {
  it('is not excused by a request that it left', async () => {
    const serve = observeOperation({}, async () => {
      for await (const _chunk of bodyOf(await ask())) JSON.parse('{');
    });
    await expect(serve).rejects.toThrow(SyntaxError);
    expect(await blamedAtLast()).toEqual([['client_cancelled'], ['unknown']]);
  });
});
