import { decorate } from '../streams/methods.js';
import { type NodeServerResponse, observeNodeResponse } from '../streams/node-response.js';
import {
  describeOperation,
  isWithinOperation,
  type ServedRequest,
  serveRequest,
} from './served-operations.js';
import type { ServerOptions } from './server-options.js';

/** The request of a Node.js server: `IncomingMessage` of `node:http`, `Http2ServerRequest` of `node:http2`. */
export interface NodeServerRequest {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  readonly headers: object;
}

/**
 * Runs the rest of a server within the operation of a request, which its response ends. A request that is served
 * already, by a middleware mounted twice or by a framework within another one, stays one operation.
 */
export function runServed<Request, T>(
  served: ServedRequest<Request>,
  response: NodeServerResponse,
  options: ServerOptions<Request>,
  next: () => T,
): T {
  const found = serveRequest(served, options);
  if (found === undefined) return next();
  const { operation, isNew } = found;
  if (isNew) {
    operation.endBy(response, (observer) => observeNodeResponse(response, observer), {
      describe: () => describeOperation(operation, served, options),
    });
    // A parser that listens to the request, such as multer, calls its handler outside every context.
    decorate(served.raw, 'emit', (emit, args) =>
      isWithinOperation() ? emit(...args) : operation.run(() => emit(...args)),
    );
  }
  // An active operation within that of the request stays active.
  return isNew || !isWithinOperation() ? operation.run(next) : next();
}
