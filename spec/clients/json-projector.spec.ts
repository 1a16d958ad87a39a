import fc from 'fast-check';
import { type Projection, project, projectElements } from '../support/parsers.js';
import { arbitraryCuts, everyByte } from '../support/split-bytes.js';

/** What a projector should keep, said in another way. */
function expected(value: unknown, projection: Projection): unknown {
  if (projection === 'count') return Array.isArray(value) ? value.length : null;
  if (projection === 'length') return typeof value === 'string' ? Array.from(value).length : null;
  if (projection === true || typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    return value.map((item) =>
      typeof item === 'object' && item !== null ? expected(item, projection) : null,
    );
  }
  const members = Object.entries(value).filter(([name]) => Object.hasOwn(projection, name));
  return Object.fromEntries(
    members.map(([name, member]) => [name, expected(member, projection[name] ?? true)]),
  );
}

const name = fc.constantFrom('usage', 'model', 'choices', 'a"b', 'ü', '\\', 'other', 'content');
const { projection } = fc.letrec<{ projection: Projection }>((tie) => ({
  projection: fc.oneof(
    { maxDepth: 3, depthIdentifier: 'projection' },
    fc.constantFrom(true as const, 'count' as const, 'length' as const),
    fc.dictionary(fc.constantFrom('usage', 'model', 'choices', 'content'), tie('projection')),
  ),
}));
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthIdentifier: 'value' },
    fc.constantFrom(null, true, false),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => (number === 0 ? 0 : number)),
    fc.string({ unit: 'binary', maxLength: 80 }),
    fc.constantFrom('"', '\\', '\\"', '{"usage":1}', '[', '], }', '\u0000', '😀\\'),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(name, tie('value'), { maxKeys: 5 }),
  ),
}));

describe('JsonProjector', () => {
  describe('with any document, any projection and any pieces', () => {
    it('keeps what the projection says and nothing else', () => {
      fc.assert(
        fc.property(value, projection, fc.nat(3), arbitraryCuts, (document, kept, indent, cuts) => {
          const text = JSON.stringify(document, null, indent);
          expect(project(text, kept, cuts)).toEqual(expected(JSON.parse(text), kept));
        }),
        { numRuns: 1_000 },
      );
    });

    it('yields nothing of a document that was cut off', () => {
      const object = fc.dictionary(name, value, { minKeys: 1, maxKeys: 5 });
      fc.assert(
        fc.property(object, projection, fc.nat(), (document, kept, at) => {
          const text = JSON.stringify(document);
          expect(project(text.slice(0, at % text.length), kept)).toBe(undefined);
        }),
      );
    });
  });

  describe('with a document in pieces of one byte', () => {
    it('finds escaped quotes and names wherever they are cut', () => {
      const text =
        '\ufeff {"a\\"b": "\\\\", "usage" : {"n":-1.5e3,"s":"\\\\\\"é😀"} , "choices":[{"x":1},2,[]]}';
      const projection = { usage: true, choices: { y: true } } as const;
      expect(project(text, projection, everyByte(Buffer.from(text)))).toEqual({
        usage: { n: -1500, s: '\\"é😀' },
        choices: [{}, null, []],
      });
    });
  });

  describe('with long strings', () => {
    const long = `${'x'.repeat(10_000)}\\"${'\\\\'.repeat(500)}`;

    it('replaces those that are kept by a mark', () => {
      const text = `{"error":{"message":"${long}","code":"c"},"content":"${long}","id":"i"}`;
      const kept = { error: { message: '…'.repeat(201), code: 'c' }, id: 'i' };
      expect(project(text, { error: true, id: true })).toEqual(kept);
      expect(project(text, { error: true, id: true }, everyByte(Buffer.from(text)))).toEqual(kept);
    });
  });

  describe('with more to keep than it may hold', () => {
    it('yields nothing', () => {
      const text = JSON.stringify({ error: Array.from({ length: 20_000 }, (_, index) => index) });
      expect(project(text, { error: true })).toBe(undefined);
    });
  });

  describe('with what is not JSON', () => {
    it.each([
      '',
      '   ',
      '<html lang="en">',
      '{"usage":}',
      '{"usage":[1,]}',
      'usage',
      '{]',
      '[}',
      '{"a":[}]}',
      '{"a":[[1}]}',
      '{}}',
      '{"a":1}{"a":2}',
      '{"a" 1}',
      '{"a":1 "b":2}',
      '{"a":1,}',
      '[{},]',
      '{,}',
      '{"a"}',
      '{"a":}',
      '\u00ef{}',
      '{}\ufeff',
    ])('yields nothing of %j', (text) => {
      expect(project(text, { usage: true })).toBe(undefined);
    });
  });

  describe('with an array and a listener', () => {
    it('hands over each element that says something when it ends, and holds none', () => {
      const pieces = ['[{"a":1,"b":{"c":"', '…"}},{"b":[2', ']}', ' , null,{"b":"x"}', ']'];
      expect(projectElements(pieces, { a: true }, { b: true })).toEqual({
        counts: [0, 1, 2, 3, 3],
        seen: [{ b: { c: '…' } }, { b: [2] }, { b: 'x' }],
        rest: [],
      });
    });

    it('loses no element after one that was too large to hold', () => {
      const large = JSON.stringify({ b: Array.from({ length: 20_000 }, () => 12_345) });
      expect(projectElements([`[${large},{"b":1}]`], { b: true }).seen).toEqual([{ b: 1 }]);
    });
  });
});
