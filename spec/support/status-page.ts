export {
  formatTicks,
  formatTime,
  formatUptime,
  formatValue,
} from '../../lib/status-page/format-value.js';
export { largestSeries, latestValues } from '../../lib/status-page/latest-values.js';
export { isContinuation, mergeHistory } from '../../lib/status-page/merge-history.js';
export { createSeriesLooks } from '../../lib/status-page/series-look.js';
export { timeWindow } from '../../lib/status-page/time-window.js';
