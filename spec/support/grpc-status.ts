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

/** A `google.rpc.Status` that asks for a delay, as it comes in `grpc-status-details-bin`. */
export function statusWithDelay(seconds: number, nanos: number): Buffer {
  return statusWith([
    ...(seconds === 0 ? [] : [8, ...varint(seconds)]),
    ...(nanos === 0 ? [] : [16, ...varint(nanos)]),
  ]);
}

/** A `google.rpc.Status` with a detail of another type before its RetryInfo, whose duration is given as bytes. */
export function statusWith(duration: readonly number[]): Buffer {
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
