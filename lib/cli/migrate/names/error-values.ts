import { normaliseErrorType } from '../../../catalogue/error-types.js';
import { CLASS_NAMES, HTTP_STATUSES } from '../../../errors/error-codes.js';

/** The error type of an HTTP status that is given as text. */
export function normaliseErrorStatus(status: string): string | undefined {
  if (!/^[45]\d\d$/.test(status)) return undefined;
  return HTTP_STATUSES[Number(status)] ?? (status < '500' ? 'invalid_request' : 'server_error');
}

/** The error type of the name of an error class, of a code or of an error type. */
export function normaliseErrorName(name: string): string | undefined {
  if (Object.hasOwn(CLASS_NAMES, name)) return CLASS_NAMES[name as keyof typeof CLASS_NAMES];
  return normaliseErrorType(name) ?? normaliseErrorStatus(name);
}
