export { type ExpressMiddleware, observeOperations, operationOf } from './servers/express-middleware.js';
export type { ServerOptions } from './servers/server-options.js';
