import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { instrumentFetch } from '../../lib/fetch.js';
import type { OperationHandle } from '../../lib/index.js';
import { startTestMonitoring, type TestMonitoring } from '../../lib/testing.js';
import { listenOnLoopback } from './listen-on-loopback.js';
import { type ModelServer, startModelServer } from './model-server.js';

/** What an app does for its callers, without the framework. */
export interface AppWork {
  /** Calls the model and returns its answer. */
  answer(body: unknown): Promise<unknown>;
  /** Calls a model that fails, then another one. */
  failOver(): Promise<unknown>;
  /** Yields one event at once and one after `release`. */
  events(): AsyncGenerator<string>;
  /** Yields one event, then fails. */
  broken(): AsyncGenerator<string>;
  readonly error: Error;
  /** The operation of the last call, where the app sets it. */
  operation: OperationHandle | undefined;
}

/**
 * An app with the routes `POST /chat`, `POST /failover`, `GET /stream`, `/broken`, `/throw`, `/reject`, `/wait`, `/health`
 * and `/items/:id`, of which `/health` is ignored.
 */
export interface StartedApp {
  readonly origin: string;
  close(): Promise<void>;
}

export type StartApp = (work: AppWork) => Promise<StartedApp>;

export interface AppHarness {
  readonly test: TestMonitoring;
  readonly work: AppWork;
  readonly origin: string;
  /** Lets all streams go on. */
  release(): void;
  /** Waits until so many operations are recorded, and returns their outcomes. */
  outcomes(count: number): Promise<readonly string[]>;
  /** The spans of operations. */
  operations(): Promise<readonly ReadableSpan[]>;
  spans(): Promise<readonly ReadableSpan[]>;
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<unknown>;
  /** Reads the first chunk of an answer, or waits until the server has the call, and leaves. */
  leave(path: string): Promise<void>;
  close(): Promise<void>;
}

const CHAT = JSON.stringify({
  id: 'x',
  model: 'm',
  choices: [{ index: 0, message: { role: 'assistant', content: 'hi' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
});

/** Monitoring in memory, two model servers, and an app of a real framework on the loopback interface. */
export async function startAppHarness(startApp: StartApp): Promise<AppHarness> {
  const test = await startTestMonitoring();
  const good = await startModelServer((_call, response) =>
    response.writeHead(200, { 'content-type': 'application/json' }).end(CHAT),
  );
  const bad = await startModelServer((_call, response) => response.writeHead(503).end());
  let release: () => void = () => undefined;
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const work = createWork(good, bad, released);
  const app = await startApp(work);
  const operations = async () => (await test.spans()).filter(({ attributes }) => REQUEST_COUNT in attributes);
  return {
    test,
    work,
    origin: app.origin,
    release,
    operations,
    spans: () => test.spans(),
    async outcomes(count) {
      for (;;) {
        const series = await test.series('llm_edge_operations_total');
        const outcomes = series.flatMap(({ labels, value }) =>
          Array<string>(Number(value)).fill(String(labels['error_type'] ?? labels['status'])),
        );
        if (outcomes.length >= count) return outcomes;
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
    async post(path, body, headers = {}) {
      const answer = await fetch(`${app.origin}${path}`, {
        method: 'POST',
        body: JSON.stringify(body),
        headers: { 'content-type': 'application/json', ...headers },
      });
      return answer.json();
    },
    leave: (path) =>
      new Promise((resolve) => {
        const call = request(`${app.origin}${path}`, { agent: false });
        call.on('error', () => undefined).on('close', () => resolve());
        call.on('response', (answer) => {
          answer.on('error', () => undefined).once('data', () => call.destroy());
        });
        if (path === '/wait') waiting = () => call.destroy();
        call.end();
      }),
    async close() {
      release();
      await app.close();
      await Promise.all([good.close(), bad.close()]);
      await test.shutdown();
    },
  };
}

const REQUEST_COUNT = 'llm_edge.request_count';

/** Makes the client of `/wait` leave. */
let waiting: () => void = () => undefined;

/** Called by `/wait`, which never answers. */
export function onWaiting(): void {
  waiting();
}

function createWork(good: ModelServer, bad: ModelServer, released: Promise<void>): AppWork {
  const call = instrumentFetch(globalThis.fetch, {
    hosts: { [good.host]: { provider: 'good' }, [bad.host]: { provider: 'bad' } },
  });
  const ask = async (server: ModelServer, model: string) => {
    const body = JSON.stringify({ model, messages: [] });
    const answer = await call(server.url, { method: 'POST', body });
    return { status: answer.status, body: await answer.text() };
  };
  return {
    operation: undefined,
    error: Object.assign(new Error('budget'), { code: 'budget_exceeded' }),
    async answer(body) {
      const { id } = body as { readonly id: string };
      await ask(good, id);
      return { id };
    },
    async failOver() {
      const first = await ask(bad, 'm');
      const second = await ask(good, 'm');
      return { statuses: [first.status, second.status] };
    },
    async *events() {
      yield 'data: 1\n\n';
      await released;
      yield 'data: 2\n\n';
    },
    async *broken() {
      yield 'data: 1\n\n';
      throw new TypeError('broken');
    },
  };
}

/** Serves a handler of `node:http`, as frameworks give it. */
export async function listen(
  handler: (request: IncomingMessage, response: ServerResponse) => unknown,
): Promise<StartedApp> {
  const { origin, close } = await listenOnLoopback(createServer((req, res) => void handler(req, res)));
  return { origin, close };
}
