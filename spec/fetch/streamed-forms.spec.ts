import { Readable } from 'node:stream';
import fc from 'fast-check';
import { instrumentFetch } from '../../lib/fetch.js';
import { type FetchHarness, startFetchHarness } from '../support/fetch-harness.js';
import { arbitraryCuts, everyByte, piecesOf } from '../support/split-bytes.js';

const ENDPOINT = 'https://api.openai.com/v1/audio/transcriptions';

let harness: FetchHarness;
beforeAll(async () => {
  harness = await startFetchHarness();
});
afterEach(() => harness.reset());
afterAll(() => harness.close());

/** Sends a body as a Node stream of pieces; returns the model that the call is counted for, and what was sent. */
async function send(
  bytes: Uint8Array,
  cuts: readonly number[],
): Promise<{ readonly model: string | undefined; readonly sent: string }> {
  harness.reset();
  let sent = '';
  const fetch = instrumentFetch(async (_input, init) => {
    for await (const piece of (init as { body: unknown }).body as Readable)
      sent += Buffer.from(piece).toString('latin1');
    return Response.json({ text: 'Hi', usage: { type: 'duration', seconds: 2 } });
  });
  const body = Readable.from(piecesOf(bytes, cuts)) as never;
  await (await fetch(ENDPOINT, { method: 'POST', body })).json();
  return { model: harness.recorded().requests[0]?.model, sent };
}

async function bytesOf(form: FormData): Promise<Uint8Array> {
  return new Uint8Array(await new Response(form).arrayBuffer());
}

const binary = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

const model = fc.stringMatching(/^[\w.:/-]{1,40}$/);
const noise = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom('\r\n--', '--', '\r\n\r\n', 'name="model"', 'x'.repeat(5_000)),
);
/** The fields of a form: the model, which may be there several times, others, and files. */
const fields = fc.array(
  fc.oneof(
    fc.tuple(fc.constant('model'), model),
    fc.tuple(fc.constantFrom('language', 'prompt', 'name', 'models', 'a"b'), noise),
    fc.tuple(
      fc.constantFrom('file', 'model'),
      fc.uint8Array({ maxLength: 300 }).map((bytes) => new File([bytes], 'speech; name="model".wav')),
    ),
  ),
  { maxLength: 8 },
);

describe('a form that is sent as a Node stream', () => {
  it('names the model wherever its bytes are cut, after a file of any size', async () => {
    const form = new FormData();
    form.append('file', new File([new Uint8Array(200_000).fill(0x2d)], 'a.wav', { type: 'audio/wav' }));
    form.append('model', 'whisper-1');
    const bytes = await bytesOf(form);
    expect(await send(bytes, [])).toEqual({ model: 'whisper-1', sent: binary(bytes) });
    const tail = bytes.subarray(-400);
    const cuts = everyByte(tail).map((at) => bytes.length - 400 + at);
    expect((await send(bytes, cuts)).model).toBe('whisper-1');
  });

  it('is read as the runtime reads it', async () => {
    await fc.assert(
      fc.asyncProperty(fields, arbitraryCuts, async (list, cuts) => {
        const form = new FormData();
        for (const [name, value] of list) form.append(name, value as string);
        const bytes = await bytesOf(form);
        const known = form.getAll('model').filter((value) => typeof value === 'string');
        expect(await send(bytes, cuts)).toEqual({ model: known.at(-1) ?? 'unknown', sent: binary(bytes) });
      }),
      { numRuns: 150 },
    );
  });

  it.each([
    ['a boundary that does not end', `--${'x'.repeat(100_000)}`],
    [
      'headers that do not end',
      `--b\r\nContent-Disposition: form-data; name="model"; x="${'y'.repeat(10_000)}"\r\n\r\nm\r\n--b--`,
    ],
    [
      'a value that is too long',
      `--b\r\nContent-Disposition: form-data; name="model"\r\n\r\n${'m'.repeat(5_000)}\r\n--b--`,
    ],
    ['a value that does not end', '--b\r\nContent-Disposition: form-data; name="model"\r\n\r\nm'],
    ['no boundary', '-b\r\nContent-Disposition: form-data; name="model"\r\n\r\nm\r\n-b--'],
  ])('is counted for an unknown model with %s', async (_title, text) => {
    expect(await send(new TextEncoder().encode(text), [])).toEqual({ model: 'unknown', sent: text });
  });

  it('may be JSON, too', async () => {
    expect((await send(new TextEncoder().encode('{"model":"m"}'), [3, 7])).model).toBe('m');
  });

  it('may have no bytes at all', async () => {
    expect((await send(new Uint8Array(), [])).model).toBe('unknown');
  });
});
