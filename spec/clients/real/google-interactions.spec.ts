import { GoogleGenAI } from '@google/genai';
import fc from 'fast-check';
import { instrumentFetch } from '../../../lib/fetch.js';
import {
  type FetchHarness,
  type Recorded,
  type RequestRecord,
  recordedOnce,
  startFetchHarness,
} from '../../support/fetch-harness.js';
import {
  INTERACTION_CALL_FRAMES,
  INTERACTION_COUNTS,
  INTERACTION_ERROR_FRAMES,
  INTERACTION_FRAMES,
  interaction,
} from '../../support/providers/google-interactions.js';
import { events, json } from '../../support/providers/loopback.js';
import { arbitraryCuts, everyByte, piecesOf } from '../../support/split-bytes.js';

const REQUEST: RequestRecord = {
  provider: 'google',
  model: 'gemini-3.5-flash',
  outcome: 'success',
  operation: 'generate_content',
  streamed: false,
  answeredBy: 'gemini-3.5-flash',
  finishReasons: ['completed'],
};
const ONE: Recorded = recordedOnce(REQUEST, INTERACTION_COUNTS);
const STREAMED: Recorded = { ...ONE, requests: [{ ...REQUEST, streamed: true }], firstTokens: 1 };
/** An interaction that another process made. */
const OTHER = { id: 'v1_other' };
const PROMPT = { model: 'gemini-3.5-flash', input: 'Hi' };

function withOutcome(recorded: Recorded, changes: Partial<RequestRecord>, usage: object[] = []): Recorded {
  return { ...recorded, requests: recorded.requests.map((one) => ({ ...one, ...changes })), usage };
}

let harness: FetchHarness;
let client: GoogleGenAI;
let plain: GoogleGenAI;
beforeAll(async () => {
  harness = await startFetchHarness();
  const clientOf = (fetch: typeof globalThis.fetch): GoogleGenAI =>
    new GoogleGenAI({ apiKey: 'key', httpOptions: { fetch, retryOptions: { attempts: 1 } } });
  client = clientOf(harness.fetch);
  plain = clientOf(harness.loopback.fetch);
});
afterEach(() => harness.reset());
afterAll(() => harness.close());

/** What a client gets of a streamed interaction, up to its end or its error. */
async function streamOf({ interactions }: GoogleGenAI): Promise<readonly unknown[]> {
  const seen: unknown[] = [];
  try {
    for await (const event of await interactions.create({ ...PROMPT, stream: true })) seen.push(event);
  } catch (error) {
    seen.push(String(error));
  }
  return seen;
}

describe('interactions of the Google client', () => {
  it('are recorded, and the client gets what it gets without', async () => {
    harness.loopback.reply(json(interaction('completed')));
    const bare = await plain.interactions.create(PROMPT);
    const observed = await client.interactions.create(PROMPT);
    expect(JSON.stringify(observed)).toBe(JSON.stringify(bare));
    expect(observed.output_text).toBe('Grüß dich 😀');
    expect(harness.recorded()).toEqual(ONE);
  });

  it.each([
    ['text', INTERACTION_FRAMES, 'completed'],
    ['a call', INTERACTION_CALL_FRAMES, 'requires_action'],
  ])('stream %s', async (_title, frames, reason) => {
    harness.loopback.reply(events(frames));
    const bare = await streamOf(plain);
    expect(await streamOf(client)).toEqual(bare);
    expect(bare).toHaveLength(frames.length - 1);
    expect(harness.recorded()).toEqual(
      withOutcome(STREAMED, { finishReasons: [reason] }, [INTERACTION_COUNTS]),
    );
  });

  it('are counted for the agent where there is no model', async () => {
    harness.loopback.reply(json(interaction('completed', { model: undefined, agent: 'deep-research' })));
    await client.interactions.create({ agent: 'deep-research', input: 'Hi' });
    expect(harness.recorded()).toEqual(
      withOutcome(ONE, { model: 'deep-research', answeredBy: undefined }, [INTERACTION_COUNTS]),
    );
  });

  it('count searches, which are billed beside the tokens', async () => {
    const usage = {
      total_input_tokens: 8,
      total_output_tokens: 2,
      grounding_tool_count: [
        { type: 'google_search', count: 3 },
        { type: 'retrieval', count: 1 },
      ],
    };
    harness.loopback.reply(json(interaction('completed', { usage })));
    await client.interactions.create(PROMPT);
    expect(harness.recorded().usage).toEqual([{ inputTokens: 8, outputTokens: 2, webSearches: 3 }]);
  });

  it.each([
    ['failed', { errors: [{ code: 'too_many_requests', message: 'x' }] }, 'rate_limited'],
    ['failed', {}, 'api_error'],
    ['cancelled', {}, 'client_cancelled'],
  ])('that are %s are failures', async (status, members, outcome) => {
    harness.loopback.reply(json(interaction(status, members)));
    await client.interactions.create(PROMPT);
    expect(harness.recorded()).toEqual(
      withOutcome(ONE, { outcome, finishReasons: undefined }, [INTERACTION_COUNTS]),
    );
  });

  it('say that usage is missing of a stream that is cut off, and not in the background', async () => {
    harness.loopback.reply(events(INTERACTION_FRAMES.slice(0, 4), { ending: 'break' }));
    await streamOf(client);
    expect(harness.recorder.callsOf('usageMissing').map(([, , , reason]) => reason)).toEqual(['cut_off']);
  });

  it('say so when the usage is missing', async () => {
    harness.loopback.reply(json(interaction('completed', { usage: undefined })));
    await client.interactions.create(PROMPT);
    expect(harness.recorded()).toEqual({ ...ONE, usage: [], usageMissing: 1 });
  });

  it.each([
    ['too_many_requests', 429, 'rate_limited'],
    ['prohibited_content', 400, 'content_filter'],
  ])('fail with the error of an answer: %s', async (code, status, outcome) => {
    harness.loopback.reply(json({ error: { code, message: 'x' } }, status));
    await expect(
      client.interactions.create(PROMPT, { retries: { strategy: 'none' } } as never),
    ).rejects.toThrow();
    expect(harness.recorded().requests[0]).toEqual({
      ...REQUEST,
      outcome,
      answeredBy: undefined,
      finishReasons: undefined,
    });
  });

  it('fail with an error in a stream', async () => {
    harness.loopback.reply(events(INTERACTION_ERROR_FRAMES));
    const bare = await streamOf(plain);
    expect(await streamOf(client)).toEqual(bare);
    expect(harness.recorded()).toEqual(
      withOutcome(STREAMED, { outcome: 'rate_limited', finishReasons: undefined }),
    );
  });

  it('break off with the connection, and keep the usage so far', async () => {
    harness.loopback.reply(events(INTERACTION_FRAMES.slice(0, 8), { ending: 'break' }));
    await streamOf(client);
    expect(harness.recorded()).toEqual(
      withOutcome(STREAMED, { outcome: 'stream_interrupted', finishReasons: undefined }, [
        { inputTokens: 2_000, outputTokens: 9 },
      ]),
    );
  });

  it('in the background are counted once, when they are read complete, and only by the process that made them', async () => {
    const id = 'v1_background';
    const read = async (status: string, members: object): Promise<void> => {
      harness.loopback.reply(json(interaction(status, members)));
      await client.interactions.get(members === OTHER ? OTHER.id : id);
    };
    harness.loopback.reply(json(interaction('in_progress', { id, usage: undefined })));
    await client.interactions.create({ ...PROMPT, background: true });
    const made = withOutcome(ONE, { finishReasons: undefined });
    expect(harness.recorded()).toEqual(made);
    await read('in_progress', { id, usage: undefined });
    await read('completed', OTHER);
    expect(harness.recorded()).toEqual(made);
    await read('completed', { id });
    await read('completed', { id });
    expect(harness.recorded()).toEqual({ ...made, usage: [INTERACTION_COUNTS] });
  });

  it('are left by an abort', async () => {
    harness.loopback.reply(events(INTERACTION_FRAMES.slice(0, 7), { ending: 'hang' }));
    const controller = new AbortController();
    const stream = await client.interactions.create(
      { ...PROMPT, stream: true },
      { signal: controller.signal },
    );
    await expect(
      (async () => {
        for await (const event of stream) if (JSON.stringify(event).includes('Grüß')) controller.abort();
      })(),
    ).rejects.toThrow();
    expect(harness.recorded()).toEqual(
      withOutcome(STREAMED, { outcome: 'client_cancelled', finishReasons: undefined }),
    );
  });

  it('are read the same wherever their bytes are cut', async () => {
    const bytes = new TextEncoder().encode(INTERACTION_FRAMES.map((frame) => `${frame}\r\n\r\n`).join(''));
    const recordedWith = async (cuts: readonly number[]): Promise<Recorded> => {
      harness.reset();
      const fetch = instrumentFetch(
        async () =>
          new Response(ReadableStream.from(piecesOf(bytes, cuts)) as never, {
            headers: { 'content-type': 'text/event-stream' },
          }),
      );
      const url = 'https://generativelanguage.googleapis.com/v1beta/interactions';
      const response = await fetch(url, {
        method: 'POST',
        body: JSON.stringify({ ...PROMPT, stream: true }),
      });
      await response.arrayBuffer();
      return harness.recorded();
    };
    expect(await recordedWith(everyByte(bytes))).toEqual(STREAMED);
    await fc.assert(
      fc.asyncProperty(arbitraryCuts, async (cuts) => {
        expect(await recordedWith(cuts)).toEqual(STREAMED);
      }),
      { numRuns: 50 },
    );
  });
});
