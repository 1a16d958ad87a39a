import fc from 'fast-check';
import { parseLines } from '../support/parsers.js';
import { arbitraryCuts, everyByte } from '../support/split-bytes.js';

const LONG = 'y'.repeat(200_000);

/** Documents of one line each, some too long to be held, and lines that are no JSON. */
const line = fc.oneof(
  { weight: 6, arbitrary: fc.json({ maxDepth: 3 }) },
  {
    weight: 2,
    arbitrary: fc.string({ unit: 'binary', maxLength: 40 }).map((text) => JSON.stringify({ text })),
  },
  {
    weight: 1,
    arbitrary: fc.nat(9).map((count) => JSON.stringify({ text: LONG, usage: { count }, more: LONG })),
  },
  { weight: 1, arbitrary: fc.constantFrom('{', 'data: {}', '[DONE]', ' ', '', '\t') },
);

/** What lines are, said in another way. */
function reference(text: string): unknown[] {
  return text
    .split('\n')
    .filter((written) => written.trim() !== '')
    .map(documentOf);
}

function documentOf(written: string): unknown {
  try {
    const value: unknown = JSON.parse(written);
    // Of a line that is not held, the projection of this spec keeps the usage.
    return written.length > 65_536 ? { usage: (value as { usage: unknown }).usage } : value;
  } catch {
    return undefined;
  }
}

describe('NdjsonParser', () => {
  it('hands over each line once and whole, with any pieces, as splitting and JSON.parse do', () => {
    fc.assert(
      fc.property(
        fc.array(line, { maxLength: 8 }),
        fc.constantFrom('\n', '\r\n', '\n\n'),
        fc.boolean(),
        fc.boolean(),
        arbitraryCuts,
        (lines, end, hasMark, isEnded, cuts) => {
          const text = lines.join(end) + (isEnded ? end : '');
          const bytes = Buffer.from((hasMark ? '\ufeff' : '') + text);
          const { events, large } = parseLines(bytes, cuts);
          const expected = reference(text);
          const isLarge = (value: unknown): boolean => JSON.stringify(value)?.startsWith('{"usage"') ?? false;
          expect(events.map(documentOf)).toEqual(expected.filter((value) => !isLarge(value)));
          expect(large).toEqual(expected.filter(isLarge));
        },
      ),
      { numRuns: 500 },
    );
  });

  it('reads characters of several bytes in pieces of one byte', () => {
    const bytes = Buffer.from('\ufeff{"t":"é😀"}\r\n\n \n{"t":"\u00a0"}\n{"last":1}');
    expect(parseLines(bytes, everyByte(bytes)).events).toEqual([
      '{"t":"é😀"}\r',
      '{"t":"\u00a0"}',
      '{"last":1}',
    ]);
  });

  it('takes a byte order mark after the first line for a part of the line', () => {
    expect(parseLines(Buffer.from('1\n\ufeff2\n')).events).toEqual(['1', '\ufeff2']);
  });

  it.each([65_536, 65_537])('reads a line of %d bytes, in one piece and in many', (size) => {
    const frame = '{"text":"","usage":{"n":2}}';
    const long = frame.replace('""', `"${'x'.repeat(size - frame.length)}"`);
    const text = `{"a":1}\n${long}\n{"a":3}\n`;
    const expected =
      size > 65_536
        ? { events: ['{"a":1}', '{"a":3}'], large: [{ usage: { n: 2 } }] }
        : { events: ['{"a":1}', long, '{"a":3}'], large: [] };
    expect(parseLines(Buffer.from(text))).toEqual(expected);
    const cuts = [1, 9, 70, 30_000, 65_540, 65_545, text.length - 9];
    expect(parseLines(Buffer.from(text), cuts)).toEqual(expected);
  });

  it('hands over nothing of a long line that is not JSON', () => {
    expect(parseLines(Buffer.from(`${LONG}\n{"a":1}`))).toEqual({ events: ['{"a":1}'], large: [undefined] });
  });
});
