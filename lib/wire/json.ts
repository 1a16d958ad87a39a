/** A JSON object whose members are not known to be what they should be. */
export interface JsonObject {
  readonly [member: string]: unknown;
}

const EMPTY: JsonObject = Object.freeze({});

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value as an object; an empty one when it is none. */
export function object(value: unknown): JsonObject {
  return isObject(value) ? value : EMPTY;
}

/** The objects of an array; none when it is no array. */
export function objects(value: unknown): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

/** The value as a text that is not empty. */
export function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** The value as a finite number that is not negative. */
export function amount(value: unknown): number | undefined {
  return typeof value === 'number' && value >= 0 && value < Number.POSITIVE_INFINITY ? value : undefined;
}

/** Whether there is anything in a text or an array. */
export function isFilled(value: unknown): boolean {
  return (typeof value === 'string' || Array.isArray(value)) && value.length > 0;
}

/** What an `error` member says; nothing when it is null, empty or false. */
export function failure(value: unknown): unknown {
  return isObject(value) || isFilled(value) ? value : undefined;
}

/** Adds counts of which some may be unknown; unknown when all are. */
export function sum(...counts: readonly (number | undefined)[]): number | undefined {
  const known = counts.filter((count) => count !== undefined);
  return known.length === 0 ? undefined : known.reduce((total, count) => total + count, 0);
}
