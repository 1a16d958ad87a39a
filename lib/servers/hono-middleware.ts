import { readMember } from '../errors/classify-error.js';
import type { OperationHandle } from '../requests/handle.js';
import type { NodeServerResponse } from '../streams/node-response.js';
import { runServed } from './node-server.js';
import {
  describeOperation,
  noteHandlerError,
  operationOfRaw,
  type ServedRequest,
  serveRequest,
} from './served-operations.js';
import { resolveServerOptions, type ServerOptions } from './server-options.js';
import { observeWebResponse } from './web-response.js';

/** The context of a request in Hono. */
export interface HonoContext {
  readonly req: { readonly raw: Request; readonly method: string; readonly path: string };
  /** On Node.js it contains the request and the response of the server. */
  readonly env: unknown;
  readonly error: unknown;
  res: Response;
}

/** A middleware of Hono. */
export type HonoMiddleware<Context> = (context: Context, next: () => Promise<void>) => Promise<void>;

/**
 * Creates a middleware of Hono 4 that observes each request as one operation. Mount it first:
 * `app.use(observeOperations())`.
 *
 * The operation is the context of all that follows. With `@hono/node-server` it ends with the last byte of the response,
 * by the rules of `operation.endWith`. In other runtimes it ends when the runtime has read the body of the
 * response to its end, and the response that leaves the middleware is a new one with the same status and headers. An
 * error of a handler decides the error type of a response of 500 and up. The operation continues the caller's trace, or
 * is a child of the active span. Before `initMonitoring` the middleware only calls `next`.
 *
 * @throws {MonitoringError} ERR_INVALID_CONFIG if an option is wrong.
 */
export function observeOperations<Context extends HonoContext>(
  options: ServerOptions<Context> = {},
): HonoMiddleware<Context> {
  const resolved = resolveServerOptions<Context>(options);
  return async (context, next) => {
    const { raw } = context.req;
    const served: ServedRequest<Context> = {
      request: context,
      raw: rawOf(context),
      method: raw.method,
      headers: raw.headers,
      route: () => routeOf(context),
    };
    const response = readMember(context.env, 'outgoing');
    if (response !== undefined) {
      await runServed(served, response as NodeServerResponse, resolved, next);
      // Hono keeps the error that an error handler has answered.
      if (context.error !== undefined) noteHandlerError(served.raw, context.error);
    } else {
      await runInRuntime(served, resolved, next);
    }
  };
}

/** Returns the operation of a request that {@link observeOperations} observes. */
export function operationOf(context: Pick<HonoContext, 'req' | 'env'>): OperationHandle | undefined {
  return operationOfRaw(rawOf(context));
}

async function runInRuntime(
  served: ServedRequest<HonoContext>,
  options: ServerOptions<never>,
  next: () => Promise<void>,
): Promise<void> {
  const found = serveRequest(served, options as ServerOptions<HonoContext>);
  if (found?.isNew !== true) return next();
  const { operation } = found;
  const context = served.request;
  try {
    await operation.run(next);
  } catch (error) {
    // Hono handles instances of Error itself; it passes other values on to the runtime.
    operation.fail(error);
    throw error;
  }
  const { res, error } = context;
  operation.endBy(
    { statusCode: res.status, headersSent: true },
    (observer) => {
      context.res = observeWebResponse(res, served.method, observer);
    },
    {
      describe: () => describeOperation(operation, served, options as ServerOptions<HonoContext>),
      failure: error === undefined ? undefined : { error, errorType: undefined },
    },
  );
}

function rawOf({ req, env }: Pick<HonoContext, 'req' | 'env'>): object {
  const incoming = readMember(env, 'incoming');
  return typeof incoming === 'object' && incoming !== null ? incoming : req.raw;
}

/** The last route with a method is that of the handler: those before it are of middleware. */
function routeOf({ req }: HonoContext): string | undefined {
  const routes = readMember(req, 'matchedRoutes');
  if (!Array.isArray(routes)) return undefined;
  const path = readMember(routes.filter((route) => readMember(route, 'method') !== 'ALL').at(-1), 'path');
  return typeof path === 'string' ? path : undefined;
}
