import { INPUT_LIMITS } from '../catalogue/input-limits.js';
import type { ParsedJson } from '../streams/observation.js';
import { characterCount, isObject, type JsonObject, memberOf, type Projection, parseJson } from './json.js';
import { JsonProjector } from './json-projector.js';

const PARSED_BYTES_MAX = INPUT_LIMITS.parsedJson.value;
const DEPTH_MAX = INPUT_LIMITS.jsonDepth.value;
/** A string up to this length fits in what the projector keeps, even if each character is a six-byte `\u….` escape. */
const SHORT_STRING_MAX = Math.floor(INPUT_LIMITS.keptString.value / 6);
/** A larger text is encoded in pieces of this length, so that memory holds no second copy of it. */
const PIECE_CHARS = 65_536;

const OPEN_OBJECT = 0x7b;

/**
 * Reads a JSON document as its bytes arrive and keeps what a {@link JsonProjector} keeps. A small document is held and
 * parsed by `JSON.parse`, which is faster. The projector reads large documents, documents with many brackets, documents
 * that `JSON.parse` rejects, and arrays, whose elements may be needed before the array ends.
 */
export class JsonDocument {
  private readonly parameters: ConstructorParameters<typeof JsonProjector>;
  private held: Buffer | undefined;
  private length = 0;
  private projector: JsonProjector | undefined;

  /** Takes the parameters of {@link JsonProjector}. */
  constructor(...parameters: ConstructorParameters<typeof JsonProjector>) {
    this.parameters = parameters;
  }

  /** Whether the document exceeded a limit, so that nothing of it was kept. */
  get isTooLarge(): boolean {
    return this.projector?.isTooLarge === true;
  }

  /** Reads the next bytes, and keeps no reference to them. */
  push(chunk: Uint8Array): void {
    if (this.projector === undefined && this.hold(chunk)) return;
    this.project().push(chunk);
  }

  /**
   * Returns what was kept, or `undefined` if the document is incomplete or is not JSON.
   *
   * @param json - the document, if it has already been parsed.
   */
  finish(json?: ParsedJson): unknown {
    if (this.projector === undefined && this.held !== undefined) {
      const text = json?.text ?? this.held.toString('utf8', 0, this.length);
      const parsed = parseSmall(text, this.parameters[0], json);
      if (parsed !== undefined) return parsed;
    }
    return this.project().finish();
  }

  /** Copies the bytes, because their owner may reuse the memory; false if the projector has to read them. */
  private hold(chunk: Uint8Array): boolean {
    const needed = this.length + chunk.length;
    if (needed > PARSED_BYTES_MAX) return false;
    if (this.held === undefined) {
      if (chunk[0] !== OPEN_OBJECT) return false;
      this.held = Buffer.from(chunk);
    } else {
      if (needed > this.held.length) this.held = Buffer.concat([this.held], needed * 2);
      this.held.set(chunk, this.length);
    }
    this.length = needed;
    return true;
  }

  private project(): JsonProjector {
    if (this.projector === undefined) {
      this.projector = new JsonProjector(...this.parameters);
      if (this.held !== undefined) this.projector.push(this.held.subarray(0, this.length));
      this.held = undefined;
    }
    return this.projector;
  }
}

/** Returns what a projection keeps of a JSON document, given as text or as bytes. */
export function readJson(document: string | Uint8Array, projection: Projection): unknown {
  if (typeof document !== 'string') {
    const reader = new JsonDocument(projection);
    reader.push(document);
    return reader.finish();
  }
  if (Buffer.byteLength(document) <= PARSED_BYTES_MAX) {
    const parsed = parseSmall(document.toWellFormed(), projection);
    if (parsed !== undefined) return parsed;
  }
  const projector = new JsonProjector(projection);
  for (let start = 0; start < document.length; ) {
    const end = start + PIECE_CHARS;
    // A piece must not end between the two halves of a surrogate pair.
    const isPairCut = (document.codePointAt(end - 1) ?? 0) > 0xffff;
    const piece = document.slice(start, isPairCut ? end - 1 : end);
    projector.push(Buffer.from(piece));
    start += piece.length;
  }
  return projector.finish();
}

/** Returns what a projection keeps of a small text; `undefined` if the projector has to read it. */
function parseSmall(text: string, projection: Projection, parsed?: ParsedJson): unknown {
  if (mayNestTooDeep(text)) return undefined;
  const json = parsed === undefined ? parseJson(text) : parsed.value;
  return isObject(json) ? pick(json, projection) : undefined;
}

/** Whether a text has enough brackets to exceed the depth limit. The projector is as fast as `JSON.parse` for these. */
function mayNestTooDeep(text: string): boolean {
  let count = 0;
  for (const bracket of ['{', '[']) {
    for (let at = text.indexOf(bracket); at !== -1; at = text.indexOf(bracket, at + 1)) {
      count += 1;
      if (count > DEPTH_MAX) return true;
    }
  }
  return false;
}

/** Projects a parsed value; `undefined` if the projector would keep something different. */
function pick(value: unknown, projection: Projection): unknown {
  if (projection === 'count') return Array.isArray(value) ? value.length : null;
  if (projection === 'length') return typeof value === 'string' ? characterCount(value) : null;
  if (typeof value === 'string') return value.length > SHORT_STRING_MAX ? undefined : value;
  if (!isContainer(value)) return value;
  if (projection === true) return hasShortStrings(value) ? value : undefined;
  if (Array.isArray(value)) {
    // In an array, the projector replaces all elements except objects and arrays by null.
    const items = value.map((item) => (isContainer(item) ? pick(item, projection) : undefined));
    return items.includes(undefined) ? undefined : items;
  }
  const members: Record<string, unknown> = {};
  for (const name of Object.keys(value)) {
    const inside = memberOf(projection, name);
    if (inside === undefined) continue;
    const kept = pick(value[name], inside);
    if (kept === undefined) return undefined;
    members[name] = kept;
  }
  return members;
}

function hasShortStrings(value: unknown): boolean {
  if (typeof value === 'string') return value.length <= SHORT_STRING_MAX;
  if (!isContainer(value)) return true;
  return Object.keys(value).every((name) => name.length <= SHORT_STRING_MAX && hasShortStrings(value[name]));
}

/** Whether a value is an object or an array. */
function isContainer(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null;
}
