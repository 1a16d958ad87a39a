import type * as RenderModule from '../lib/exposition/render-text.js';
import type * as ScraperModule from '../lib/exposition/scraper.js';
import type * as CurrentModule from '../lib/instruments/current.js';
import type * as SpansModule from '../lib/requests/spans.js';

/** Where the package lies that is measured: its build, as users run it. */
export const ROOT = new URL('.', import.meta.resolve('llm-edge-monitoring/package.json'));

const BUILD = new URL('dist/esm/', ROOT);

/** The parts that have no public name but are measured on their own. */
export const { current } = (await import(`${BUILD}instruments/current.js`)) as typeof CurrentModule;
export const { createScraper } = (await import(`${BUILD}exposition/scraper.js`)) as typeof ScraperModule;
export const { startRequestSpan, setResultAttributes } = (await import(
  `${BUILD}requests/spans.js`
)) as typeof SpansModule;
export const { createTextRenderer } = (await import(
  `${BUILD}exposition/render-text.js`
)) as typeof RenderModule;
