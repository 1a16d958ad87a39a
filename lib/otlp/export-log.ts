import { logger } from '../logger.js';
import type { ExportFailure } from './transport.js';

/** Writes one line of the diagnostic log for each thing that happens in an outage, not for each batch. */
export interface ExportLog {
  retrying(failure: ExportFailure): void;
  dropped(failure: ExportFailure): void;
  recovered(): void;
}

/** Makes an export log. An outage ends with the next export that succeeds. */
export function createExportLog(retryTimeMaxMillis: number): ExportLog {
  const written = new Set<string>();
  const isFirst = (what: string): boolean => !written.has(what) && written.add(what).size > 0;
  return {
    retrying({ reason, message }) {
      if (!isFirst('retrying')) return;
      const seconds = retryTimeMaxMillis / 1000;
      logger().warn(`spans cannot be exported (${reason}: ${message}); trying again for up to ${seconds} s`);
    },
    dropped({ reason, message }) {
      if (!isFirst(`dropped ${reason}`)) return;
      logger().error(`spans were dropped (${reason}: ${message}); further ones are only counted`);
    },
    recovered() {
      if (written.size > 0) logger().info('spans are exported again');
      written.clear();
    },
  };
}
