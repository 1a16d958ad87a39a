/** The part of `Headers` that is needed. */
interface HeadersLike {
  get(name: string): string | null;
}

/** The type of a body in lower case, for it may be written in any; empty where none is said. */
export function contentTypeOf(headers: HeadersLike): string {
  return headers.get('content-type')?.toLowerCase() ?? '';
}
