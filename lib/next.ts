export { register } from './monitoring/next-register.js';
export { observeOperations, operationOf, type RouteRequest } from './servers/next-route.js';
export type { ServerOptions } from './servers/server-options.js';
