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
  for (const detail of bytesIn(status, 3)) {
    const [typeUrl] = bytesIn(detail, 1);
    if (typeUrl === undefined || !new TextDecoder().decode(typeUrl).endsWith(RETRY_INFO)) continue;
    const [duration] = bytesIn(detail, 2).flatMap((retryInfo) => bytesIn(retryInfo, 1));
    const fields = duration && parseFields(duration);
    if (fields === undefined) return undefined;
    const [seconds = 0, nanos = 0] = [1, 2].map((number) => valuesOf(fields, number).find(isNumber));
    const millis = seconds * 1000 + nanos / 1e6;
    return Number.isSafeInteger(Math.trunc(millis)) ? millis : undefined;
  }
  return undefined;
}

type Field = readonly [number: number, value: number | Uint8Array];

const isNumber = (value: number | Uint8Array): value is number => typeof value === 'number';
const isBytes = (value: number | Uint8Array): value is Uint8Array => typeof value !== 'number';

function valuesOf(fields: readonly Field[], number: number): (number | Uint8Array)[] {
  return fields.filter(([candidate]) => candidate === number).map(([, value]) => value);
}

function bytesIn(message: Uint8Array, number: number): Uint8Array[] {
  return valuesOf(parseFields(message) ?? [], number).filter(isBytes);
}

/** The fields of a Protocol Buffers message; `undefined` when some of its bytes make no sense. */
function parseFields(message: Uint8Array): Field[] | undefined {
  const fields: Field[] = [];
  let offset = 0;
  /** Varints of more than eight bytes are negative or absurd for a delay: `NaN`, like one that is cut. */
  const readVarint = (): number => {
    let value = 0;
    for (let index = 0; index < VARINT_BYTES_MAX; index++) {
      const byte = message[offset++] ?? Number.NaN;
      value += (byte % 0x80) * 2 ** (7 * index);
      if (!(byte >= 0x80)) return value;
    }
    return Number.NaN;
  };
  while (offset < message.length) {
    const tag = readVarint();
    const isLengthDelimited = tag % 8 === 2;
    if (!isLengthDelimited && tag % 8 !== 0) return undefined;
    const value = readVarint();
    const end = isLengthDelimited ? offset + value : offset;
    if (Number.isNaN(value) || end > message.length) return undefined;
    fields.push([Math.floor(tag / 8), isLengthDelimited ? message.subarray(offset, end) : value]);
    offset = end;
  }
  return fields;
}

const VARINT_BYTES_MAX = 8;
