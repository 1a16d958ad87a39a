import { askForStreamUsage, NO_FACTS, readBody } from '../support/parsers.js';

const BODY = {
  messages: [{ role: 'user', content: '"model":"other" \\', model: 'inner', stream: false }],
  model: 'gpt-4o',
  stream: true,
};
const FACTS = { model: 'gpt-4o', isStreamed: true, hasStreamOptions: false };

function form(members: Readonly<Record<string, string>>): FormData {
  const data = new FormData();
  for (const [name, value] of Object.entries(members)) data.append(name, value);
  return data;
}

describe('readBody()', () => {
  it.each([
    ['a text', JSON.stringify(BODY)],
    ['bytes', new TextEncoder().encode(JSON.stringify(BODY, null, 2))],
    ['a buffer', new TextEncoder().encode(JSON.stringify(BODY)).buffer],
    ['a form', form({ model: 'gpt-4o', stream: 'true' })],
  ])('finds the model and the stream flag at the top of %s', (_title, body) => {
    expect(readBody(body)).toEqual(FACTS);
  });

  it('sees that stream options are given', () => {
    expect(readBody('{"stream_options":{"include_usage":false},"stream":true}')).toEqual({
      model: undefined,
      isStreamed: true,
      hasStreamOptions: true,
    });
  });

  it.each([
    ['nothing', undefined],
    ['no JSON', 'model=gpt-4o'],
    ['half of it', '{"model":"gpt-4o","stream'],
    ['a list', '[{"model":"gpt-4o"}]'],
    ['other types', '{"model":["gpt-4o"],"stream":"yes"}'],
    ['a stream', new ReadableStream()],
    ['a blob', new Blob(['{"model":"gpt-4o"}'])],
    ['a form without', form({})],
  ])('knows nothing of %s', (_title, body) => {
    expect(readBody(body)).toEqual(NO_FACTS);
  });

  it('reads a large text across the pieces it is encoded in', () => {
    const content = '😀é"\\'.repeat(50_000);
    const body = JSON.stringify({ messages: [{ role: 'user', content }], model: 'gpt-4o', stream: true });
    expect(readBody(body)).toEqual(FACTS);
  });
});

describe('askForStreamUsage()', () => {
  it('adds one member and leaves every other character', () => {
    const body = ' {"seed": 12345678901234567890, "stream": true}';
    expect(askForStreamUsage(body)).toBe(
      ' {"stream_options":{"include_usage":true},"seed": 12345678901234567890, "stream": true}',
    );
  });
});
