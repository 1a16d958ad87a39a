import Replicate from 'replicate';
import { type FetchHarness, startFetchHarness } from '../../support/fetch-harness.js';
import { events, json, namedFrames } from '../../support/providers/loopback.js';

let harness: FetchHarness;
let client: Replicate;
let ids = 0;
beforeAll(async () => {
  harness = await startFetchHarness();
  client = new Replicate({ auth: 'key', fetch: harness.fetch, useFileOutput: false });
});
beforeEach(() => {
  ids += 1;
});
afterEach(() => harness.reset());
afterAll(() => harness.close());

const prediction = (status: string, rest: object = {}) => ({
  id: `p${ids}`,
  model: 'black-forest-labs/flux-schnell',
  version: 'hidden',
  input: { prompt: 'A cat' },
  logs: '',
  output: null,
  data_removed: false,
  error: null,
  source: 'api',
  status,
  created_at: '2026-11-01T00:00:00.000Z',
  urls: {
    get: `https://api.replicate.com/v1/predictions/p${ids}`,
    cancel: `https://api.replicate.com/v1/predictions/p${ids}/cancel`,
  },
  ...rest,
});
const succeeded = (metrics: object) => json(prediction('succeeded', { output: ['https://a'], metrics }));
const TIMED = { predict_time: 2.5, total_time: 3 };
const model = 'black-forest-labs/flux-schnell';

function recorded() {
  const { requests, usage, usageMissing, active } = harness.recorded();
  return {
    requests: requests.map((request) => `${request.model} ${request.outcome}`),
    usage,
    usageMissing,
    active,
  };
}
const ONE = { requests: [`${model} success`], usage: [] as object[], usageMissing: 0, active: 0 };

describe('the client of Replicate', () => {
  it('gets a prediction that it polls, whose seconds are counted once', async () => {
    harness.loopback.reply(
      json(prediction('starting'), 201),
      json(prediction('processing', { metrics: {} })),
      succeeded(TIMED),
    );
    expect(
      await client.run(model, { input: { prompt: 'A cat' }, wait: { mode: 'poll', interval: 1 } }),
    ).toEqual(['https://a']);
    await client.predictions.get(`p${ids}`);
    expect(recorded()).toEqual({ ...ONE, usage: [{ computeSeconds: 2.5 }] });
  });

  it('gets one that it waits for', async () => {
    harness.loopback.reply(succeeded(TIMED));
    await client.predictions.create({ model, input: {}, wait: true });
    await client.predictions.get(`p${ids}`);
    expect(harness.loopback.calls.map(({ method }) => method)).toEqual(['POST', 'GET']);
    expect(recorded()).toEqual({ ...ONE, usage: [{ computeSeconds: 2.5 }] });
  });

  it('gets one of a version, which the answer names', async () => {
    harness.loopback.reply(succeeded(TIMED));
    await client.predictions.create({ version: 'abc', input: {} });
    expect(recorded()).toEqual({ ...ONE, usage: [{ computeSeconds: 2.5 }] });
  });

  it('gets one of a language model, billed by tokens', async () => {
    harness.loopback.reply(succeeded({ ...TIMED, input_token_count: 12, output_token_count: 34 }));
    await client.predictions.create({ model, input: {} });
    expect(recorded()).toEqual({ ...ONE, usage: [{ inputTokens: 12, outputTokens: 34 }] });
  });

  it('gets one that failed after it ran, which is billed', async () => {
    harness.loopback.reply(json(prediction('failed', { error: 'CUDA out of memory', metrics: TIMED })));
    expect((await client.predictions.create({ model, input: {} })).status).toBe('failed');
    expect(recorded()).toEqual({
      ...ONE,
      requests: [`${model} api_error`],
      usage: [{ computeSeconds: 2.5 }],
    });
  });

  it('gets one that is cancelled, with the seconds that it ran', async () => {
    harness.loopback.reply(
      json(prediction('starting'), 201),
      json(prediction('canceled', { metrics: TIMED })),
    );
    await client.predictions.create({ model, input: {} });
    await client.predictions.cancel(`p${ids}`);
    expect(recorded()).toEqual({ ...ONE, usage: [{ computeSeconds: 2.5 }] });
  });

  it('gets one that does not say what it used', async () => {
    harness.loopback.reply(succeeded({}));
    await client.predictions.create({ model, input: {} });
    expect(recorded()).toEqual({ ...ONE, usageMissing: 1 });
  });

  it('gets one that it streams, whose tokens are counted where it is read at the end', async () => {
    const output = namedFrames([{ type: 'output' }, { type: 'done' }]);
    harness.loopback.reply(
      json(
        prediction('starting', { urls: { stream: `https://stream.replicate.com/v1/files/p${ids}` } }),
        201,
      ),
      events(output),
      succeeded({ ...TIMED, input_token_count: 12, output_token_count: 34 }),
    );
    const types: string[] = [];
    for await (const { event } of client.stream(model, { input: { prompt: 'Hi' } })) types.push(event);
    expect(types).toEqual(['output', 'done']);
    expect(recorded()).toEqual(ONE);
    await client.predictions.get(`p${ids}`);
    expect(recorded()).toEqual({ ...ONE, usage: [{ inputTokens: 12, outputTokens: 34 }] });
  });

  it('is stopped by its abort', async () => {
    harness.loopback.reply(json(prediction('starting'), 201), { ending: 'silent' });
    const controller = new AbortController();
    const { id } = await client.predictions.create({ model, input: {} });
    const poll = client.predictions.get(id, { signal: controller.signal });
    controller.abort();
    await expect(poll).rejects.toThrow();
    expect(recorded()).toEqual(ONE);
  });

  it('throws what it always throws', async () => {
    harness.loopback.reply(json({ detail: 'No' }, 402));
    await expect(client.predictions.create({ model, input: {} })).rejects.toThrow('402');
    expect(recorded()).toEqual({ ...ONE, requests: [`${model} quota_exceeded`] });
  });
});
