import { readMember } from '../errors/classify-error.js';
import type { OperationHandle } from '../requests/handle.js';
import type { NodeServerResponse } from '../streams/node-response.js';
import { type NodeServerRequest, runServed } from './node-server.js';
import { operationOfRaw } from './served-operations.js';
import { resolveServerOptions, type ServerOptions } from './server-options.js';

/** A middleware of Express and Connect. */
export type ExpressMiddleware<Request> = (
  request: Request,
  response: NodeServerResponse,
  next: () => void,
) => void;

/**
 * Creates a middleware of Express 5, Express 4 or Connect that observes each request as one operation. Mount it first:
 * `app.use(observeOperations())`.
 *
 * The operation is the context of all that follows, body parsers included, and ends with the last byte of the response by
 * the rules of `operation.endWith`. It continues the caller's trace, or is a child of the active span. Before
 * `initMonitoring` the middleware only calls `next`.
 *
 * @throws {MonitoringError} ERR_INVALID_CONFIG if an option is wrong.
 */
export function observeOperations<Request extends NodeServerRequest>(
  options: ServerOptions<Request> = {},
): ExpressMiddleware<Request> {
  const resolved = resolveServerOptions<Request>(options);
  return (request, response, next) => {
    const { method = '', headers } = request;
    const served = { request, raw: request, method, headers, route: () => routeOf(request) };
    runServed(served, response, resolved, () => next());
  };
}

/** Returns the operation of a request that {@link observeOperations} observes. */
export function operationOf(request: NodeServerRequest): OperationHandle | undefined {
  return operationOfRaw(request);
}

/** Within a mounted router the base URL is no template: `/tenants/:id` has become `/tenants/7`. */
function routeOf(request: object): string | undefined {
  const path = readMember(readMember(request, 'route'), 'path');
  return typeof path === 'string' && readMember(request, 'baseUrl') === '' ? path : undefined;
}
