import { logger } from '../logger.js';
import type { ExportFailure } from './grpc-status.js';

/** Tells the diagnostic log of an outage in one line for each thing that happened, not for each batch. */
export interface ExportLog {
  retrying(failure: ExportFailure): void;
  dropped(failure: ExportFailure): void;
  recovered(): void;
}

/** Makes an export log. An outage ends with the next export that succeeds. */
export function createExportLog(retryTimeMaxMillis: number): ExportLog {
  const told = new Set<string>();
  const once = (what: string, tell: () => void): void => {
    if (told.has(what)) return;
    told.add(what);
    tell();
  };
  return {
    retrying({ status, message }) {
      const seconds = retryTimeMaxMillis / 1000;
      once('retrying', () => {
        logger().warn(
          `spans cannot be exported (${status}: ${message}); trying again for up to ${seconds} s`,
        );
      });
    },
    dropped({ status, message }) {
      once(`dropped ${status}`, () => {
        logger().error(`spans were dropped (${status}: ${message}); further ones are only counted`);
      });
    },
    recovered() {
      if (told.size === 0) return;
      told.clear();
      logger().info('spans are exported again');
    },
  };
}
