import type { ReadableSpan } from '@opentelemetry/sdk-trace';

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
  for (const [key, value] of Object.entries(values)) {
    if (typeof value === 'string') {
      if (value.length === lengthMax) Reflect.set(values, key, copyOf(value));
    } else if (Array.isArray(value)) copyIn(value, lengthMax);
  }
}

/** UTF-16 preserves half of a surrogate pair, which a cut may leave. */
function copyOf(text: string): string {
  return Buffer.from(text, 'utf16le').toString('utf16le');
}
