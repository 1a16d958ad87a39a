import OpenAI, { toFile } from 'openai';
import { type FetchHarness, startFetchHarness } from '../../support/fetch-harness.js';
import { events, json, namedFrames, type Reply } from '../../support/providers/loopback.js';

let harness: FetchHarness;
let client: OpenAI;
beforeAll(async () => {
  harness = await startFetchHarness();
  client = new OpenAI({ apiKey: 'key', fetch: harness.fetch, maxRetries: 0 });
});
afterEach(() => harness.reset());
afterAll(() => harness.close());

const IMAGE_USAGE = {
  total_tokens: 1_150,
  input_tokens: 94,
  output_tokens: 1_056,
  input_tokens_details: { text_tokens: 50, image_tokens: 44 },
};
const IMAGE_COUNTS = { inputTokens: 94, outputTokens: 1_056, inputImageTokens: 44 };
const png = () => toFile(Buffer.from('png'), 'a.png', { type: 'image/png' });
const wav = () => toFile(Buffer.from('wav'), 'a.wav', { type: 'audio/wav' });
const audio: Reply = { headers: { 'content-type': 'audio/mpeg' }, body: ['ID3', 'data'] };
const plain: Reply = { headers: { 'content-type': 'text/plain; charset=utf-8' }, body: 'Hi' };

/** What a call leaves behind: what was used, or that it is missing; and whether it was priced. */
function trace() {
  const { usage, usageMissing, requests } = harness.recorded();
  const { recorder } = harness;
  return {
    outcome: requests.map(({ operation, outcome }) => `${operation} ${outcome}`).join(),
    usage: usage[0],
    usageMissing,
    costUsd: recorder.callsOf('cost').map(([, , , usd]) => Number((usd as number).toFixed(9)))[0],
    unpriced: recorder.callsOf('unpriced').length,
  };
}

describe('the OpenAI client', () => {
  it.each<[string, Reply, () => Promise<unknown>, object]>([
    [
      'images by their number',
      json({ created: 1, data: [{ url: 'https://a' }, { url: 'https://b' }] }),
      () => client.images.generate({ model: 'dall-e-3', prompt: 'A cat', n: 2 }),
      { usage: { outputImages: 2 }, unpriced: 1 },
    ],
    [
      'images by their tokens',
      json({ created: 1, data: [{ b64_json: 'x'.repeat(200_000) }], usage: IMAGE_USAGE }),
      async () => client.images.edit({ model: 'gpt-image-1', prompt: 'A cat', image: await png() }),
      { usage: IMAGE_COUNTS, costUsd: 0.04293 },
    ],
    [
      'large images by their number',
      json({ created: 1, data: [{ b64_json: 'x'.repeat(200_000) }] }),
      async () => client.images.createVariation({ model: 'dall-e-2', image: await png() }),
      { usage: { outputImages: 1 }, unpriced: 1 },
    ],
    [
      'an answer without images as one that lacks its usage',
      json({ created: 1 }),
      () => client.images.generate({ model: 'dall-e-3', prompt: 'A cat' }),
      { usageMissing: 1 },
    ],
    [
      'speech by its characters',
      audio,
      async () => (await client.audio.speech.create({ model: 'tts-1', voice: 'ash', input: 'Hi 😀' })).text(),
      { usage: { inputCharacters: 4 }, costUsd: (4 * 15) / 1e6 },
    ],
    [
      'long speech by its characters',
      audio,
      async () => {
        const input = '"é😀"\n'.repeat(20_000);
        return (await client.audio.speech.create({ model: 'tts-1-hd', voice: 'ash', input })).text();
      },
      { usage: { inputCharacters: 100_000 }, costUsd: 3 },
    ],
    [
      'a transcription by its tokens',
      json({ text: 'Hi', usage: { type: 'tokens', input_tokens: 14, output_tokens: 45, total_tokens: 59 } }),
      async () => client.audio.transcriptions.create({ model: 'gpt-4o-transcribe', file: await wav() }),
      { usage: { inputTokens: 14, outputTokens: 45 }, costUsd: (14 * 2.5 + 45 * 10) / 1e6 },
    ],
    [
      'a transcription by its seconds',
      json({ text: 'Hi', usage: { type: 'duration', seconds: 30 } }),
      async () => client.audio.transcriptions.create({ model: 'whisper-1', file: await wav() }),
      { usage: { inputAudioSeconds: 30 }, costUsd: 0.003 },
    ],
    [
      'a transcription by the duration that it names',
      json({ task: 'transcribe', language: 'english', duration: 60, text: 'Hi' }),
      async () => {
        const file = await wav();
        return client.audio.transcriptions.create({
          model: 'whisper-1',
          file,
          response_format: 'verbose_json',
        });
      },
      { usage: { inputAudioSeconds: 60 }, costUsd: 0.006 },
    ],
    [
      'a transcription as text as one that lacks its usage',
      plain,
      async () => {
        const file = await wav();
        return client.audio.transcriptions.create({ model: 'whisper-1', file, response_format: 'srt' });
      },
      { usageMissing: 1 },
    ],
    [
      'a translation by its duration',
      json({ task: 'translate', language: 'english', duration: '60.0', text: 'Hi' }),
      async () => client.audio.translations.create({ model: 'whisper-1', file: await wav() }),
      { usage: { inputAudioSeconds: 60 }, costUsd: 0.006 },
    ],
    [
      'a moderation, which is free',
      json({ id: 'modr-1', model: 'omni-moderation-latest', results: [] }),
      () => client.moderations.create({ model: 'omni-moderation-latest', input: 'Hi' }),
      { usage: {}, costUsd: 0 },
    ],
  ])('gets what it always gets, and counts %s', async (_title, reply, work, expected) => {
    harness.loopback.reply(reply);
    const body = String(reply.body ?? '').replace(',', '');
    const result = await work();
    if (typeof result === 'string') expect(result).toBe(body);
    else expect(result).toMatchObject(JSON.parse(String(reply.body)));
    expect(trace()).toEqual({
      outcome: expect.stringMatching(/^\w+ success$/),
      usage: undefined,
      usageMissing: 0,
      costUsd: undefined,
      unpriced: 0,
      ...expected,
    });
  });

  it('counts a streamed image by its tokens', async () => {
    const frames = namedFrames([
      { type: 'image_generation.partial_image', b64_json: 'abc', partial_image_index: 0 },
      { type: 'image_generation.completed', b64_json: 'abcd', usage: IMAGE_USAGE },
    ]);
    harness.loopback.reply(events(frames));
    const stream = await client.images.generate({ model: 'gpt-image-1', prompt: 'A cat', stream: true });
    const types: string[] = [];
    for await (const event of stream) types.push(event.type);
    expect(types).toEqual(['image_generation.partial_image', 'image_generation.completed']);
    expect(trace()).toMatchObject({ usage: IMAGE_COUNTS, usageMissing: 0 });
  });

  it('counts streamed speech by its tokens', async () => {
    const frames = namedFrames([
      { type: 'speech.audio.delta', audio: 'abc' },
      {
        type: 'speech.audio.done',
        usage: { input_tokens: 14, output_tokens: 101, total_tokens: 115 },
      },
    ]);
    harness.loopback.reply(events(frames));
    const answer = await client.audio.speech.create({
      model: 'gpt-4o-mini-tts',
      voice: 'ash',
      input: 'Hi',
      stream_format: 'sse',
    });
    await answer.text();
    expect(trace()).toMatchObject({ usage: { inputTokens: 14, outputTokens: 101 }, unpriced: 0 });
  });

  it('counts a streamed transcription by its tokens', async () => {
    const usage = { type: 'tokens', input_tokens: 14, output_tokens: 45, total_tokens: 59 };
    const frames = namedFrames([
      { type: 'transcript.text.delta', delta: 'Hi' },
      { type: 'transcript.text.done', text: 'Hi', usage },
    ]);
    harness.loopback.reply(events(frames));
    const stream = await client.audio.transcriptions.create({
      model: 'gpt-4o-transcribe',
      file: await wav(),
      stream: true,
    });
    let text = '';
    for await (const event of stream) if (event.type === 'transcript.text.delta') text += event.delta;
    expect(text).toBe('Hi');
    expect(trace()).toMatchObject({ usage: { inputTokens: 14, outputTokens: 45 }, usageMissing: 0 });
  });

  const IMAGE = { type: 'image_generation.partial_image', b64_json: 'abc', partial_image_index: 0 };
  const TEXT = { type: 'transcript.text.delta', delta: 'Hi' };
  const transcribe = async (signal: AbortSignal) =>
    client.audio.transcriptions.create(
      { model: 'gpt-4o-transcribe', file: await wav(), stream: true },
      { signal },
    );
  const draw = (signal: AbortSignal) =>
    client.images.generate({ model: 'gpt-image-1', prompt: 'A cat', stream: true }, { signal });

  it.each([
    ['an image', 'image_generation', draw, IMAGE],
    ['a transcription', 'transcription', transcribe, TEXT],
  ] as const)('has the outcome of %s whose stream does not end well', async (_title, name, make, first) => {
    const error = { type: 'error', error: { message: 'x', type: 'server_error', code: null } };
    const cases = [
      [events(namedFrames([first, error])), 'server_error'],
      [events(namedFrames([first]), { ending: 'break' }), 'stream_interrupted'],
      [events(namedFrames([first]), { ending: 'hang' }), 'client_cancelled'],
    ] as const;
    for (const [reply, outcome] of cases) {
      harness.loopback.reply(reply);
      const controller = new AbortController();
      const read = async (): Promise<void> => {
        for await (const _event of await make(controller.signal))
          if (outcome === 'client_cancelled') controller.abort();
      };
      await read().catch(() => undefined);
      expect(trace()).toMatchObject({ outcome: `${name} ${outcome}`, usage: undefined, usageMissing: 0 });
      harness.reset();
    }
  });

  it('counts no characters of a speech whose audio breaks off, or is left', async () => {
    for (const ending of ['break', 'hang'] as const) {
      harness.loopback.reply({ ...audio, ending });
      const { body } = await client.audio.speech.create({ model: 'tts-1', voice: 'ash', input: 'Hi' });
      const read = async (): Promise<void> => {
        for await (const _piece of body ?? []) if (ending === 'hang') break;
      };
      await read().catch(() => undefined);
      const outcome = ending === 'hang' ? 'client_cancelled' : 'network';
      expect(trace()).toMatchObject({ outcome: `speech ${outcome}`, usage: undefined, unpriced: 0 });
      harness.reset();
    }
  });

  it('throws for a moderation what it always throws', async () => {
    harness.loopback.reply(json({ error: { message: 'No', type: 'requests', code: null } }, 429));
    await expect(client.moderations.create({ input: 'Hi' })).rejects.toThrow(OpenAI.RateLimitError);
    expect(trace()).toMatchObject({ outcome: 'moderation rate_limited', usage: undefined, usageMissing: 0 });
  });

  it('counts no characters of a speech that failed', async () => {
    harness.loopback.reply(json({ error: { message: 'No', type: 'invalid_request_error' } }, 400));
    await expect(client.audio.speech.create({ model: 'tts-1', voice: 'ash', input: 'Hi' })).rejects.toThrow(
      OpenAI.BadRequestError,
    );
    expect(trace()).toMatchObject({ outcome: 'speech invalid_request', usage: undefined, usageMissing: 0 });
  });
});
