import type { ReadableSpan } from '@opentelemetry/sdk-trace';

/**
 * Copies the values that the SDK has cut to the longest length. V8 makes a cut text a view of the whole one, so that a
 * span which waits would hold each prompt and each image it was given, whatever the bound on bytes says.
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

/** UTF-16, which keeps half a character as it is. */
function copyOf(text: string): string {
  return Buffer.from(text, 'utf16le').toString('utf16le');
}
