import type { Protocol } from '../config/otlp-endpoint.js';
import { grpcTransport } from './grpc-transport.js';
import { httpTransport } from './http-transport.js';
import type { Transport } from './transport.js';

/** The transport of each protocol. */
export const TRANSPORTS: Readonly<Record<Protocol, Transport>> = {
  grpc: grpcTransport,
  'http/protobuf': httpTransport,
};
