import { isAlias, isMap, isScalar, isSeq, Lexer, Parser, parseAllDocuments, Scalar } from 'yaml';
import { createTextSlot, type TextSlot } from './text-slot.js';

/** A JSON or YAML document with the places of its strings. */
export type Tree =
  | { readonly kind: 'map'; readonly entries: readonly TreeEntry[] }
  | { readonly kind: 'list'; readonly items: readonly Tree[] }
  | { readonly kind: 'text'; readonly slot: TextSlot }
  | { readonly kind: 'alias' | 'other' };

export interface TreeEntry {
  readonly key: TextSlot;
  readonly value: Tree;
}

/** A document, or why it cannot be read. */
export type Parsed =
  | { readonly ok: true; readonly tree: Tree }
  | { readonly ok: false; readonly problem: string };

const DEPTH_MAX = 100;
const OTHER: Tree = { kind: 'other' };

/** Parses a JSON document. */
export function parseJsonTree(text: string): Parsed {
  try {
    // A byte order mark is a blank to the reader.
    JSON.parse(text.replace(/^\uFEFF/, ''));
    return { ok: true, tree: new JsonReader(text).read() };
  } catch (error) {
    return { ok: false, problem: `it is not JSON: ${(error as Error).message}` };
  }
}

/** Parses the documents of a YAML file. Aliases are not expanded. */
export function parseYamlTree(text: string): Parsed {
  try {
    checkDepth(text);
    const documents = parseAllDocuments(text, { logLevel: 'silent', uniqueKeys: false });
    if (!Array.isArray(documents)) return { ok: true, tree: OTHER };
    const [error] = documents.flatMap(({ errors }) => errors);
    if (error !== undefined) throw error;
    const items = documents.map(({ contents }) => yamlTree(contents, text, 0));
    return { ok: true, tree: { kind: 'list', items } };
  } catch (error) {
    const [line] = (error as Error).message.split('\n');
    return {
      ok: false,
      problem: `it is not YAML: ${error instanceof RangeError ? 'nested too deeply' : line}`,
    };
  }
}

/** The value of a key, if the tree is a map that has it. */
export function memberOf(tree: Tree, name: string): Tree | undefined {
  return tree.kind === 'map' ? tree.entries.find(({ key }) => key.value === name)?.value : undefined;
}

/** The string of a key. */
export function textOfMember(tree: Tree, name: string): TextSlot | undefined {
  const member = memberOf(tree, name);
  return member?.kind === 'text' ? member.slot : undefined;
}

/** The values of a map or a list. */
export function childrenOf(tree: Tree): readonly Tree[] {
  if (tree.kind === 'map') return tree.entries.map(({ value }) => value);
  return tree.kind === 'list' ? tree.items : [];
}

/** What the parser holds of a node that is as deep as allowed, besides the collections around it. */
const DOCUMENT_AND_SCALAR = 2;

/**
 * Reads the structure alone, which needs no recursion. To make nodes of a structure that is too deep, in brackets or in
 * lines, the parser takes all the stack or memory there is.
 */
function checkDepth(text: string): void {
  const parser = new Parser();
  for (const lexeme of new Lexer().lex(text)) {
    for (const _token of parser.next(lexeme));
    if (parser.stack.length > DEPTH_MAX + DOCUMENT_AND_SCALAR) throw new RangeError('depth');
  }
}

function yamlTree(node: unknown, text: string, depth: number): Tree {
  if (depth > DEPTH_MAX) throw new RangeError('depth');
  if (isAlias(node)) return { kind: 'alias' };
  if (isSeq(node)) return { kind: 'list', items: node.items.map((item) => yamlTree(item, text, depth + 1)) };
  if (isMap(node)) {
    const entries = node.items.flatMap(({ key, value }) => {
      const name = yamlTree(key, text, depth + 1);
      return name.kind === 'text' ? [{ key: name.slot, value: yamlTree(value, text, depth + 1) }] : [];
    });
    return { kind: 'map', entries };
  }
  if (!isScalar(node) || typeof node.value !== 'string' || !node.range) return OTHER;
  const [from] = node.range;
  const isDouble = node.type === Scalar.QUOTE_DOUBLE;
  if (isDouble || node.type === Scalar.QUOTE_SINGLE) {
    const slot = createTextSlot(node.value, text, from + 1, isDouble ? 'double' : 'single');
    return { kind: 'text', slot };
  }
  const isBlock = node.type === Scalar.BLOCK_LITERAL || node.type === Scalar.BLOCK_FOLDED;
  const start = isBlock ? text.indexOf('\n', from) + 1 : from;
  return { kind: 'text', slot: createTextSlot(node.value, text, start, 'plain') };
}

/** Reads text that is known to be JSON. */
class JsonReader {
  readonly #text: string;
  #position = 0;

  constructor(text: string) {
    this.#text = text;
  }

  read(depth = 0): Tree {
    if (depth > DEPTH_MAX) throw new RangeError('nested too deeply');
    switch (this.#next()) {
      case '{':
        return { kind: 'map', entries: this.#list('}', () => this.#entry(depth)) };
      case '[':
        return { kind: 'list', items: this.#list(']', () => this.read(depth + 1)) };
      case '"':
        return { kind: 'text', slot: this.#string() };
      default:
        while (/[^\s,\]}]/.test(this.#text[this.#position] ?? ' ')) this.#position += 1;
        return OTHER;
    }
  }

  /** The character after blanks, which becomes the current one. */
  #next(): string {
    while (/\s/.test(this.#text[this.#position] ?? '')) this.#position += 1;
    return this.#text[this.#position] ?? '';
  }

  #list<Item>(end: string, item: () => Item): readonly Item[] {
    const items: Item[] = [];
    this.#position += 1;
    while (this.#next() !== end) {
      items.push(item());
      if (this.#next() === ',') this.#position += 1;
    }
    this.#position += 1;
    return items;
  }

  #entry(depth: number): TreeEntry {
    this.#next();
    const key = this.#string();
    this.#next();
    this.#position += 1;
    return { key, value: this.read(depth + 1) };
  }

  #string(): TextSlot {
    const from = this.#position;
    this.#position += 1;
    while (this.#text[this.#position] !== '"') this.#position += this.#text[this.#position] === '\\' ? 2 : 1;
    this.#position += 1;
    const value = JSON.parse(this.#text.slice(from, this.#position)) as string;
    return createTextSlot(value, this.#text, from + 1, 'double');
  }
}
