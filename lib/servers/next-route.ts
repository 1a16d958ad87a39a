import { readMember } from '../errors/classify-error.js';
import { current } from '../metrics/recorder.js';
import { countFailure, guard } from '../requests/guard.js';
import type { OperationHandle } from '../requests/handle.js';
import type { StartedOperation } from '../requests/observe-operation.js';
import type { ResponseObserver } from '../streams/node-response.js';
import { onSettled } from '../streams/promise.js';
import { isResponse, observeBody, type ResponseLike, unreadBody } from '../streams/response-body.js';
import { describeOperation, operationOfRaw, type ServedRequest, serveRequest } from './served-operations.js';
import { resolveServerOptions, type ServerOptions } from './server-options.js';

/** The part of a request of Next.js that is read: `NextRequest`. */
export interface RouteRequest {
  readonly method: string;
  readonly headers: Headers;
}

/** The error's digest is Next's mark of `redirect()`, `notFound()`, `forbidden()` and `unauthorized()`. */
const ANSWER_BY_NEXT = /^NEXT_(REDIRECT|HTTP_ERROR_FALLBACK)\b/;

/** Methods of routes that Next.js may render once for all callers. Reading a header would make such a route dynamic. */
const STATIC_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD']);

/**
 * Wraps a route handler of the App Router of Next.js, so that each call of it is one operation:
 * `export const POST = observeOperations(async (request) => …)`.
 *
 * The operation ends with the last byte of the `Response` that Next.js reads. A status of 500 and up, an error of the
 * handler and an error of the body are failures; `redirect()`, `notFound()` and lower statuses are not. A response that
 * the caller leaves before its last byte is `client_cancelled`. The handler gets its arguments and Next.js gets its
 * result unchanged. The operation is a child of the span of Next.js if that is recorded. Otherwise it continues the trace
 * of the caller, except in `GET` and `HEAD` routes, which reading a header would make dynamic. Before `initMonitoring`
 * and in the edge runtime it only calls the handler.
 *
 * @param handler - the function that a `route.ts` exports as `GET`, `POST`, ….
 * @param options - see {@link ServerOptions}; the default name has the parameters in place of their values, such as
 *   `POST /threads/[id]`.
 * @throws {MonitoringError} ERR_INVALID_CONFIG if an option is wrong.
 */
export function observeOperations<Request extends RouteRequest, Rest extends readonly unknown[], Result>(
  handler: (request: Request, ...rest: Rest) => Result,
  options: ServerOptions<Request> = {},
): (request: Request, ...rest: Rest) => Result {
  const resolved = resolveServerOptions<Request>(options);
  return (request, ...rest) => {
    const served = guard(current.recorder, 'observeOperations', () => servedRequest(request, rest[0]));
    const found = served && serveRequest(served, resolved);
    if (served === undefined || found?.isNew !== true) return handler(request, ...rest);
    const { operation } = found;
    const describe = (): void => describeOperation(operation, served, resolved);
    const fail = (error: unknown): void => endWithError(operation, error, describe);
    let result: Result;
    try {
      result = operation.run(() => handler(request, ...rest));
    } catch (error) {
      fail(error);
      throw error;
    }
    try {
      const end = (value: unknown): void => endWithResult(operation, served.method, value, describe);
      if (!onSettled(result, end, fail)) end(result);
    } catch {
      countFailure(current.recorder, 'observeOperations');
    }
    return result;
  };
}

/** Returns the operation of a request that {@link observeOperations} observes. */
export function operationOf(request: RouteRequest): OperationHandle | undefined {
  return operationOfRaw(request);
}

/** @param context - the second argument of a route handler: `{ params }`, a promise since Next.js 15. */
function servedRequest<Request extends RouteRequest>(
  request: Request,
  context: unknown,
): ServedRequest<Request> {
  const { method } = request;
  const params = readMember(context, 'params');
  let known: unknown = params;
  onSettled(
    params,
    (value) => {
      known = value;
    },
    () => undefined,
  );
  return {
    request,
    raw: request,
    method,
    headers: STATIC_METHODS.has(method) ? {} : request.headers,
    route: () => routeOf(request, known),
  };
}

/**
 * The route, which Next.js does not pass to handlers: the path, with the names of the parameters in place of their values.
 * The path is that of `nextUrl`, because reading `url` would make a static route dynamic.
 */
function routeOf(request: object, params: unknown): string | undefined {
  const path = readMember(readMember(request, 'nextUrl'), 'pathname');
  if (typeof path !== 'string' || typeof readMember(params, 'then') === 'function') return undefined;
  const segments = path.split('/').map(normalise);
  for (const [name, value] of Object.entries(params ?? {})) {
    const values = [value].flat().map(normalise);
    const at = segments.findIndex((_, from) => values.every((one, index) => segments[from + index] === one));
    // A parameter that is not part of the path, such as an optional one without a value, leaves no route to trust.
    if (at < 0) return undefined;
    segments.splice(at, values.length, Array.isArray(value) ? `[...${name}]` : `[${name}]`);
  }
  return segments.join('/');
}

/** Makes the same text of a segment, whichever of its characters are encoded. */
function normalise(segment: unknown): string {
  try {
    return encodeURIComponent(decodeURIComponent(String(segment)));
  } catch {
    return String(segment);
  }
}

function endWithResult(
  operation: StartedOperation,
  method: string,
  result: unknown,
  describe: () => void,
): void {
  // Next.js answers a handler without a `Response` with 500.
  const statusCode = isResponse(result) ? result.status : 500;
  operation.endBy(
    { statusCode, headersSent: true },
    (observer) => observeAnswer(operation, method, result, observer),
    { describe },
  );
}

function observeAnswer(
  operation: StartedOperation,
  method: string,
  result: unknown,
  observer: ResponseObserver,
): void {
  // Next.js does not read the body of an answer to HEAD.
  const body = isResponse(result) && method !== 'HEAD' ? unreadBody(result as ResponseLike) : undefined;
  if (body === undefined) {
    observer.end({ how: 'complete' });
    return;
  }
  let isBegun = false;
  observeBody(result as object, body, {
    chunk() {
      if (!isBegun) observer.firstByte();
      isBegun = true;
    },
    end: () => observer.end({ how: 'complete' }),
    fail: (error) => observer.end({ how: 'broken', error }),
    cancel: () => observer.end({ how: 'client_left' }),
    // A body may make its chunks only when they are read.
    run: (step) => operation.run(step),
  });
}

function endWithError(operation: StartedOperation, error: unknown, describe: () => void): void {
  const isAnswer = ANSWER_BY_NEXT.test(String(readMember(error, 'digest')));
  operation.endBy(
    { statusCode: isAnswer ? 200 : 500, headersSent: false },
    (observer) => observer.end({ how: 'complete' }),
    {
      describe,
      failure: { error, errorType: undefined },
    },
  );
}
