/** Metadata key under which gRPC sends the details of a status. */
const DETAILS_KEY = 'grpc-status-details-bin';
const RETRY_INFO = 'google.rpc.RetryInfo';

/**
 * The delay that a gRPC error asks for before the next attempt, if it carries a `google.rpc.RetryInfo`.
 *
 * @param error - what the exporter failed with
 * @returns milliseconds, or `undefined` when there is none or it cannot be read
 */
export function retryDelayOf(error: unknown): number | undefined {
  for (const details of detailsOf(error)) {
    const delay = delayInStatus(details);
    if (delay !== undefined) return delay;
  }
  return undefined;
}

function detailsOf(error: unknown): Uint8Array[] {
  if (typeof error !== 'object' || error === null || !('metadata' in error)) return [];
  const metadata = error.metadata as { get?: unknown } | null | undefined;
  if (typeof metadata?.get !== 'function') return [];
  const values: unknown = metadata.get(DETAILS_KEY);
  return Array.isArray(values) ? values.filter((value) => value instanceof Uint8Array) : [];
}

/** `google.rpc.Status { int32 code = 1; string message = 2; repeated Any details = 3; }` */
function delayInStatus(status: Uint8Array): number | undefined {
  for (const detail of bytesFields(status, 3)) {
    const [typeUrl] = bytesFields(detail, 1);
    if (typeUrl === undefined || !new TextDecoder().decode(typeUrl).endsWith(RETRY_INFO)) continue;
    const [retryInfo] = bytesFields(detail, 2);
    const [duration] = bytesFields(retryInfo ?? new Uint8Array(), 1);
    if (duration === undefined) return undefined;
    const fields = parseFields(duration);
    if (fields === undefined) return undefined;
    const millis = numberIn(fields, 1) * 1000 + numberIn(fields, 2) / 1e6;
    return Number.isSafeInteger(Math.trunc(millis)) ? millis : undefined;
  }
  return undefined;
}

interface Field {
  readonly number: number;
  readonly value: number | Uint8Array;
}

function bytesFields(message: Uint8Array, number: number): Uint8Array[] {
  const found: Uint8Array[] = [];
  for (const field of parseFields(message) ?? []) {
    if (field.number === number && typeof field.value !== 'number') found.push(field.value);
  }
  return found;
}

function numberIn(fields: readonly Field[], number: number): number {
  const field = fields.find((candidate) => candidate.number === number);
  return typeof field?.value === 'number' ? field.value : 0;
}

/** The fields of a protobuf message; `undefined` when some of its bytes make no sense. */
function parseFields(message: Uint8Array): Field[] | undefined {
  const fields: Field[] = [];
  let offset = 0;
  while (offset < message.length) {
    const tag = readVarint(message, offset);
    if (tag === undefined) return undefined;
    const number = Math.floor(tag.value / 8);
    const wireType = tag.value % 8;
    const head = wireType === 0 || wireType === 2 ? readVarint(message, tag.end) : undefined;
    if (head === undefined) return undefined;
    if (wireType === 0) {
      fields.push({ number, value: head.value });
      offset = head.end;
    } else {
      offset = head.end + head.value;
      if (offset > message.length) return undefined;
      fields.push({ number, value: message.subarray(head.end, offset) });
    }
  }
  return fields;
}

/** Varints of more than eight bytes are negative or absurd for a delay. */
const VARINT_BYTES_MAX = 8;

function readVarint(message: Uint8Array, start: number): { value: number; end: number } | undefined {
  let value = 0;
  for (let index = 0; index < VARINT_BYTES_MAX; index++) {
    const byte = message[start + index];
    if (byte === undefined) return undefined;
    value += (byte & 0x7f) * 2 ** (7 * index);
    if (byte < 0x80) return { value, end: start + index + 1 };
  }
  return undefined;
}
