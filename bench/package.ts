import type * as Internals from './internals.js';

/** Where the package lies that is measured: its build, as users run it. */
export const ROOT = new URL('.', import.meta.resolve('llm-edge-monitoring/package.json'));

/** An entry of the build that is not published, over the very files that the public entry points load. */
export const { createScraper, createTextRenderer, current, setResultAttributes, startRequestSpan } =
  (await import(`${ROOT}dist/esm/bench-internals.js`)) as typeof Internals;
