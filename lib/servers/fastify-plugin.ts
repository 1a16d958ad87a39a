import { readMember } from '../errors/classify-error.js';
import type { OperationHandle } from '../requests/handle.js';
import type { NodeServerResponse } from '../streams/node-response.js';
import { type NodeServerRequest, runServed } from './node-server.js';
import { noteHandlerError, operationOfRaw } from './served-operations.js';
import { resolveServerOptions, type ServerOptions } from './server-options.js';

/** A request of Fastify. */
export interface FastifyServedRequest {
  readonly raw: NodeServerRequest;
  readonly method: string;
  readonly url: string;
  readonly headers: object;
}

/** A plugin of Fastify. */
export type FastifyPlugin = (fastify: FastifyHooks, options: object, done: () => void) => void;

/** The part of a Fastify instance that the plugin uses. */
export interface FastifyHooks {
  /** Adds a hook. */
  readonly addHook: unknown;
}

interface Reply {
  readonly raw: NodeServerResponse;
}

type AddHook = (
  name: string,
  hook: (request: FastifyServedRequest, reply: Reply, ...rest: never[]) => void,
) => unknown;

/**
 * Creates a plugin of Fastify 5 that observes each request as one operation. Register it before routes and other
 * plugins: `app.register(observeOperations())`. It applies to all routes, also to those of other plugins.
 *
 * The operation is the context of all that follows, body parsers included, and ends with the last byte of the response by
 * the rules of `operation.endWith`. An error of a handler decides the error type of a response of 500 and up.
 * It continues the caller's trace, or is a child of the active span. Before `initMonitoring` the plugin does nothing.
 *
 * @throws {MonitoringError} ERR_INVALID_CONFIG if an option is wrong.
 */
export function observeOperations<Request extends FastifyServedRequest>(
  options: ServerOptions<Request> = {},
): FastifyPlugin {
  const resolved = resolveServerOptions<Request>(options);
  const plugin: FastifyPlugin = (fastify, _options, done) => {
    const addHook = (fastify.addHook as AddHook).bind(fastify);
    addHook('onRequest', (request, reply, next: () => void) => {
      const { method = '', headers } = request.raw;
      const served = {
        request: request as Request,
        raw: request.raw,
        method,
        headers,
        route: () => routeOf(request),
      };
      runServed(served, reply.raw, resolved, () => next());
    });
    addHook('onError', (request, _reply, error: unknown, next: () => void) => {
      noteHandlerError(request.raw, error);
      next();
    });
    done();
  };
  return Object.assign(plugin, {
    // Without this mark, hooks apply only to the plugin's own routes.
    [Symbol.for('skip-override')]: true,
    [Symbol.for('fastify.display-name')]: 'llm-edge-monitoring',
    [Symbol.for('plugin-meta')]: { name: 'llm-edge-monitoring', fastify: '5.x' },
  });
}

/** Returns the operation of a request that {@link observeOperations} observes. */
export function operationOf(request: Pick<FastifyServedRequest, 'raw'>): OperationHandle | undefined {
  return operationOfRaw(request.raw);
}

function routeOf(request: object): string | undefined {
  const url = readMember(readMember(request, 'routeOptions'), 'url');
  return typeof url === 'string' && readMember(request, 'is404') !== true ? url : undefined;
}
