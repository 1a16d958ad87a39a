/** Reads a member of anything; `undefined` where there is none, or where its getter throws. */
export function readMember(value: unknown, name: PropertyKey): unknown {
  if ((typeof value !== 'object' || value === null) && typeof value !== 'function') return undefined;
  try {
    return (value as Readonly<Record<PropertyKey, unknown>>)[name];
  } catch {
    // A getter that throws hides one member; the others may still tell.
    return undefined;
  }
}
