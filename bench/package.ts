import { createRequire } from 'node:module';
import type * as Scraping from '../lib/prometheus/scraping.js';
import type * as Internals from './internals.js';

/** Where the package lies that is measured: its build, as users run it. */
export const ROOT = new URL('.', import.meta.resolve('llm-edge-monitoring/package.json'));

/** An entry of the build that is not published, over the very files that the public entry points load. */
export const { current, setResultAttributes, startRequestSpan } = (await import(
  `${ROOT}dist/esm/bench-internals.js`
)) as typeof Internals;

/** What the package loads with the first scrape. */
export const { createScraper, createTextRenderer } = createRequire(ROOT)(
  './dist/late/prometheus/scraping.js',
) as typeof Scraping;
