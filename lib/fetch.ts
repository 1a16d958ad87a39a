export type { ApiName, Dialect } from './catalogue/providers.js';
export type { RequestChanges } from './clients/change-request.js';
export type { HostFunction, HostMatch, HostOptions } from './clients/host-options.js';
export { type InstrumentFetchOptions, instrumentFetch } from './clients/instrument-fetch.js';
export { type InstrumentWebSocketOptions, instrumentWebSocket } from './clients/instrument-websocket.js';
