/** The gRPC codes that the OTLP specification calls retryable. */
const RETRYABLE: Readonly<Record<number, string>> = {
  1: 'CANCELLED',
  4: 'DEADLINE_EXCEEDED',
  8: 'RESOURCE_EXHAUSTED',
  10: 'ABORTED',
  11: 'OUT_OF_RANGE',
  14: 'UNAVAILABLE',
  15: 'DATA_LOSS',
};

/** gRPC says `RESOURCE_EXHAUSTED` of a message above the size limit as well, and it will never be smaller. */
const TOO_LARGE = /larger than max/i;

/** What an export failed with, as far as it matters here. */
export interface ExportFailure {
  /** Name or number of the status; `unknown` without one. */
  readonly status: string;
  readonly retryable: boolean;
  readonly message: string;
}

/** Reads what an exporter failed with; understands the errors of gRPC, and anything else as not retryable. */
export function toExportFailure(error: unknown): ExportFailure {
  const message = error instanceof Error ? error.message : 'no reason given';
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  if (typeof code !== 'number') return { status: 'unknown', retryable: false, message };
  const name = RETRYABLE[code];
  return {
    status: name ?? `code ${code}`,
    retryable: name !== undefined && !TOO_LARGE.test(message),
    message,
  };
}
