import fc from 'fast-check';

/** Members that are looked for somewhere, and those that every object has from its prototype. */
const NAMES = ['model', 'stream', 'usage', 'choices', 'messages', '__proto__', 'constructor', 'toString', ''];
const HOSTILE_STRINGS = [
  '"[}"',
  '"\\"}"',
  '"\\\\"',
  '"\\ud800"',
  '"\\u0000"',
  '"😀\\n"',
  '"{\\"model\\":1}"',
];
const SIGNS = ['[', ']', '{', '}', ',', ':', '"', '\\', '\n', '\0', 'a', '1', '\ufeff', '-', ' '] as const;

/** More levels than a document may have. */
export const DEEP = 200;

const space = fc.constantFrom('', '', '', '', ' ', '\n', '\t', '\r\n  ');

/** A string, as it is written or with each character as an escape. */
export function writtenString(text: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc
    .tuple(text, fc.nat(5))
    .map(([value, style]) => (style === 0 ? `"${escaped(value)}"` : JSON.stringify(value)));
}

function escaped(text: string): string {
  return Array.from({ length: text.length }, (_, index) => {
    const code = text.charCodeAt(index).toString(16).padStart(4, '0');
    return `\\u${code}`;
  }).join('');
}

const name = writtenString(fc.oneof(fc.constantFrom(...NAMES), fc.string({ maxLength: 12 })));
const text = fc.oneof(
  writtenString(fc.string({ unit: 'binary', maxLength: 60 })),
  fc.constantFrom(...HOSTILE_STRINGS),
);
const number = fc.oneof(
  fc.constantFrom('0', '-0', '1', '-1', '1.5', '2e3', '1E+2', '123456', '0.0000001'),
  fc.nat(1_000_000).map(String),
);

/** An object with these members, in the order given, duplicates included. */
export function writtenObject(members: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc
    .tuple(fc.array(fc.tuple(space, members), { maxLength: 6 }), space)
    .map(([list, end]) => `{${list.map(([gap, member]) => gap + member + gap).join(',')}${end}}`);
}

/** A member with this name and such a value. */
export function writtenMember(
  names: fc.Arbitrary<string>,
  values: fc.Arbitrary<string>,
): fc.Arbitrary<string> {
  return fc.tuple(names, space, values).map(([key, gap, member]) => `${key}${gap}:${gap}${member}`);
}

/** The name of a member as it may be written. */
export function named(...names: readonly string[]): fc.Arbitrary<string> {
  return writtenString(fc.constantFrom(...names));
}

/** Any JSON value. */
export const { value: writtenValue } = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthIdentifier: 'written' },
    fc.constantFrom('null', 'true', 'false'),
    number,
    text,
    fc
      .tuple(fc.array(tie('value'), { maxLength: 4 }), space)
      .map(([items, gap]) => `[${gap}${items.join(`${gap},`)}${gap}]`),
    writtenObject(writtenMember(name, tie('value'))),
  ),
}));

/** Any number that a count or a price may be, and what is none. */
export const writtenCount = fc.oneof({ weight: 3, arbitrary: number }, writtenValue);
/** A short name, and what is none. */
export const writtenName = fc.oneof(
  { weight: 3, arbitrary: writtenString(fc.constantFrom('m-1', 'ü-😀', 'm\\"2', 'x'.repeat(60))) },
  writtenValue,
);
/** Any member with any value. */
export const anyMember = writtenMember(name, writtenValue);

/** The document as it is, cut off, damaged, with brackets of the wrong kind, or nested deeper. */
export function damaged(documents: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const place = fc.nat();
  const sign = fc.constantFrom(...SIGNS);
  const damage: fc.Arbitrary<(document: string) => string> = fc.oneof(
    { weight: 4, arbitrary: fc.constant((document: string) => document) },
    place.map((at) => (document: string) => document.slice(0, at % (document.length + 1))),
    fc.tuple(place, sign, fc.nat(1)).map(([at, put, removed]) => (document: string) => {
      const index = at % (document.length + 1);
      return document.slice(0, index) + put + document.slice(index + removed);
    }),
    place.map((at) => (document: string) => turnBracket(document, at)),
    fc.tuple(fc.nat(DEEP), fc.nat(2)).map(([depth, missing]) => (document: string) => {
      return '['.repeat(depth) + document + ']'.repeat(Math.max(0, depth - missing));
    }),
    fc.tuple(place, fc.nat(DEEP), fc.boolean()).map(([at, depth, isArray]) => (document: string) => {
      const [open, close] = isArray ? ['[', ']'] : ['{"a":', '}'];
      return replaceNull(document, at, `${open.repeat(depth)}1${close.repeat(depth)}`);
    }),
  );
  return fc.tuple(documents, damage).map(([document, change]) => change(document));
}

function turnBracket(document: string, at: number): string {
  const brackets = [...document.matchAll(/[[\]{}]/g)];
  const found = brackets[at % Math.max(1, brackets.length)];
  if (found === undefined) return document;
  const other = { '[': '{', ']': '}', '{': '[', '}': ']' }[found[0]] ?? '';
  return document.slice(0, found.index) + other + document.slice(found.index + 1);
}

function replaceNull(document: string, at: number, by: string): string {
  const places = [...document.matchAll(/null|true/g)];
  const found = places[at % Math.max(1, places.length)];
  if (found === undefined) return `{"a":${by}}`;
  return document.slice(0, found.index) + by + document.slice(found.index + found[0].length);
}

/** The bytes of a text, now and then with one that is not UTF-8. */
export function bytesOf(texts: fc.Arbitrary<string>): fc.Arbitrary<Uint8Array<ArrayBuffer>> {
  return fc.tuple(texts, fc.nat(9), fc.nat()).map(([written, chance, at]) => {
    const bytes = new Uint8Array(Buffer.from(written));
    if (chance === 0 && bytes.length > 0) bytes[at % bytes.length] = 0xff;
    return bytes;
  });
}

/** What `JSON.parse` says of a document, or why it cannot say anything. */
export type Verdict =
  | { readonly kind: 'json'; readonly json: unknown }
  /** Brackets or quotes that do not match, or too many levels: nothing may be read. */
  | { readonly kind: 'nothing' }
  /** What is wrong may lie in a part that nobody reads. */
  | { readonly kind: 'malformed' };

/** The reference: `JSON.parse`, within the limit of depth. */
export function judge(bytes: Uint8Array, depthMax: number): Verdict {
  const document = new TextDecoder().decode(bytes);
  if (nesting(document) > depthMax) return { kind: 'nothing' };
  try {
    return { kind: 'json', json: JSON.parse(document) as unknown };
  } catch {
    return { kind: 'malformed' };
  }
}

/** The deepest level; infinite when brackets or quotes do not match. */
function nesting(document: string): number {
  const open: string[] = [];
  let deepest = 0;
  for (const [sign] of document.matchAll(/"(?:[^"\\]|\\[\s\S])*"|["[\]{}]/g)) {
    if (sign === '"') return Number.POSITIVE_INFINITY;
    if (sign === '[' || sign === '{') deepest = Math.max(deepest, open.push(sign));
    if (sign === ']' && open.pop() !== '[') return Number.POSITIVE_INFINITY;
    if (sign === '}' && open.pop() !== '{') return Number.POSITIVE_INFINITY;
  }
  return open.length === 0 ? deepest : Number.POSITIVE_INFINITY;
}
