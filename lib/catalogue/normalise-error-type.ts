import { ERROR_TYPE_ALIASES, ERROR_TYPES, type ErrorType } from './error-types.js';

const BY_NAME: Readonly<Record<string, ErrorType>> = Object.assign(
  Object.create(null),
  ERROR_TYPE_ALIASES,
  Object.fromEntries(ERROR_TYPES.map((type) => [type, type])),
);

/** The error type that a caller's string means, or `undefined` for a string that is not known. */
export function normaliseErrorType(value: unknown): ErrorType | undefined {
  return typeof value === 'string' ? BY_NAME[value] : undefined;
}
