export { type FastifyPlugin, observeOperations, operationOf } from './servers/fastify-plugin.js';
export type { ServerOptions } from './servers/server-options.js';
