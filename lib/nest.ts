export { type NestModule, type NestRequest, observeOperations, operationOf } from './servers/nest-module.js';
export type { ServerOptions } from './servers/server-options.js';
