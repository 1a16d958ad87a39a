import type { ErrorType } from '../catalogue/error-types.js';
import { readMember } from './classify-error.js';

/** Types of the error of a pipe or connection, whichever end of it broke. */
const BROKEN: ReadonlySet<ErrorType> = new Set(['stream_interrupted', 'network', 'client_cancelled']);

/** Types of errors that name no cause. */
const SAYS_NOTHING: ReadonlySet<ErrorType> = new Set(['unknown', 'api_error']);

/** Types of a request whose answer broke off. */
const UPSTREAM_BROKE: ReadonlySet<ErrorType> = new Set(['stream_interrupted', 'network', 'timeout']);

/** Codes of Node's streams for a pipe of which either end was closed. */
const CLOSED_CODES: ReadonlySet<unknown> = new Set(['ERR_STREAM_PREMATURE_CLOSE', 'ERR_STREAM_DESTROYED']);

/** Whether an error is that of a pipe of which either end was closed too early. */
export function isClosedEarly(error: unknown): boolean {
  return CLOSED_CODES.has(readMember(error, 'code'));
}

/**
 * Finds the type of an error that ended an operation from its last request, so that both blame the same side.
 *
 * @param errorType - the type of the error by itself.
 * @param lastErrorType - why the request that ended last failed; `undefined` where it succeeded.
 */
export function brokenPipeType(
  error: unknown,
  errorType: ErrorType,
  lastErrorType: ErrorType | undefined,
): ErrorType {
  const hasUpstreamBroken = lastErrorType !== undefined && UPSTREAM_BROKE.has(lastErrorType);
  if (hasUpstreamBroken && (BROKEN.has(errorType) || SAYS_NOTHING.has(errorType))) return lastErrorType;
  if (!BROKEN.has(errorType)) return errorType;
  // No answer broke off, so the end that was closed is the one that the operation writes to.
  if (isClosedEarly(error)) return 'client_cancelled';
  const isOfAnswer = errorType !== 'network' || readMember(error, 'syscall') === 'write';
  return lastErrorType === 'client_cancelled' && isOfAnswer ? lastErrorType : errorType;
}
