import fc from 'fast-check';
import {
  anyMember,
  bytesOf,
  damaged,
  named,
  writtenMember,
  writtenObject,
  writtenValue,
} from '../support/arbitrary-json.js';
import { type Projection, project, readDocument, readWhole } from '../support/parsers.js';
import { arbitraryCuts } from '../support/split-bytes.js';

const NAMES = ['model', 'usage', 'choices', 'messages', '__proto__', 'toString', ''] as const;

const { projection } = fc.letrec<{ projection: Projection }>((tie) => ({
  projection: fc.oneof(
    { maxDepth: 3, depthIdentifier: 'projection' },
    fc.constantFrom(true as const, 'count' as const, 'length' as const),
    fc.dictionary(fc.constantFrom(...NAMES.filter((name) => name !== '__proto__')), tie('projection')),
  ),
}));

const long = fc
  .tuple(fc.constantFrom('x', '\\n', '\\u0041', 'é', '😀'), fc.constantFrom(600, 690, 1_400, 4_100))
  .map(([unit, count]) => `"${unit.repeat(count)}"`);
const numbers = fc.constantFrom(
  '1e400',
  '-1e400',
  '-0',
  '1E+2',
  '01',
  '1.',
  '.5',
  '+1',
  'NaN',
  '9007199254740993',
);
const strange = fc.oneof(
  long,
  numbers,
  fc.constantFrom('"\\ud800"', '"\\u00"', '"\\x"', '"\t"', 'nul', 'truex', '[1,{"a":1}]'),
);
const documents = damaged(
  fc.oneof(
    writtenObject(
      fc.oneof(
        anyMember,
        writtenMember(named(...NAMES), fc.oneof(writtenValue, strange)),
        // The same member again and again.
        writtenMember(
          named('model', 'usage'),
          writtenObject(writtenMember(named('model', 'usage'), strange)),
        ),
      ),
    ),
    writtenValue,
    strange,
  ),
);

/** Each way to read a document must keep what the projector keeps. */
function expectSame(document: Uint8Array, kept: Projection, cuts: readonly number[] = []): void {
  const expected = project(document, kept);
  expect(readDocument(document, kept, cuts)).toEqual(expected);
  expect(readWhole(document, kept)).toEqual(expected);
}

describe('a JSON document', () => {
  it('says the same whether it is parsed at once or projected as it arrives', () => {
    fc.assert(
      fc.property(bytesOf(documents), projection, arbitraryCuts, (document, kept, cuts) => {
        expectSame(document, kept, cuts);
        const text = Buffer.from(document).toString();
        expect(readWhole(text, kept)).toEqual(project(text, kept));
      }),
      { numRuns: 3_000 },
    );
  });

  const deep = (levels: number, missing = 0): string =>
    `{"a":${'['.repeat(levels - 1)}${']'.repeat(levels - 1 - missing)}}`;

  it.each<[string, string, Projection]>([
    ['a member twice', '{"model":"a","model":"b"}', { model: true }],
    ['a member twice, and once of another type', '{"usage":{"n":1},"usage":2}', { usage: { n: true } }],
    ['a member with an escaped name', '{"mod\\u0065l":"b"}', { model: true }],
    [
      'a member named __proto__',
      '{"__proto__":{"n":1},"usage":{"__proto__":{"n":2}}}',
      { usage: true, n: true },
    ],
    ['half a surrogate pair', '{"model":"\\ud800"}', { model: true }],
    ['a number beyond all numbers', '{"usage":1e400}', { usage: true }],
    ['a number that is none', '{"usage":01}', { usage: true }],
    ['a number that is none in a member that is skipped', '{"usage":1,"other":01}', { usage: true }],
    ['a byte order mark', '\ufeff{"usage":1}', { usage: true }],
    ['a document that is cut off', '{"usage":1', { usage: true }],
    ['two documents', '{"usage":1}{"usage":2}', { usage: true }],
    ['a comma too many', '{"usage":1,}', { usage: true }],
    ['numbers among objects', '{"choices":[1,{"n":2},"x",null]}', { choices: { n: true } }],
    ['an array', '[{"usage":1},2]', { usage: true }],
    ['as many levels as there may be', deep(128), { a: true }],
    ['a level too many', deep(129), { a: true }],
    ['a level too many that is never closed', deep(129, 5), { a: true }],
    ['many brackets in strings', JSON.stringify({ a: '[{'.repeat(300), usage: 1 }), { usage: true }],
    ['many brackets side by side', JSON.stringify({ a: Array(300).fill([]), usage: 1 }), { usage: true }],
    ['a long string', JSON.stringify({ usage: 'x'.repeat(4_097) }), { usage: true }],
    ['a long name', JSON.stringify({ usage: { ['x'.repeat(4_097)]: 1 } }), { usage: true }],
    ['more to keep than may be held', `{"choices":[${'1,'.repeat(20_000)}1]}`, { choices: { n: true } }],
  ])('says the same with %s', (_title, document, kept) => {
    expectSame(Buffer.from(document), kept);
  });

  it.each([65_535, 65_536, 65_537])('says the same with %d bytes', (size) => {
    const frame = '{"usage":{"n":1},"text":""}';
    const document = frame.replace('""', `"${'x'.repeat(size - frame.length)}"`);
    expect(readDocument(document, { usage: true }, [1_000, 60_000])).toEqual({ usage: { n: 1 } });
    expectSame(Buffer.from(document), { usage: true });
  });
});
