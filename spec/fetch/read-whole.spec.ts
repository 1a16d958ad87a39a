import { instrumentFetch } from '../../lib/fetch.js';
import { observeRequest } from '../../lib/index.js';
import { startTestMonitoring, type TestMonitoring } from '../../lib/testing.js';
import { recordedSeries } from '../support/recorded-series.js';

const ANSWER = { model: 'gpt-4o', usage: { prompt_tokens: 10, completion_tokens: 5 }, text: 'ä€𝄞' };
const HEADERS = { 'content-type': 'application/json' };
const COUNTED = { 'gpt-4o openai input': 10, 'gpt-4o openai output': 5 };

let test: TestMonitoring;
beforeEach(async () => {
  test = await startTestMonitoring();
});
afterEach(() => test.shutdown());

const call = (body: ReadableStream<Uint8Array>): Promise<Response> =>
  instrumentFetch(async () => new Response(body, { headers: HEADERS }))(
    'https://api.openai.com/v1/chat/completions',
    { method: 'POST', body: '{"model":"gpt-4o"}' },
  );

/** A body of chunks, which may be no bytes, and then an end or an error. */
const bodyOf = (chunks: readonly unknown[], error?: Error): ReadableStream<Uint8Array> => {
  const left = [...chunks];
  return new ReadableStream<unknown>({
    pull(controller) {
      if (left.length > 0) controller.enqueue(left.shift());
      else if (error === undefined) controller.close();
      else controller.error(error);
    },
  }) as ReadableStream<Uint8Array>;
};

const bytes = Buffer.from(JSON.stringify(ANSWER));
const inPieces = (size: number): Uint8Array[] =>
  Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
    Uint8Array.from(bytes.subarray(index * size, (index + 1) * size)),
  );

describe('a body that is read whole', () => {
  for (const [how, chunks] of [
    ['in one piece', [bytes]],
    ['byte by byte', inPieces(1)],
    ['with a byte order mark', [Buffer.from('\ufeff'), bytes]],
  ] as const) {
    it(`is the same by json() and text(), ${how}`, async () => {
      const plain = () => new Response(bodyOf(chunks));
      expect(await (await call(bodyOf(chunks))).json()).toEqual(await plain().json());
      expect(await (await call(bodyOf(chunks))).text()).toBe(await plain().text());
    });
  }

  it.each(['json', 'text', 'arrayBuffer', 'blob'] as const)('is counted by %s()', async (name) => {
    const response = await call(bodyOf(inPieces(7)));
    const read = response[name]();
    expect([response.bodyUsed, response.body?.locked]).toEqual([true, true]);
    await read;
    expect(await recordedSeries(test, 'llm_edge_tokens_total')).toEqual(COUNTED);
  });

  for (const method of ['json', 'text', 'arrayBuffer'] as const) {
    it(`is on the span of the request that returns its response, by ${method}()`, async () => {
      const response = await observeRequest({ provider: 'openai', model: 'gpt-4o' }, () =>
        call(bodyOf([bytes])),
      );
      await response[method]();
      const [span, ...further] = await test.spans();
      expect(further).toEqual([]);
      expect(span?.attributes).toMatchObject({
        'gen_ai.response.model': 'gpt-4o',
        'gen_ai.usage.input_tokens': 10,
        'gen_ai.usage.output_tokens': 5,
        'gen_ai.usage.cost': expect.closeTo(0.000075, 9),
      });
      expect(await recordedSeries(test, 'llm_edge_tokens_total')).toEqual(COUNTED);
    });
  }

  it('is refused a second time, by the errors of the runtime', async () => {
    const response = await call(bodyOf([bytes]));
    const plain = new Response(bodyOf([bytes]));
    await Promise.all([response.json(), plain.json()]);
    for (const name of ['json', 'text'] as const) {
      const refusal = await plain[name]().catch((error: unknown) => error);
      await expect(response[name]()).rejects.toEqual(refusal);
    }
  });

  it.each<readonly [how: string, open: (body: ReadableStream) => unknown]>([
    [
      'a reader made by its class',
      async (body) => {
        const reader = new ReadableStreamDefaultReader(body);
        await reader.read();
        reader.releaseLock();
      },
    ],
    ['a transfer', (body) => structuredClone(body, { transfer: [body as never] })],
    ['a method of its class', (body) => ReadableStream.prototype.cancel.call(body)],
  ])('is refused by the errors of the runtime after %s opened it', async (_, open) => {
    const response = await call(bodyOf([bytes]));
    const plain = new Response(bodyOf([bytes]));
    for (const { body } of [response, plain]) await open(body as ReadableStream);
    for (const name of ['json', 'text'] as const) {
      const refusal = await plain[name]().catch((error: unknown) => error);
      expect(refusal).toHaveProperty('name', 'TypeError');
      await expect(response[name]()).rejects.toEqual(refusal);
    }
  });

  it('is read after a clone where it is frozen', async () => {
    const body = Object.freeze(bodyOf([bytes]));
    const response = await call(body);
    const copy = response.clone();
    expect([await response.json(), await copy.json()]).toEqual([ANSWER, ANSWER]);
  });

  it('is not read by the method of its response for another response', async () => {
    const fetch = async (): Promise<Response> =>
      Object.assign(new Response(bodyOf([bytes])), { json: Response.prototype.json });
    const response = await instrumentFetch(fetch)('https://api.openai.com/v1/chat/completions', {
      method: 'POST',
      body: '{"model":"gpt-4o"}',
    });
    expect(await response.json.call(new Response('{"other":1}'))).toEqual({ other: 1 });
    expect(await response.json()).toEqual(ANSWER);
  });

  it.each([
    ['is no JSON', bodyOf([Buffer.from('{"a":')]), 'gpt-4o openai success'],
    ['breaks', bodyOf([bytes], new Error('broken')), 'network gpt-4o openai error'],
  ])('fails as the runtime fails, and ends the request, where it %s', async (_, body, outcome) => {
    const [ours, theirs] = body.tee();
    const error = await new Response(theirs).json().catch((reason: unknown) => reason);
    await expect((await call(ours)).json()).rejects.toEqual(error);
    expect(await recordedSeries(test, 'llm_edge_requests_total')).toEqual({ [outcome]: 1 });
  });

  it('fails as the runtime fails where a chunk is no bytes', async () => {
    const error = await new Response(bodyOf(['text'])).text().catch((reason: unknown) => reason);
    expect(error).toHaveProperty('name', 'TypeError');
    await expect((await call(bodyOf(['text']))).text()).rejects.toEqual(error);
  });

  it('is read by a method that replaces that of the runtime', async () => {
    const { json } = Response.prototype;
    const replaced = jest.spyOn(Response.prototype, 'json').mockImplementation(function (this: Response) {
      return json.call(this);
    });
    try {
      expect(await (await call(bodyOf([bytes]))).json()).toEqual(ANSWER);
      expect(replaced).toHaveBeenCalledTimes(1);
    } finally {
      replaced.mockRestore();
    }
    expect(await recordedSeries(test, 'llm_edge_tokens_total')).toEqual(COUNTED);
  });

  it('belongs to a response of its class, which has no members of its own', async () => {
    const response = await call(bodyOf([bytes]));
    expect(response).toBeInstanceOf(Response);
    expect(response.body).toBeInstanceOf(ReadableStream);
    expect([response.constructor, response.body?.constructor]).toEqual([Response, ReadableStream]);
    expect(Object.getOwnPropertyNames(response.body)).toEqual([]);
    const again = new Response(response.body);
    expect(await again.json()).toEqual(ANSWER);
    expect(await recordedSeries(test, 'llm_edge_tokens_total')).toEqual(COUNTED);
  });
});
