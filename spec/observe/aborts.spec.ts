import Anthropic from '@anthropic-ai/sdk';
import { GoogleGenAI } from '@google/genai';
import { CohereClientV2 } from 'cohere-ai';
import Groq from 'groq-sdk';
import OpenAI from 'openai';
import { instrumentFetch } from '../../lib/fetch.js';
import { startTestMonitoring, type TestMonitoring } from '../../lib/testing.js';
import { dataFrames, events, type Loopback, startLoopback } from '../support/providers/loopback.js';
import { chatChunk } from '../support/providers/openai.js';
import { runScript } from '../support/run-script.js';

type Fetch = typeof globalThis.fetch;
interface Limits {
  readonly fetch: Fetch;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

const LONG_MS = 5_000;
const messages = [{ role: 'user' as const, content: 'Hi' }];

let monitoring: TestMonitoring;
let loopback: Loopback;
beforeAll(async () => {
  loopback = await startLoopback();
});
beforeEach(async () => {
  jest.spyOn(globalThis, 'setTimeout');
  monitoring = await startTestMonitoring();
});
afterEach(async () => {
  await monitoring.shutdown();
  // Cohere's client leaves its time limit running after a call that failed.
  for (const { value } of jest.mocked(setTimeout).mock.results) clearTimeout(value);
});
afterAll(() => loopback.close());

async function outcomes(): Promise<readonly unknown[]> {
  const series = await monitoring.series('llm_edge_requests_total');
  return series.map(({ labels }) => labels['error_type'] ?? labels['status']);
}

/** A fetch that is answered by nobody. `onCall` is told of each call, while it is in flight. */
function silence(onCall: () => void = () => undefined): Fetch {
  return instrumentFetch((_input, init) => {
    const { signal } = init ?? {};
    return new Promise((_resolve, reject) => {
      const stop = (): void => reject(signal?.reason);
      if (signal?.aborted) stop();
      signal?.addEventListener('abort', stop);
      onCall();
    });
  });
}

/** Gives a call up from a timer, as one does who has the answer of a faster provider. */
function hedge(): { readonly signal: AbortSignal; readonly giveUp: () => void } {
  const controller = new AbortController();
  return { signal: controller.signal, giveUp: () => void setTimeout(() => controller.abort(), 1) };
}

const CLIENTS: Readonly<Record<string, (limits: Limits) => PromiseLike<unknown>>> = {
  OpenAI: ({ fetch, timeoutMs, signal }) =>
    new OpenAI({ apiKey: 'key', fetch, maxRetries: 0, timeout: timeoutMs }).chat.completions.create(
      { model: 'm', messages },
      { signal },
    ),
  Anthropic: ({ fetch, timeoutMs, signal }) =>
    new Anthropic({ apiKey: 'key', fetch, maxRetries: 0, timeout: timeoutMs }).messages.create(
      { model: 'm', max_tokens: 1, messages },
      { signal: signal ?? null },
    ),
  Groq: ({ fetch, timeoutMs, signal }) =>
    new Groq({ apiKey: 'key', fetch, maxRetries: 0, timeout: timeoutMs }).chat.completions.create(
      { model: 'm', messages },
      { signal },
    ),
  Google: ({ fetch, timeoutMs, signal }) =>
    new GoogleGenAI({
      apiKey: 'key',
      httpOptions: { fetch, timeout: timeoutMs, retryOptions: { attempts: 1 } },
    }).models.generateContent({
      model: 'm',
      contents: 'Hi',
      ...(signal !== undefined && { config: { abortSignal: signal } }),
    }),
  Cohere: ({ fetch, timeoutMs, signal }) =>
    new CohereClientV2({ token: 'key', fetch, maxRetries: 0 }).chat(
      { model: 'm', messages },
      { timeoutInSeconds: timeoutMs / 1_000, ...(signal !== undefined && { abortSignal: signal }) },
    ),
  fetch: ({ fetch, timeoutMs, signal }) =>
    fetch('https://api.openai.com/v1/chat/completions', {
      method: 'POST',
      body: JSON.stringify({ model: 'm', messages }),
      signal: signal ?? AbortSignal.timeout(timeoutMs),
    }),
};

describe.each(Object.entries(CLIENTS))('a call of %s', (_name, call) => {
  it('that takes longer than it may is a timeout', async () => {
    await expect(call({ fetch: silence(), timeoutMs: 5 })).rejects.toThrow(
      /abort|tim(?:e|ed) ?out|connection error/i,
    );
    expect(await outcomes()).toEqual(['timeout']);
  });

  it('that takes longer than it may is a timeout by the fetch of the runtime, too', async () => {
    loopback.reply({ ending: 'silent' });
    await expect(call({ fetch: instrumentFetch(loopback.fetch), timeoutMs: 50 })).rejects.toThrow(
      /abort|tim(?:e|ed) ?out|connection error/i,
    );
    expect(await outcomes()).toEqual(['timeout']);
  });

  it('that is given up within a timer was cancelled by the fetch of the runtime, too', async () => {
    loopback.reply({ ending: 'silent' });
    const { signal, giveUp } = hedge();
    const given = call({ fetch: instrumentFetch(loopback.fetch), timeoutMs: LONG_MS, signal });
    giveUp();
    await expect(given).rejects.toThrow(/abort|tim(?:e|ed) ?out|connection error/i);
    expect(await outcomes()).toEqual(['client_cancelled']);
  });

  it('that is given up within a timer was cancelled', async () => {
    const { signal, giveUp } = hedge();
    await expect(call({ fetch: silence(giveUp), timeoutMs: LONG_MS, signal })).rejects.toThrow(
      /abort|tim(?:e|ed) ?out|connection error/i,
    );
    expect(await outcomes()).toEqual(['client_cancelled']);
  });

  it('that is given up within a timer, with a limit of less than a second, was cancelled', async () => {
    const { signal, giveUp } = hedge();
    await expect(call({ fetch: silence(giveUp), timeoutMs: 999, signal })).rejects.toThrow(
      /abort|tim(?:e|ed) ?out|connection error/i,
    );
    expect(await outcomes()).toEqual(['client_cancelled']);
  });
});

describe('a call with the headers of an SDK that is not made by one', () => {
  it.each([
    [{ 'X-Stainless-Lang': 'python', 'X-Stainless-Runtime-Version': '3.13.1', 'X-Stainless-Timeout': '0' }],
    [{ 'X-Stainless-Runtime-Version': process.version, 'X-Stainless-Timeout': '600' }],
    [{ 'X-Server-Timeout': '600' }],
  ])('was cancelled when it is given up within a timer: %j', async (headers) => {
    const { signal, giveUp } = hedge();
    const call = silence(giveUp)('https://api.openai.com/v1/chat/completions', {
      method: 'POST',
      body: JSON.stringify({ model: 'm', messages }),
      // A gateway hands its caller's headers on.
      headers,
      signal,
    });
    await expect(call).rejects.toMatchObject({ name: 'AbortError' });
    expect(await outcomes()).toEqual(['client_cancelled']);
  });
});

describe('a stream', () => {
  const STARTED = events(dataFrames([chatChunk({ content: 'x' })]), { ending: 'hang' });

  it('that its user stops within a timer was cancelled', async () => {
    loopback.reply(STARTED);
    const client = new OpenAI({
      apiKey: 'key',
      fetch: instrumentFetch(loopback.fetch),
      maxRetries: 0,
      timeout: 999,
    });
    const stream = await client.chat.completions.create({ model: 'm', messages, stream: true });
    for await (const _chunk of stream) setTimeout(() => stream.controller.abort(), 1);
    expect(await outcomes()).toEqual(['client_cancelled']);
  });

  it("that takes longer than Google's client may wait is a timeout", async () => {
    const frames = dataFrames([{ candidates: [{ content: { parts: [{ text: 'x' }] } }] }]);
    loopback.reply(events(frames, { ending: 'hang' }));
    const client = new GoogleGenAI({
      apiKey: 'key',
      httpOptions: {
        fetch: instrumentFetch(loopback.fetch),
        timeout: 200,
        retryOptions: { attempts: 1 },
      },
    });
    const read = async (): Promise<void> => {
      for await (const _piece of await client.models.generateContentStream({ model: 'm', contents: 'Hi' }));
    };
    await expect(read()).rejects.toThrow(/abort|tim(?:e|ed) ?out|connection error/i);
    expect(await outcomes()).toEqual(['timeout']);
  });
});

describe('without stacks', () => {
  const SCRIPT = `
    import OpenAI from 'openai';
    import { HTTPClient, Mistral } from '@mistralai/mistralai';
    import { instrumentFetch } from '#lib/fetch.ts';
    import { startTestMonitoring } from '#lib/testing.ts';
    Error.stackTraceLimit = 0;
    // Nothing else keeps the process alive while a call hangs.
    const alive = setInterval(() => {}, 60_000);
    const messages = [{ role: 'user', content: 'Hi' }];
    const monitoring = await startTestMonitoring();
    const silence = (onCall) => instrumentFetch((input, init) => {
      const { signal } = init?.signal ? init : input;
      return new Promise((_resolve, reject) => {
        const stop = () => reject(signal.reason);
        if (signal.aborted) stop();
        signal.addEventListener('abort', stop);
        onCall();
      });
    });
    const openai = (model, timeout, signal, onCall = () => {}) =>
      new OpenAI({ apiKey: 'key', fetch: silence(onCall), maxRetries: 0, timeout })
        .chat.completions.create({ model, messages }, { signal, timeout }).catch(() => {});
    const giveUp = new AbortController();
    await openai('limit', 1000);
    await openai('user', 30_000, giveUp.signal, () => setTimeout(() => giveUp.abort(), 1));
    await openai('short', 5);
    const httpClient = new HTTPClient({ fetcher: silence(() => {}) });
    await new Mistral({ apiKey: 'key', httpClient, timeoutMs: 5, retryConfig: { strategy: 'none' } })
      .chat.complete({ model: 'mistral', messages }).catch(() => {});
    const series = await monitoring.series('llm_edge_requests_total');
    console.log(JSON.stringify(series.map(({ labels }) => [labels.model, labels.error_type])));
    await monitoring.shutdown();
    clearInterval(alive);
  `;

  it('a limit of a second or more is told from a user, a shorter one is not', async () => {
    const { stdout, stderr } = await runScript(SCRIPT).end();
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual([
      ['limit', 'timeout'],
      ['user', 'client_cancelled'],
      ['short', 'client_cancelled'],
      // Mistral's client sends a Request, whose body nobody has read here.
      ['unknown', 'timeout'],
    ]);
  });
});
