export type { ApiName } from './catalogue/providers.js';
export type { RequestChanges } from './clients/change-request.js';
export { type InstrumentFetchOptions, instrumentFetch } from './clients/instrument-fetch.js';
export { type InstrumentWebSocketOptions, instrumentWebSocket } from './clients/instrument-websocket.js';
export type { HostOptions } from './clients/recognise.js';
