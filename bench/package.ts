import type * as Internals from './internals.js';

/** Where the measured package lies: its build, as users run it. */
const ROOT = new URL('.', import.meta.resolve('llm-edge-monitoring/package.json'));

/** An entry of the build that is not published, over the very files that the public entry points load. */
export const { createSampler, createScraper, createStatusSource, STATUS_PANELS } = (await import(
  `${ROOT}dist/esm/bench-internals.js`
)) as typeof Internals;
