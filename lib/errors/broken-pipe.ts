import type { ErrorType } from '../catalogue/error-types.js';
import { readMember } from './classify-error.js';

/** What the error of a pipe or connection may be, whichever end of it broke. */
const BROKEN: ReadonlySet<ErrorType> = new Set(['stream_interrupted', 'network', 'client_cancelled']);

/** What an error that says nothing may come from. */
const SAYS_NOTHING: ReadonlySet<ErrorType> = new Set(['unknown', 'api_error']);

/** How a request ends whose answer broke off. */
const UPSTREAM_BROKE: ReadonlySet<ErrorType> = new Set(['stream_interrupted', 'network', 'timeout']);

/** What Node's streams say when a stream that is piped to is closed, or one that is piped from. */
const CLOSED_CODES: ReadonlySet<unknown> = new Set(['ERR_STREAM_PREMATURE_CLOSE', 'ERR_STREAM_DESTROYED']);

/** Whether an error is what Node's streams say when either end of a pipe is closed too early. */
export function isClosedEarly(error: unknown): boolean {
  return CLOSED_CODES.has(readMember(error, 'code'));
}

/**
 * What an error is that ended an operation, seen beside its requests: who left, or what broke, is blamed in both.
 *
 * @param errorType - what the error says by itself.
 * @param lastErrorType - what the request that ended last failed of; `undefined` where it succeeded.
 */
export function brokenPipeType(
  error: unknown,
  errorType: ErrorType,
  lastErrorType: ErrorType | undefined,
): ErrorType {
  const hasUpstreamBroken = lastErrorType !== undefined && UPSTREAM_BROKE.has(lastErrorType);
  if (hasUpstreamBroken && (BROKEN.has(errorType) || SAYS_NOTHING.has(errorType))) return lastErrorType;
  if (!BROKEN.has(errorType)) return errorType;
  // No answer broke off, so that what was closed is the end that the operation writes to.
  if (isClosedEarly(error)) return 'client_cancelled';
  const isOfAnswer = errorType !== 'network' || readMember(error, 'syscall') === 'write';
  return lastErrorType === 'client_cancelled' && isOfAnswer ? lastErrorType : errorType;
}
