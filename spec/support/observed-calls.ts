import { instrumentFetch } from '../../lib/fetch.js';
import { startTestMonitoring, type TestMonitoring } from '../../lib/testing.js';

/** A call to make: what is sent, and what comes back, in these pieces. */
export interface PlannedCall {
  readonly path?: string;
  /** The body, or pieces of it that are read as they come. */
  readonly request?: string | Uint8Array<ArrayBuffer> | readonly Uint8Array[];
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly response?: Iterable<Uint8Array>;
  /** Whether the caller throws away what it reads. */
  readonly isDiscarded?: boolean;
}

/** What was recorded of a call. */
export interface ObservedCall {
  readonly model: unknown;
  readonly streamed: unknown;
  readonly answeredBy: unknown;
  readonly inputTokens: unknown;
  readonly outputTokens: unknown;
  readonly costUsd: unknown;
  readonly finishReasons: unknown;
  readonly errorType: unknown;
  /** What the caller read, and what the server did. */
  readonly received: Uint8Array;
  readonly sent: Uint8Array;
}

/** Makes calls through an instrumented fetch and says what was recorded of each. */
export interface CallObserver {
  readonly test: TestMonitoring;
  observe(call: PlannedCall): Promise<ObservedCall>;
  close(): Promise<void>;
}

const HOST = 'fuzzed.test';
/** Spans are kept in memory until monitoring is started anew. */
const CALLS_MAX = 1_000;

/** Starts monitoring in memory. */
export async function startCallObserver(): Promise<CallObserver> {
  let test = await startTestMonitoring();
  let calls = 0;
  return {
    get test() {
      return test;
    },
    async observe(planned) {
      if (++calls % CALLS_MAX === 0) {
        await test.shutdown();
        test = await startTestMonitoring();
      }
      const bytes = await makeCall(planned);
      const span = (await test.spans()).at(-1);
      const attributes = plainIn(span?.attributes ?? {});
      return {
        model: attributes['gen_ai.request.model'],
        streamed: attributes['gen_ai.request.stream'],
        answeredBy: attributes['gen_ai.response.model'],
        inputTokens: attributes['gen_ai.usage.input_tokens'],
        outputTokens: attributes['gen_ai.usage.output_tokens'],
        costUsd: attributes['gen_ai.usage.cost'],
        finishReasons: attributes['gen_ai.response.finish_reasons'],
        errorType: attributes['error.type'],
        ...bytes,
      };
    },
    close: () => test.shutdown(),
  };
}

/** Half a surrogate pair reaches nobody as such, and there is one zero. */
function plainIn(attributes: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, plain(value)]));
}

function plain(value: unknown): unknown {
  if (typeof value === 'string') return Buffer.from(value).toString();
  if (typeof value === 'number') return value + 0;
  return Array.isArray(value) ? value.map(plain) : value;
}

async function makeCall(planned: PlannedCall): Promise<{ received: Uint8Array; sent: Uint8Array }> {
  const { path = '/v1/chat/completions', request = '{}', status = 200 } = planned;
  const { headers = {}, response = [], isDiscarded = false } = planned;
  let sent: Uint8Array = new Uint8Array();
  const fetch = instrumentFetch(
    async (input, init) => {
      // The server has the whole body before it answers.
      sent = new Uint8Array(await new Request(input, init).arrayBuffer());
      return new Response(streamOf(response), { status, headers });
    },
    { hosts: { [HOST]: { provider: 'fuzzed' } } },
  );
  const url = `http://${HOST}${path}`;
  const init = { method: 'POST', headers: { 'content-type': 'application/json' } };
  const answer =
    typeof request === 'string' || request instanceof Uint8Array
      ? await fetch(url, { ...init, body: request })
      : await fetch(new Request(url, { ...init, body: streamOf(request), duplex: 'half' }));
  const received: Uint8Array[] = [];
  for await (const piece of answer.body ?? []) if (!isDiscarded) received.push(piece);
  return { received: Buffer.concat(received), sent };
}

function streamOf(pieces: Iterable<Uint8Array>): ReadableStream<Uint8Array> {
  const left = pieces[Symbol.iterator]();
  return new ReadableStream({
    pull(controller) {
      const { done, value } = left.next();
      if (done === true) controller.close();
      else controller.enqueue(value);
    },
  });
}
