import { type SetTimer, setTimer as setRefTimer } from '../otlp/deadline.js';
import type { RequestListener } from './scrape-handler.js';

/** Waits, at the end of a process, for a scrape that sees everything that was recorded. */
export interface LastScrape {
  /** Returns a listener that passes requests on to another one, and sees which of them are answered. */
  watch(handler: RequestListener): RequestListener;
  /**
   * Resolves when a GET that has arrived after this call is answered in full with 200; otherwise when the time has
   * passed, or with {@link LastScrape.end}. Until then the process is kept alive. HEAD, which has no page, does not
   * count, and neither does a refused or failed scrape.
   */
  wait(timeoutMillis: number): Promise<void>;
  /** Ends the wait, for instance because another process now serves the page. */
  end(): void;
}

/** Creates the wait for the last scrape. */
export function createLastScrape(setTimer: SetTimer = setRefTimer): LastScrape {
  let finish: (() => void) | undefined;
  return {
    watch: (handler) => (request, response) => {
      if (finish !== undefined) {
        // The port closes after this answer, and a scraper would send its next request to a connection that is gone.
        if (request.httpVersionMajor < 2) response.setHeader('connection', 'close');
        // Not `close`: a client that hangs up half-way has not got the page.
        response.once('finish', () => {
          if (request.method === 'GET' && response.statusCode === 200) finish?.();
        });
      }
      handler(request, response);
    },
    wait: (timeoutMillis) =>
      new Promise((resolve) => {
        const cancel = setTimer(() => finish?.(), timeoutMillis);
        finish = () => {
          finish = undefined;
          cancel();
          resolve();
        };
      }),
    end: () => finish?.(),
  };
}
