import fc from 'fast-check';
import {
  type FetchHarness,
  type RequestRecord,
  recordedOnce,
  startFetchHarness,
} from '../../support/fetch-harness.js';
import { CLOUDFLARE, readAnswer } from '../../support/parsers.js';
import { dataFrames, events, json, type Reply } from '../../support/providers/loopback.js';
import { chatAnswer, chatChunk } from '../../support/providers/openai.js';
import { arbitraryCuts, everyByte } from '../../support/split-bytes.js';

const MODEL = '@cf/meta/llama-3.1-8b-instruct';
const URL = `https://api.cloudflare.com/client/v4/accounts/a1/ai/run/${MODEL}`;
const USAGE = { prompt_tokens: 12, completion_tokens: 3, total_tokens: 15 };
const COUNTS = { inputTokens: 12, outputTokens: 3 };
const ENVELOPE = { success: true, errors: [], messages: [] };
const ANSWER = { ...ENVELOPE, result: { response: 'Grüß dich! 😀', tool_calls: [], usage: USAGE } };
const FRAMES = dataFrames(
  [
    { response: 'Grüß', p: 'abcdefgh' },
    { response: ' 😀', p: 'ab' },
    { response: '', usage: USAGE },
  ],
  '[DONE]',
);
const STREAM = FRAMES.map((frame) => `${frame}\n\n`).join('');

const REQUEST: RequestRecord = {
  provider: 'cloudflare',
  model: MODEL,
  outcome: 'success',
  operation: 'chat',
  streamed: false,
  answeredBy: undefined,
  finishReasons: undefined,
};

describe('an answer of Workers AI', () => {
  it('is read the same however it is cut', () => {
    const wholeAnswer = readAnswer('json', CLOUDFLARE, JSON.stringify(ANSWER));
    const wholeStream = readAnswer('events', CLOUDFLARE, STREAM);
    expect(wholeAnswer).toMatchObject({ usage: COUNTS, error: undefined });
    expect(wholeStream).toMatchObject({ usage: COUNTS, generated: true, isOver: true });
    expect(readAnswer('events', CLOUDFLARE, STREAM, everyByte(Buffer.from(STREAM)))).toEqual(wholeStream);
    fc.assert(
      fc.property(arbitraryCuts, (cuts) => {
        expect(readAnswer('events', CLOUDFLARE, STREAM, cuts)).toEqual(wholeStream);
        expect(readAnswer('json', CLOUDFLARE, JSON.stringify(ANSWER), cuts)).toEqual(wholeAnswer);
      }),
    );
  });

  it('may be in the format of OpenAI, within the envelope and in a stream', () => {
    const whole = readAnswer('json', CLOUDFLARE, JSON.stringify({ ...ENVELOPE, result: chatAnswer() }));
    expect(whole).toMatchObject({ usage: { inputTokens: 1_117, outputTokens: 46 } });
    const chunks = [chatChunk({ content: 'Hi' }), chatChunk({}, 'stop', { usage: USAGE })];
    const stream = dataFrames(chunks, '[DONE]').join('\n\n');
    expect(readAnswer('events', CLOUDFLARE, `${stream}\n\n`)).toMatchObject({
      usage: COUNTS,
      generated: true,
    });
  });
});

describe('a request to Workers AI', () => {
  let harness: FetchHarness;
  beforeAll(async () => {
    harness = await startFetchHarness();
  });
  afterEach(() => harness.reset());
  afterAll(() => harness.close());

  async function run(reply: Reply, body: object, signal?: AbortSignal): Promise<string> {
    harness.loopback.reply(reply);
    const init = { method: 'POST', body: JSON.stringify(body), ...(signal && { signal }) };
    return (await harness.fetch(URL, init)).text();
  }

  it('is counted for the model in its path, and its answer comes unchanged', async () => {
    expect(JSON.parse(await run(json(ANSWER), { prompt: 'Hi' }))).toEqual(ANSWER);
    expect(harness.recorded()).toEqual(recordedOnce(REQUEST, COUNTS));
  });

  it('is counted with its first token where it is streamed', async () => {
    expect(await run(events(FRAMES), { prompt: 'Hi', stream: true })).toBe(STREAM);
    expect(harness.recorded()).toEqual({
      ...recordedOnce({ ...REQUEST, streamed: true }, COUNTS),
      firstTokens: 1,
    });
  });

  it('says that usage is missing, as for the models of images', async () => {
    await run(json({ ...ENVELOPE, result: { image: 'aGk=' } }), { prompt: 'a cat' });
    expect(harness.recorded()).toMatchObject({ requests: [REQUEST], usage: [], usageMissing: 1 });
  });

  it.each<[string, Reply, string]>([
    [
      'its status',
      json(
        { result: null, success: false, errors: [{ code: 10_000, message: 'Authentication error' }] },
        401,
      ),
      'auth',
    ],
    [
      'its body alone',
      json({ result: {}, success: false, errors: [{ code: 5_007, message: 'No such model' }] }),
      'api_error',
    ],
    ['the end of its stream', events(FRAMES.slice(0, 2)), 'stream_interrupted'],
  ])('fails by %s', async (_what, reply, outcome) => {
    await run(reply, { prompt: 'Hi', stream: true });
    expect(harness.recorded().requests).toMatchObject([{ model: MODEL, outcome }]);
  });

  it('is cancelled by its caller in the middle of the stream', async () => {
    const controller = new AbortController();
    harness.loopback.reply(events(FRAMES.slice(0, 1), { ending: 'hang' }));
    const init = { method: 'POST', body: '{"stream":true}', signal: controller.signal };
    const reader = (await harness.fetch(URL, init)).body?.getReader();
    await reader?.read();
    controller.abort();
    await expect(reader?.read()).rejects.toThrow();
    expect(harness.recorded()).toMatchObject({
      requests: [{ model: MODEL, outcome: 'client_cancelled' }],
      firstTokens: 1,
    });
  });
});

describe('a decision of TypeSafe', () => {
  it('is counted with the model that answered and its tokens', async () => {
    const harness = await startFetchHarness();
    try {
      const answers = { urgent: { type: 'noul', noul: 0.77 } };
      const usage = { input_tokens: 285, output_tokens: 21 };
      harness.loopback.reply(json({ model: 'jev-1.13.0', answers, usage }));
      const body = JSON.stringify({ model: 'jev-latest', state: 'Help!', questions: {} });
      const url = 'https://api.typesafe.ai/v1/systemone';
      await (await harness.fetch(url, { method: 'POST', body })).text();
      const request = {
        ...REQUEST,
        provider: 'typesafe',
        model: 'jev-latest',
        operation: 'decision',
        answeredBy: 'jev-1.13.0',
      };
      expect(harness.recorded()).toEqual(recordedOnce(request, { inputTokens: 285, outputTokens: 21 }));
    } finally {
      await harness.close();
    }
  });
});
