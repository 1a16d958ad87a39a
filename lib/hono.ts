export { type HonoMiddleware, observeOperations, operationOf } from './servers/hono-middleware.js';
export type { ServerOptions } from './servers/server-options.js';
