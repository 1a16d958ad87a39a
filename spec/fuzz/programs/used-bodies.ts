import fc from 'fast-check';
import { instrumentFetch } from '../../../lib/fetch.js';
import { observeRequest } from '../../../lib/index.js';
import { startTestMonitoring } from '../../../lib/testing.js';
import { check, trying } from '../../support/fuzz-program.js';

/** A body in use: whoever uses it goes on with what the step before has left. */
interface Use {
  response: Response;
  body: ReadableStream<Uint8Array>;
  reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  readonly branches: ReadableStream<Uint8Array>[];
  /** The runtime cancels the body of a copy that has been collected. */
  readonly copies: Response[];
}

const HOST = 'fuzzed.test';
const PIECES = ['data: 1\n\n', 'data: 2\n\n', 'data: 3\n\n', 'data: 4\n\n', 'data: [DONE]\n\n'];
const HEADERS = { 'content-type': 'text/event-stream' };
const REQUEST = { provider: 'mine', model: 'm' };
const TURNS = 20;

function respond(type: 'bytes' | undefined): Response {
  const left = [...PIECES];
  const body = new ReadableStream({
    ...(type && { type }),
    pull(controller: ReadableByteStreamController) {
      const piece = left.shift();
      if (piece !== undefined) controller.enqueue(new Uint8Array(Buffer.from(piece)));
      else {
        controller.close();
        controller.byobRequest?.respond(0);
      }
    },
  } as never);
  return new Response(body, { headers: HEADERS });
}

const fetchIt = (type: 'bytes' | undefined): Promise<Response> =>
  instrumentFetch(async () => respond(type), { hosts: { [HOST]: { provider: 'mine' } } })(
    `http://${HOST}/v1/chat/completions`,
    { method: 'POST', body: '{"model":"m"}' },
  );

/** How an answer is observed. */
const OBSERVED = {
  'by a fetch': fetchIt,
  'by observeRequest': async (type: 'bytes' | undefined) =>
    observeRequest(REQUEST, async () => respond(type)),
  'by both': (type: 'bytes' | undefined) => observeRequest(REQUEST, () => fetchIt(type)),
};

const breaking = (breaksWith: number): WritableStream => {
  let written = 0;
  return new WritableStream({
    write() {
      written += 1;
      if (written === breaksWith) throw new Error('full');
    },
  });
};

async function readOne(chunks: AsyncIterable<Uint8Array>): Promise<string | undefined> {
  for await (const chunk of chunks) return textOf(chunk);
  return undefined;
}

async function readAll(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  let text = '';
  for await (const chunk of chunks) text += textOf(chunk);
  return text;
}

const textOf = (chunk: Uint8Array | undefined): string => Buffer.from(chunk ?? []).toString();

/** The body as Node.js has it. */
const chunksOf = ({ body }: Use, preventCancel = false): AsyncIterable<Uint8Array> =>
  (body as unknown as import('node:stream/web').ReadableStream<Uint8Array>).values({ preventCancel });

function goOnWith(use: Use, body: ReadableStream<Uint8Array>): void {
  use.body = body;
  use.reader = undefined;
}

const STEPS: Readonly<Record<string, (use: Use) => unknown>> = {
  'get a reader': (use) => {
    use.reader = use.body.getReader();
  },
  read: async ({ reader }) => {
    const { done, value } = (await reader?.read()) ?? {};
    return [done, textOf(value)];
  },
  'let go of the reader': ({ reader }) => reader?.releaseLock(),
  'cancel by the reader': ({ reader }) => reader?.cancel(),
  cancel: ({ body }) => body.cancel(),
  tee: (use) => {
    const [one, other] = use.body.tee();
    use.branches.push(other);
    goOnWith(use, one);
  },
  clone: (use) => {
    const copy = use.response.clone();
    use.copies.push(copy);
    use.branches.push(copy.body as ReadableStream<Uint8Array>);
    goOnWith(use, use.response.body as ReadableStream<Uint8Array>);
  },
  'wrap in another response': (use) => {
    use.copies.push(use.response);
    use.response = new Response(use.body, { headers: HEADERS });
    goOnWith(use, use.response.body as ReadableStream<Uint8Array>);
  },
  text: ({ response }) => response.text(),
  json: ({ response }) => response.json(),
  'iterate and leave': (use) => readOne(chunksOf(use)),
  'iterate and let go': (use) => readOne(chunksOf(use, true)),
  'iterate to the end': (use) => readAll(chunksOf(use)),
  pipe: ({ body }) => body.pipeTo(breaking(Number.POSITIVE_INFINITY)),
  'pipe and break': ({ body }) => body.pipeTo(breaking(2)),
  'pipe, break and let go': ({ body }) => body.pipeTo(breaking(2), { preventCancel: true }),
  'pipe, abort and let go': ({ body }) => {
    const controller = new AbortController();
    const sink = new WritableStream({
      write(chunk) {
        // Whether an abort or the end comes first is a tie where the last piece is written.
        if (textOf(chunk) !== PIECES.at(-1)) controller.abort(new Error('enough'));
      },
    });
    return body.pipeTo(sink, { preventCancel: true, signal: controller.signal });
  },
  'pipe through': (use) => goOnWith(use, use.body.pipeThrough(new TransformStream())),
  'pipe through nothing': ({ body }) => body.pipeThrough({} as never),
};

/** What comes of it within some turns of the event loop: of two branches, one may wait for the other for ever. */
async function outcome(work: () => unknown): Promise<unknown> {
  const turns = async (): Promise<string> => {
    for (let turn = 0; turn < TURNS; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    return 'it waits';
  };
  try {
    return await Promise.race([work(), turns()]);
  } catch (error) {
    const { name, message } = error as Error;
    return [name, message];
  }
}

/** All that can be seen of a response that is used so, and of what is left of it. */
async function see(response: Response, steps: readonly string[]): Promise<unknown> {
  const body = response.body as ReadableStream<Uint8Array>;
  const use: Use = { response, body, reader: undefined, branches: [], copies: [] };
  const seen: unknown[] = [];
  for (const step of steps) {
    seen.push(await outcome(() => STEPS[step]?.(use)));
    // A pipe takes a few turns to begin and to let go.
    await new Promise((resolve) => setImmediate(resolve));
    seen.push([use.body.locked, use.response.bodyUsed]);
  }
  await outcome(() => use.reader?.releaseLock());
  for (const rest of [...use.branches, use.body]) {
    seen.push(await outcome(() => readAll(rest as unknown as AsyncIterable<Uint8Array>)));
  }
  use.copies.length = 0;
  return seen;
}

const test = await startTestMonitoring();
await check(
  fc.asyncProperty(
    fc.constantFrom<'bytes' | undefined>('bytes', undefined),
    fc.constantFrom(...Object.keys(OBSERVED)),
    fc.array(fc.constantFrom(...Object.keys(STEPS)), { maxLength: 6 }),
    async (type, how, steps) => {
      trying(JSON.stringify([type, how, steps]));
      const expected = JSON.stringify(await see(respond(type), steps));
      const seen = JSON.stringify(await see(await OBSERVED[how as keyof typeof OBSERVED](type), steps));
      if (seen !== expected) throw new Error(`saw ${seen} where it is ${expected}`);
    },
  ),
);
await test.shutdown();
