import fc from 'fast-check';
import { retryDelayOf } from '../../lib/exposition/retry-info.js';

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  return [...bytes, rest];
}

function bytesField(number: number, bytes: readonly number[]): number[] {
  return [number * 8 + 2, ...varint(bytes.length), ...bytes];
}

function text(value: string): number[] {
  return [...Buffer.from(value)];
}

/** `google.rpc.Status` with a detail of another type before the RetryInfo. */
function statusWithDelay(seconds: number, nanos: number): Buffer {
  return statusWith([
    ...(seconds === 0 ? [] : [8, ...varint(seconds)]),
    ...(nanos === 0 ? [] : [16, ...varint(nanos)]),
  ]);
}

function statusWith(duration: readonly number[]): Buffer {
  const any = (type: string, value: number[]) =>
    bytesField(3, [
      ...bytesField(1, text(`type.googleapis.com/google.rpc.${type}`)),
      ...bytesField(2, value),
    ]);
  return Buffer.from([
    8,
    14,
    ...bytesField(2, text('try later')),
    ...any('DebugInfo', bytesField(1, text('x'))),
    ...any('RetryInfo', bytesField(1, duration)),
  ]);
}

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
