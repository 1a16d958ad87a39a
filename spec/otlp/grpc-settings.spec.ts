import * as grpc from '@opentelemetry/otlp-grpc-exporter-base';
import { grpcSettings } from '../../lib/otlp/grpc-settings.js';

const CONNECTION = {
  endpoint: 'http://collector:4317',
  headers: { 'x-team': 'edge' },
  compression: 'gzip',
  timeoutMillis: 1000,
} as const;

describe('grpcSettings()', () => {
  it('asks gRPC for metadata when the exporter does, and once', () => {
    const createEmptyMetadata = jest.fn(grpc.createEmptyMetadata);
    const settings = grpcSettings({ ...grpc, createEmptyMetadata }, CONNECTION);
    expect(createEmptyMetadata).not.toHaveBeenCalled();

    expect([settings.metadata?.getMap(), settings.metadata?.getMap()]).toEqual([
      CONNECTION.headers,
      CONNECTION.headers,
    ]);
    expect(createEmptyMetadata).toHaveBeenCalledTimes(1);
  });

  it('leaves credentials to the exporter unless there are some', () => {
    const credentials = grpc.createSslCredentials();
    expect('credentials' in grpcSettings(grpc, CONNECTION)).toBe(false);
    expect(grpcSettings(grpc, CONNECTION, credentials).credentials).toBe(credentials);
  });
});
