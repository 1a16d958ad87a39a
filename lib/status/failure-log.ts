/** A request that failed, as the status page shows it. */
export interface FailedRequest {
  /** Milliseconds since 1970. */
  readonly atMs: number;
  /** The names of the metrics' labels, which are limited in length and number. */
  readonly provider: string;
  readonly model: string;
  readonly errorType: string;
  /** Absent where the request has no span. */
  readonly traceId: string | undefined;
}

/** The last failed requests. */
export interface FailureLog {
  add(failure: Omit<FailedRequest, 'atMs'>): void;
  /** Returns them, newest first. */
  list(): readonly FailedRequest[];
}

/** Creates a log that forgets the oldest failure with each one beyond its size. */
export function createFailureLog(size: number, wallNow: () => number): FailureLog {
  const ring: FailedRequest[] = [];
  let count = 0;
  return {
    add(failure) {
      ring[count % size] = { ...failure, atMs: wallNow() };
      count += 1;
    },
    list() {
      const start = count % size;
      const oldestFirst = count < size ? [...ring] : [...ring.slice(start), ...ring.slice(0, start)];
      return oldestFirst.reverse();
    },
  };
}
