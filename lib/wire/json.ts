/** A JSON object whose members may be of any type. */
export interface JsonObject {
  readonly [member: string]: unknown;
}

/**
 * What to keep of a JSON value: all of it (`true`), or only some members, which applies to each element of an array; or
 * only a number: of an array how many elements it has (`count`), of a text how many characters (`length`). They are
 * `null` for anything else.
 */
export type Projection = true | 'count' | 'length' | { readonly [member: string]: Projection };

const EMPTY: JsonObject = Object.freeze({});

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value if it is an object, else an empty one. */
export function object(value: unknown): JsonObject {
  return isObject(value) ? value : EMPTY;
}

/** The objects in an array; an empty list if the value is not an array. */
export function objects(value: unknown): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

/** The value if it is a string that is not empty. */
export function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** The value if it is a finite number that is not negative. */
export function amount(value: unknown): number | undefined {
  return typeof value === 'number' && value >= 0 && value < Number.POSITIVE_INFINITY ? value : undefined;
}

/** The content of an `error` member; `undefined` if it is null, empty or false. */
export function failure(value: unknown): unknown {
  const isFilled = (typeof value === 'string' || Array.isArray(value)) && value.length > 0;
  return isFilled || isObject(value) ? value : undefined;
}

/** The number of characters in a text: code points, as providers bill them, not halves of a surrogate pair. */
export function characterCount(text: string): number {
  let count = 0;
  for (const _character of text) count += 1;
  return count;
}

/** The sum of the known counts; `undefined` if all are unknown. */
export function sum(...counts: readonly (number | undefined)[]): number | undefined {
  let total: number | undefined;
  for (const count of counts) if (count !== undefined) total = (total ?? 0) + count;
  return total;
}

/** The value of a JSON text; `undefined` if it is malformed. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // Malformed JSON contains no facts, and the consumer gets the error when it parses the text.
    return undefined;
  }
}

/** What a projection keeps of a member. */
export function memberOf(projection: Projection, name: string | undefined): Projection | undefined {
  if (name === undefined || typeof projection !== 'object') return undefined;
  return Object.hasOwn(projection, name) ? projection[name] : undefined;
}

/** Whether a byte may occur in a number or a literal. */
export function isScalar(byte: number): boolean {
  const isLetterOrDigit = (byte >= 0x61 && byte <= 0x7a) || (byte >= 0x30 && byte <= 0x39);
  // `-`, `.`, `+` and `E`.
  return isLetterOrDigit || byte === 0x2d || byte === 0x2e || byte === 0x2b || byte === 0x45;
}
