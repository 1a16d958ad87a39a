import type { ReadableSpan } from '@opentelemetry/sdk-trace';

/** Size of a span's identifiers, times, status and objects. */
const SPAN_BYTES = 1_000;
/** Size of the same parts of an event or a link. */
const ITEM_BYTES = 200;
const VALUE_BYTES = 16;
/** Values nested deeper are rare and count as empty. */
const DEPTH_MAX = 4;

/** Estimates the memory that a span takes while it waits, in bytes. Never throws. */
export function estimateSpanBytes(span: ReadableSpan): number {
  let bytes = SPAN_BYTES + text(span.name) + text(span.status.message) + attributes(span.attributes);
  for (const event of span.events) bytes += ITEM_BYTES + text(event.name) + attributes(event.attributes);
  for (const link of span.links) bytes += ITEM_BYTES + attributes(link.attributes);
  return bytes;
}

/** Returns the size of a text at two bytes for each character. The SDK takes any value as a name. */
function text(value: unknown): number {
  return typeof value === 'string' ? value.length * 2 : 0;
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

/**
 * Copies the values that the SDK has cut to the maximum length. V8 makes a cut text a view of the whole text, so a
 * waiting span would keep whole prompts and images in memory, beyond the queue's bound on bytes.
 */
export function copyCutValues(span: ReadableSpan, lengthMax: number): void {
  copyIn(span.attributes, lengthMax);
  for (const event of span.events) if (event.attributes !== undefined) copyIn(event.attributes, lengthMax);
  for (const link of span.links) if (link.attributes !== undefined) copyIn(link.attributes, lengthMax);
}

function copyIn(values: object, lengthMax: number): void {
  for (const key of Object.keys(values)) {
    const value: unknown = values[key as keyof typeof values];
    if (typeof value === 'string') {
      if (value.length === lengthMax) Reflect.set(values, key, copyOf(value));
    } else if (Array.isArray(value)) copyIn(value, lengthMax);
  }
}

/** UTF-16 preserves half of a surrogate pair, which a cut may leave. */
function copyOf(text: string): string {
  return Buffer.from(text, 'utf16le').toString('utf16le');
}
