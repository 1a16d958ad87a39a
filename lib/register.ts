import { messageOf, warningText } from './errors.js';
import { instrumentFetch } from './fetch.js';
import { sharedState } from './global-state.js';
import { logger } from './logger.js';
import { initMonitoring } from './monitoring/init.js';

// The preload: `node --import llm-edge-monitoring/register app.js`. It starts monitoring from the environment and
// observes `globalThis.fetch`. No other file of this package has side effects when it is imported.

const state = sharedState('register.v1', () => ({ hasRun: false }));

function observeFetch(): void {
  try {
    globalThis.fetch = instrumentFetch(globalThis.fetch);
  } catch (error) {
    // `fetch` may be missing or read-only, and an exception in a preload would end the program.
    console.error(`llm-edge-monitoring observes no fetch: ${messageOf(error)}`);
  }
}

function start(): void {
  initMonitoring().then(
    (monitoring) => {
      const { warnings } = monitoring.config;
      // The diagnostic log prints nothing unless the program enables it, and a preloaded program rarely does.
      if (warnings.length > 0) console.error(`llm-edge-monitoring: ${warningText(warnings)}`);
      // Spans that wait for their batch would be lost when the process runs out of work.
      process.once('beforeExit', () => {
        monitoring.shutdown().catch((error: unknown) => logger().error('The last flush failed.', error));
      });
    },
    (error: unknown) => {
      // The program must run without monitoring, and its operator must see the reason.
      console.error(`llm-edge-monitoring did not start: ${messageOf(error)}`);
    },
  );
}

// A program that is started with both `--import` and `--require` loads both copies; only the first one acts.
if (!state.hasRun) {
  state.hasRun = true;
  observeFetch();
  start();
}
