import type { ErrorType } from '../../lib/catalogue/error-types.js';

/** Colours that mean the same on every dashboard. */
export const GOOD = 'green';
export const BAD = 'red';

/**
 * Providers that most gateways use, so that each one looks the same on every panel: in
 * colours that the palette, which the others follow, comes to late.
 */
export const PROVIDER_COLORS: Readonly<Record<string, string>> = {
  openai: 'blue',
  anthropic: 'purple',
  google: 'dark-green',
  bedrock: 'dark-orange',
  azure: 'dark-blue',
  vertex: 'light-green',
  mistral: 'dark-red',
  cohere: 'light-purple',
  groq: 'dark-yellow',
};

/** What went wrong: red hues at the provider, purple ones on the way, blue ones by the caller or the gateway itself. */
export const ERROR_COLORS: Readonly<Record<ErrorType, string>> = {
  server_error: 'red',
  overloaded: 'dark-red',
  api_error: 'light-red',
  timeout: 'semi-dark-red',
  rate_limited: 'orange',
  quota_exceeded: 'dark-orange',
  network: 'purple',
  stream_interrupted: 'dark-purple',
  auth: 'dark-yellow',
  permission: 'light-yellow',
  circuit_open: 'blue',
  budget_exceeded: 'dark-blue',
  client_cancelled: 'light-blue',
  invalid_request: 'semi-dark-blue',
  not_found: 'super-light-blue',
  context_length: 'light-purple',
  content_filter: 'super-light-purple',
  unknown: 'text',
};

/** The two kinds of tokens, neither of them good or bad. */
export const TOKEN_COLORS = { input: 'blue', output: 'purple' } as const;

/** Quantiles, from calm to loud. */
export const QUANTILE_COLORS = { p50: 'green', p95: 'orange', p99: 'red' } as const;

/** Whether a provider is healthy, by the value of its gauge. */
export const AVAILABILITY_STATES = {
  '0': { text: 'down', color: BAD },
  '1': { text: 'up', color: GOOD },
} as const;

/** The state of a circuit breaker, by the value of its gauge. */
export const CIRCUIT_STATES = {
  '0': { text: 'closed', color: GOOD },
  '1': { text: 'half-open', color: 'yellow' },
  '2': { text: 'open', color: BAD },
} as const;
