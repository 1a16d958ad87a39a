/** What went wrong with a request, as a closed set: every value of the `error_type` label. */
export const ERROR_TYPES = [
  'timeout',
  'rate_limited',
  'quota_exceeded',
  'auth',
  'permission',
  'invalid_request',
  'not_found',
  'context_length',
  'content_filter',
  'overloaded',
  'server_error',
  'network',
  'client_cancelled',
  'stream_interrupted',
  'circuit_open',
  'budget_exceeded',
  'api_error',
  'unknown',
] as const;

/** One value of {@link ERROR_TYPES}. */
export type ErrorType = (typeof ERROR_TYPES)[number];

/** Spellings of other systems, the Rust crate's among them, and the error type that each means. */
export const ERROR_TYPE_ALIASES = {
  rate_limit: 'rate_limited',
  rate_limit_exceeded: 'rate_limited',
  too_many_requests: 'rate_limited',
  quota: 'quota_exceeded',
  insufficient_quota: 'quota_exceeded',
  authentication: 'auth',
  authentication_error: 'auth',
  unauthorized: 'auth',
  forbidden: 'permission',
  permission_denied: 'permission',
  bad_request: 'invalid_request',
  context_length_exceeded: 'context_length',
  content_policy: 'content_filter',
  overloaded_error: 'overloaded',
  internal_error: 'server_error',
  internal_server_error: 'server_error',
  network_error: 'network',
  connection_error: 'network',
  cancelled: 'client_cancelled',
  canceled: 'client_cancelled',
  aborted: 'client_cancelled',
  timed_out: 'timeout',
} as const satisfies Record<string, ErrorType>;

const BY_NAME: Readonly<Record<string, ErrorType>> = Object.assign(
  Object.create(null),
  ERROR_TYPE_ALIASES,
  Object.fromEntries(ERROR_TYPES.map((type) => [type, type])),
);

/** The error type that a caller's string means, or `undefined` for an unknown string. */
export function normaliseErrorType(value: unknown): ErrorType | undefined {
  return typeof value === 'string' ? BY_NAME[value] : undefined;
}
