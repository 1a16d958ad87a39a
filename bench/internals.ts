// The parts that have no public name but are measured on their own.

export { current } from '../lib/metrics/current.js';
export { createTextRenderer } from '../lib/prometheus/render-text.js';
export { createScraper } from '../lib/prometheus/scraper.js';
export { setResultAttributes, startRequestSpan } from '../lib/requests/spans.js';
