/**
 * The variables that only the preload `llm-edge-monitoring/register` reads, by what they set. They stand apart from
 * their parsers, so that `initMonitoring()` reports a misspelt one without loading the clients.
 */
export const PRELOAD_VARIABLES = {
  gateways: 'LLM_EDGE_GATEWAYS',
  hosts: 'LLM_EDGE_HOSTS',
  includeStreamUsage: 'LLM_EDGE_INCLUDE_STREAM_USAGE',
  propagate: 'LLM_EDGE_PROPAGATE',
  unrecognised: 'LLM_EDGE_UNRECOGNISED',
  estimateUsage: 'LLM_EDGE_ESTIMATE_USAGE',
  workerThreads: 'LLM_EDGE_WORKER_THREADS',
} as const;

/** What holds where these variables are not set. */
export const PRELOAD_DEFAULTS = {
  gateways: 'separate',
  hosts: {},
  includeStreamUsage: false,
  propagate: false,
  unrecognised: 'count',
  estimateUsage: false,
  workerThreads: 'called',
} as const satisfies Record<keyof typeof PRELOAD_VARIABLES, unknown>;
