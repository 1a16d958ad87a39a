// The parts that have no public name but are measured on their own.

export { createScraper } from '../lib/prometheus/scraper.js';
