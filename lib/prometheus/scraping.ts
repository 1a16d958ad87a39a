// The half of `exposition` that answers scrapes; the server loads it with the first request.

export { createAuthorizer } from './authorization.js';
export { createHostCheck } from './host-check.js';
export { createTextRenderer } from './render-text.js';
export { createScrapeHandler } from './scrape-handler.js';
export { createScraper } from './scraper.js';
