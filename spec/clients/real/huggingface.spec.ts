import { InferenceClient } from '@huggingface/inference';
import { type FetchHarness, startFetchHarness } from '../../support/fetch-harness.js';
import { dataFrames, events, json } from '../../support/providers/loopback.js';
import { CHAT_COUNTS, CHAT_FRAMES, chatAnswer } from '../../support/providers/openai.js';

let harness: FetchHarness;
let fetch: typeof globalThis.fetch;
beforeAll(async () => {
  harness = await startFetchHarness();
  fetch = harness.fetch;
});
afterEach(() => harness.reset());
afterAll(() => harness.close());

const client = () => new InferenceClient('hf_key', { fetch });
const SERVER = 'https://x.eu.endpoints.huggingface.cloud';

function recorded() {
  const { requests, usage, usageMissing, firstTokens } = harness.recorded();
  return {
    requests: requests.map(({ model, operation, outcome }) => `${operation} ${model} ${outcome}`),
    usage,
    usageMissing,
    firstTokens,
  };
}
const NONE = { usage: [], usageMissing: 0, firstTokens: 0 };

describe('the client of Hugging Face', () => {
  const chat = { model: 'openai/gpt-oss-120b', messages: [{ role: 'user', content: 'Hi' }] };
  const endpointUrl = 'https://router.huggingface.co/v1/chat/completions';

  it('gets a chat of the router', async () => {
    harness.loopback.reply(json(chatAnswer()));
    const answer = await client().chatCompletion({ ...chat, endpointUrl });
    expect(answer).toEqual(chatAnswer());
    expect(recorded()).toEqual({
      ...NONE,
      requests: ['chat openai/gpt-oss-120b success'],
      usage: [CHAT_COUNTS],
    });
  });

  it('gets a streamed chat of the router', async () => {
    harness.loopback.reply(events(CHAT_FRAMES));
    let chunks = 0;
    for await (const _chunk of client().chatCompletionStream({ ...chat, endpointUrl })) chunks += 1;
    expect(chunks).toBe(7);
    expect(recorded()).toMatchObject({ usage: [CHAT_COUNTS], firstTokens: 1 });
  });

  it.each([
    ['is refused', json({ error: 'slow down' }, 429), 'rate_limited'],
    ['has an error', events(dataFrames([{ error: { message: 'x', type: 'overloaded' } }])), 'overloaded'],
    ['breaks off', events(CHAT_FRAMES.slice(0, 3), { ending: 'break' }), 'stream_interrupted'],
    ['is aborted', events(CHAT_FRAMES.slice(0, 3), { ending: 'hang' }), 'client_cancelled'],
  ])('has the outcome of a stream that %s', async (_title, reply, outcome) => {
    harness.loopback.reply(reply);
    const controller = new AbortController();
    const { signal } = controller;
    const read = async (): Promise<void> => {
      for await (const _chunk of client().chatCompletionStream({ ...chat, endpointUrl }, { signal }))
        if (outcome === 'client_cancelled') controller.abort();
    };
    await expect(read()).rejects.toThrow();
    expect(recorded()).toMatchObject({ requests: [`chat ${chat.model} ${outcome}`], usage: [] });
  });

  it('gets embeddings, billed by the time of computing', async () => {
    harness.loopback.reply(json([[0.1, 0.2]], 200, { 'x-compute-time': '0.25' }));
    const url = 'https://router.huggingface.co/hf-inference/models/BAAI/bge-m3/pipeline/feature-extraction';
    const result = await client().featureExtraction({ endpointUrl: url, inputs: 'Hi' });
    expect(result).toEqual([[0.1, 0.2]]);
    expect(recorded()).toEqual({
      ...NONE,
      requests: ['embeddings BAAI/bge-m3 success'],
      usage: [{ computeSeconds: 0.25 }],
    });
  });

  it('gets generated text, with the usage of a completion', async () => {
    const usage = { prompt_tokens: 12, completion_tokens: 34, total_tokens: 46 };
    harness.loopback.reply(json({ choices: [{ text: 'Hi', finish_reason: 'stop' }], usage }));
    const answer = await client().textGeneration({ endpointUrl: SERVER, model: 'm', inputs: 'Hi' });
    expect(answer).toEqual({ generated_text: 'Hi' });
    expect(recorded()).toEqual({
      ...NONE,
      requests: ['text_completion m success'],
      usage: [{ inputTokens: 12, outputTokens: 34 }],
    });
  });
});

describe('a server of generated text', () => {
  /** The client asks for completions; others use the API of the server. */
  const generate = async (path = '/generate') => {
    const body = JSON.stringify({ inputs: 'Hi', parameters: { details: true } });
    const headers = { 'content-type': 'application/json' };
    return (await fetch(`${SERVER}${path}`, { method: 'POST', headers, body })).text();
  };

  it('is counted by its headers', async () => {
    const headers = { 'x-prompt-tokens': '12', 'x-generated-tokens': '34', 'x-compute-time': '0.5' };
    harness.loopback.reply(json({ generated_text: 'Hi' }, 200, headers));
    expect(await generate()).toBe('{"generated_text":"Hi"}');
    expect(recorded()).toEqual({
      ...NONE,
      requests: ['text_completion unknown success'],
      usage: [{ inputTokens: 12, outputTokens: 34 }],
    });
  });

  it('is counted by its details', async () => {
    const prefill = [1, 2, 3].map((id) => ({ id, text: 'x', logprob: -1 }));
    const details = { finish_reason: 'length', generated_tokens: 34, prefill, tokens: [] };
    harness.loopback.reply(json({ generated_text: 'Hi', details }));
    await generate();
    expect(recorded()).toMatchObject({ usage: [{ inputTokens: 3, outputTokens: 34 }] });
  });

  it('is counted by the details at the end of a stream', async () => {
    const token = (text: string) => ({ id: 1, text, logprob: -1, special: false });
    const details = { finish_reason: 'eos_token', generated_tokens: 2, input_length: 5, seed: null };
    const frames = dataFrames([
      { index: 1, token: token('H'), generated_text: null, details: null },
      { index: 2, token: token('i'), generated_text: 'Hi', details },
    ]);
    harness.loopback.reply(events(frames));
    expect(await generate('/generate_stream')).toBe(`${frames.join('\n\n')}\n\n`);
    expect(recorded()).toEqual({
      requests: ['text_completion unknown success'],
      usage: [{ inputTokens: 5, outputTokens: 2 }],
      usageMissing: 0,
      firstTokens: 1,
    });
  });

  it('lacks its usage where it does not say what it used', async () => {
    harness.loopback.reply(json({ generated_text: 'Hi' }));
    await generate();
    expect(recorded()).toMatchObject({ usage: [], usageMissing: 1 });
  });
});
