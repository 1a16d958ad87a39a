export type { GroupReading } from '../../../lib/merge/published.js';
export { createWholeReadings } from '../../../lib/workers/whole-readings.js';
