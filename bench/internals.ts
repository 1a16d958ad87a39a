// The parts that have no public name but are measured on their own.

export { createScraper } from '../lib/prometheus/scraper.js';
export { createSampler } from '../lib/status/sampler.js';
export { STATUS_PANELS } from '../lib/status/status-server.js';
export { createStatusSource } from '../lib/status/status-source.js';
