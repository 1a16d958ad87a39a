import type { ErrorType } from '../catalogue/error-types.js';

type Table = Readonly<Record<string, ErrorType>>;

/** `error.code` and `error.type` of OpenAI and of providers that use its format. */
export const OPENAI_CODES = {
  insufficient_quota: 'quota_exceeded',
  billing_hard_limit_reached: 'quota_exceeded',
  billing_not_active: 'quota_exceeded',
  credit_balance_exhausted: 'quota_exceeded',
  organization_spend_limit_exceeded: 'quota_exceeded',
  organization_usage_limit_exceeded: 'quota_exceeded',
  project_spend_limit_exceeded: 'quota_exceeded',
  rate_limit_exceeded: 'rate_limited',
  slow_down: 'rate_limited',
  service_tier_capacity_exceeded: 'rate_limited',
  server_is_overloaded: 'overloaded',
  service_unavailable_error: 'overloaded',
  context_length_exceeded: 'context_length',
  content_filter: 'content_filter',
  content_policy_violation: 'content_filter',
  moderation_blocked: 'content_filter',
  ResponsibleAIPolicyViolation: 'content_filter',
  invalid_api_key: 'auth',
  invalid_organization: 'auth',
  account_deactivated: 'auth',
  ip_not_authorized: 'permission',
  unsupported_country_region_territory: 'permission',
  model_not_found: 'not_found',
  model_decommissioned: 'not_found',
  invalid_model: 'not_found',
  DeploymentNotFound: 'not_found',
  invalid_prompt: 'invalid_request',
  string_above_max_length: 'invalid_request',
  server_error: 'server_error',
} as const satisfies Table;

/** `error.type` of Anthropic. OpenAI also uses `invalid_request_error`. */
export const ANTHROPIC_TYPES = {
  invalid_request_error: 'invalid_request',
  authentication_error: 'auth',
  billing_error: 'quota_exceeded',
  permission_error: 'permission',
  not_found_error: 'not_found',
  conflict_error: 'invalid_request',
  request_too_large: 'invalid_request',
  rate_limit_error: 'rate_limited',
  enforced_spend_limit_reached: 'quota_exceeded',
  timeout_error: 'timeout',
  // Anthropic's name for "an unexpected error internal to our systems", sent with status 500.
  api_error: 'server_error',
  overloaded_error: 'overloaded',
} as const satisfies Table;

/** `error.status` of Google: the canonical codes of gRPC by name. */
export const GOOGLE_STATUSES = {
  CANCELLED: 'client_cancelled',
  INVALID_ARGUMENT: 'invalid_request',
  DEADLINE_EXCEEDED: 'timeout',
  NOT_FOUND: 'not_found',
  ALREADY_EXISTS: 'invalid_request',
  PERMISSION_DENIED: 'permission',
  RESOURCE_EXHAUSTED: 'rate_limited',
  FAILED_PRECONDITION: 'invalid_request',
  ABORTED: 'server_error',
  OUT_OF_RANGE: 'invalid_request',
  UNIMPLEMENTED: 'not_found',
  INTERNAL: 'server_error',
  // Google sends this code with 503 and "the model is overloaded".
  UNAVAILABLE: 'overloaded',
  DATA_LOSS: 'server_error',
  UNAUTHENTICATED: 'auth',
  API_KEY_INVALID: 'auth',
  // Interactions have codes of their own.
  prohibited_content: 'content_filter',
} as const satisfies Table;

/** Error types of gRPC's numeric codes, by position. Code 0 is success, and code 2 (UNKNOWN) gives no cause. */
export const GRPC_CODES: readonly (ErrorType | undefined)[] = [
  undefined,
  GOOGLE_STATUSES.CANCELLED,
  undefined,
  GOOGLE_STATUSES.INVALID_ARGUMENT,
  GOOGLE_STATUSES.DEADLINE_EXCEEDED,
  GOOGLE_STATUSES.NOT_FOUND,
  GOOGLE_STATUSES.ALREADY_EXISTS,
  GOOGLE_STATUSES.PERMISSION_DENIED,
  GOOGLE_STATUSES.RESOURCE_EXHAUSTED,
  GOOGLE_STATUSES.FAILED_PRECONDITION,
  GOOGLE_STATUSES.ABORTED,
  GOOGLE_STATUSES.OUT_OF_RANGE,
  GOOGLE_STATUSES.UNIMPLEMENTED,
  GOOGLE_STATUSES.INTERNAL,
  GOOGLE_STATUSES.UNAVAILABLE,
  GOOGLE_STATUSES.DATA_LOSS,
  GOOGLE_STATUSES.UNAUTHENTICATED,
];

/** Exception names of Amazon Bedrock and of the AWS SDK that calls it. */
export const AWS_NAMES = {
  ThrottlingException: 'rate_limited',
  TooManyRequestsException: 'rate_limited',
  ServiceQuotaExceededException: 'quota_exceeded',
  ModelTimeoutException: 'timeout',
  ModelErrorException: 'server_error',
  ModelStreamErrorException: 'stream_interrupted',
  ModelNotReadyException: 'overloaded',
  AccessDeniedException: 'permission',
  NotAuthorized: 'permission',
  FTUFormNotFilled: 'permission',
  UnrecognizedClientException: 'auth',
  InvalidSignatureException: 'auth',
  IncompleteSignature: 'auth',
  IncompleteSignatureException: 'auth',
  InvalidClientTokenId: 'auth',
  ExpiredTokenException: 'auth',
  MissingAuthenticationTokenException: 'auth',
  RequestExpired: 'auth',
  CredentialsProviderError: 'auth',
  TokenProviderError: 'auth',
  ValidationException: 'invalid_request',
  ValidationError: 'invalid_request',
  InvalidAction: 'invalid_request',
  ConflictException: 'invalid_request',
  ResourceNotFoundException: 'not_found',
  InternalServerException: 'server_error',
  InternalFailure: 'server_error',
  ServiceUnavailableException: 'overloaded',
  ServiceUnavailable: 'overloaded',
} as const satisfies Table;

/** Error classes of the SDKs, of the platform, and of the circuit breakers in common use. */
export const CLASS_NAMES = {
  AbortError: 'client_cancelled',
  TimeoutError: 'timeout',
  NetworkError: 'network',
  FetchError: 'network',
  APIUserAbortError: 'client_cancelled',
  APIConnectionTimeoutError: 'timeout',
  APIConnectionError: 'network',
  BadRequestError: 'invalid_request',
  AuthenticationError: 'auth',
  PaymentRequiredError: 'quota_exceeded',
  PermissionDeniedError: 'permission',
  NotFoundError: 'not_found',
  RequestTimeoutError: 'timeout',
  ConflictError: 'invalid_request',
  PreconditionFailedError: 'invalid_request',
  ContentTooLargeError: 'invalid_request',
  UnprocessableEntityError: 'invalid_request',
  RateLimitError: 'rate_limited',
  RequestHeaderFieldsTooLargeError: 'invalid_request',
  ClientClosedRequestError: 'client_cancelled',
  InternalServerError: 'server_error',
  ServiceUnavailableError: 'overloaded',
  GatewayTimeoutError: 'timeout',
  OverloadedError: 'overloaded',
  ContentFilterFinishReasonError: 'content_filter',
  APIError: 'api_error',
  ApiError: 'api_error',
  // Mistral.
  ConnectionError: 'network',
  RequestAbortedError: 'client_cancelled',
  InvalidRequestError: 'invalid_request',
  SDKError: 'api_error',
  // Cohere.
  UnauthorizedError: 'auth',
  ForbiddenError: 'permission',
  TooManyRequestsError: 'rate_limited',
  CohereTimeoutError: 'timeout',
  CohereError: 'api_error',
  // Vercel AI SDK.
  AI_APICallError: 'api_error',
  AI_InvalidPromptError: 'invalid_request',
  AI_LoadAPIKeyError: 'auth',
  AI_NoSuchModelError: 'not_found',
  // Circuit breakers: cockatiel by name, opossum by code.
  BrokenCircuitError: 'circuit_open',
  EOPENBREAKER: 'circuit_open',
} as const satisfies Table;

/** `error.code` of Node's system errors, of its streams, of axios and of node-fetch. */
export const NODE_CODES = {
  ECONNREFUSED: 'network',
  ECONNRESET: 'network',
  ECONNABORTED: 'network',
  ENOTFOUND: 'network',
  EAI_AGAIN: 'network',
  EAI_FAIL: 'network',
  EPIPE: 'network',
  EHOSTUNREACH: 'network',
  EHOSTDOWN: 'network',
  ENETUNREACH: 'network',
  ENETDOWN: 'network',
  ENETRESET: 'network',
  EADDRNOTAVAIL: 'network',
  EPROTO: 'network',
  ETIMEDOUT: 'timeout',
  ESOCKETTIMEDOUT: 'timeout',
  ERR_SOCKET_CONNECTION_TIMEOUT: 'timeout',
  ABORT_ERR: 'client_cancelled',
  ERR_CANCELED: 'client_cancelled',
  ERR_NETWORK: 'network',
  'request-timeout': 'timeout',
  'body-timeout': 'timeout',
  ERR_STREAM_PREMATURE_CLOSE: 'stream_interrupted',
  ERR_STREAM_DESTROYED: 'stream_interrupted',
  ERR_INVALID_URL: 'invalid_request',
  CERT_HAS_EXPIRED: 'network',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'network',
  SELF_SIGNED_CERT_IN_CHAIN: 'network',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'network',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'network',
} as const satisfies Table;

/** `error.code` of undici, which is Node's `fetch`. */
export const UNDICI_CODES = {
  UND_ERR_CONNECT_TIMEOUT: 'timeout',
  UND_ERR_HEADERS_TIMEOUT: 'timeout',
  UND_ERR_BODY_TIMEOUT: 'timeout',
  UND_ERR_ABORTED: 'client_cancelled',
  UND_ERR_SOCKET: 'network',
  UND_ERR_CLOSED: 'network',
  UND_ERR_DESTROYED: 'network',
  UND_ERR_HEADERS_OVERFLOW: 'network',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'network',
  UND_ERR_RES_EXCEEDED_MAX_SIZE: 'network',
  UND_ERR_INVALID_ARG: 'invalid_request',
  UND_ERR_REQ_CONTENT_LENGTH_MISMATCH: 'invalid_request',
} as const satisfies Table;

/** Prefixes of code families that are too large to list: TLS, and undici's HTTP parser. */
export const CODE_PREFIXES: readonly (readonly [prefix: string, type: ErrorType])[] = [
  ['ERR_TLS_', 'network'],
  ['ERR_SSL_', 'network'],
  ['HPE_', 'network'],
];

/** HTTP statuses with a specific type; any other 4xx is `invalid_request`, any other 5xx `server_error`. */
export const HTTP_STATUSES: Readonly<Record<number, ErrorType>> = {
  401: 'auth',
  402: 'quota_exceeded',
  403: 'permission',
  404: 'not_found',
  407: 'network',
  408: 'timeout',
  410: 'not_found',
  // Bedrock's "the model failed while processing".
  424: 'server_error',
  429: 'rate_limited',
  451: 'permission',
  499: 'client_cancelled',
  503: 'overloaded',
  504: 'timeout',
  // From Cloudflare as the proxy of a provider.
  522: 'timeout',
  524: 'timeout',
  // Anthropic.
  529: 'overloaded',
};

/**
 * Causes that providers give only in the message, with a less specific code such as `invalid_request_error` or only
 * status 400. The message decides the type and is not recorded.
 */
export const MESSAGES: readonly (readonly [pattern: RegExp, type: ErrorType])[] = [
  // Anthropic: "prompt is too long: 203000 tokens > 200000 maximum".
  [/prompt is too long/i, 'context_length'],
  // Anthropic: "input length and `max_tokens` exceed context limit".
  [/exceeds? (?:the )?(?:model's )?context (?:limit|length|window)/i, 'context_length'],
  // vLLM, Together and others, in OpenAI's format: "maximum context length is 8192 tokens".
  [/maximum context length/i, 'context_length'],
  // Bedrock: "Input is too long for requested model."
  [/input is too long/i, 'context_length'],
  // Gemini: "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576)."
  [/exceeds the maximum number of (?:input )?tokens/i, 'context_length'],
  // Cohere: "too many tokens: total number of tokens in the prompt cannot exceed 4081".
  [/too many tokens: total number of tokens/i, 'context_length'],
  // Anthropic, with status 400.
  [/credit balance is too low/i, 'quota_exceeded'],
  [/reached your specified API usage limits/i, 'quota_exceeded'],
  // Gemini, with status 400: "API key not valid. Please pass a valid API key."
  [/API key not valid/i, 'auth'],
  // Azure OpenAI, Anthropic, OpenAI's reasoning models.
  [/content management policy/i, 'content_filter'],
  [/blocked by content filtering policy/i, 'content_filter'],
  [/flagged as potentially violating/i, 'content_filter'],
];
