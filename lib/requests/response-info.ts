/** What the answer said of itself. */
export interface ResponseInfo {
  readonly id?: string | undefined;
  /** The model that answered, where it differs from the one asked for. */
  readonly model?: string | undefined;
  readonly finishReasons?: readonly string[] | undefined;
  /** The tier that the provider billed, such as `flex`, `priority` or `batch`. */
  readonly serviceTier?: string | undefined;
  /** A cost that the provider itself reported, in US dollars. */
  readonly costUsd?: number | undefined;
}

/** What was known of an answer and what was said since; what was said wins, member by member. */
export function mergeResponseInfo(known: ResponseInfo, said: ResponseInfo): ResponseInfo {
  const merged: Record<string, unknown> = { ...known };
  for (const [name, value] of Object.entries(said)) if (value !== undefined) merged[name] = value;
  return merged;
}
