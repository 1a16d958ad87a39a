import type { ReadableSpan } from '@opentelemetry/sdk-trace';

/** Identifiers, times, status, and what the objects of a span take by themselves. */
const SPAN_BYTES = 1_000;
/** The same for an event or a link. */
const ITEM_BYTES = 200;
const VALUE_BYTES = 16;
const BYTES_PER_CHARACTER = 2;
/** Deeper values than this are rare and count as empty. */
const DEPTH_MAX = 4;

/** Estimates the memory that a span takes while it waits, in bytes. Never throws. */
export function estimateSpanBytes(span: ReadableSpan): number {
  let bytes = SPAN_BYTES + text(span.name) + text(span.status.message) + attributes(span.attributes);
  for (const event of span.events) bytes += ITEM_BYTES + text(event.name) + attributes(event.attributes);
  for (const link of span.links) bytes += ITEM_BYTES + attributes(link.attributes);
  return bytes;
}

function text(value: string | undefined): number {
  return value === undefined ? 0 : value.length * BYTES_PER_CHARACTER;
}

function attributes(values: object | undefined, depth = 0): number {
  let bytes = 0;
  for (const name in values) bytes += text(name) + sizeOf(values[name as keyof typeof values], depth);
  return bytes;
}

function sizeOf(value: unknown, depth: number): number {
  if (typeof value === 'string') return VALUE_BYTES + text(value);
  if (typeof value !== 'object' || value === null || depth === DEPTH_MAX) return VALUE_BYTES;
  if (ArrayBuffer.isView(value)) return VALUE_BYTES + value.byteLength;
  if (!Array.isArray(value)) return VALUE_BYTES + attributes(value, depth + 1);
  return value.reduce<number>((bytes, item) => bytes + sizeOf(item, depth + 1), VALUE_BYTES);
}
