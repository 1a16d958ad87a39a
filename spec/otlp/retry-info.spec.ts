import fc from 'fast-check';
import { retryDelayOf } from '../../lib/otlp/retry-info.js';
import { statusWith, statusWithDelay } from '../support/grpc-status.js';

function grpcError(...details: unknown[]): Error {
  const metadata = { get: (key: string) => (key === 'grpc-status-details-bin' ? details : []) };
  return Object.assign(new Error('14 UNAVAILABLE'), { code: 14, metadata });
}

describe('retryDelayOf()', () => {
  it('reads any delay', () => {
    fc.assert(
      fc.property(fc.nat(1_000_000), fc.nat(999_999_999), (seconds, nanos) => {
        const delay = retryDelayOf(grpcError(statusWithDelay(seconds, nanos)));
        expect(delay).toBeCloseTo(seconds * 1000 + nanos / 1e6, 6);
      }),
    );
  });

  it.each([
    ['no error', undefined],
    ['an error without metadata', new Error('x')],
    ['metadata that is none', Object.assign(new Error('x'), { metadata: null })],
    ['no details', grpcError()],
    ['details of another kind', grpcError('text')],
    ['details without a RetryInfo', grpcError(Buffer.from([8, 14]))],
    ['a negative delay', grpcError(statusWith([8, ...Array<number>(9).fill(0xff), 1]))],
  ])('finds none in %s', (_, error) => {
    expect(retryDelayOf(error)).toBeUndefined();
  });

  it('survives any bytes, and gives a delay only as a number that is not negative', () => {
    const damaged = fc.tuple(fc.nat(100), fc.nat(255)).map(([at, byte]) => {
      const details = statusWithDelay(3, 5_000_000);
      details[at % details.length] = byte;
      return details;
    });
    const cut = fc.nat(100).map((end) => statusWithDelay(3, 5_000_000).subarray(0, end));
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array(), damaged, cut), (details) => {
        const delay = retryDelayOf(grpcError(details));
        expect(delay === undefined || delay >= 0).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });
});
