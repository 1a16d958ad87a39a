// The parts that have no public name but are measured on their own.

export { current } from '../lib/metrics/recorder.js';
export { setResultAttributes, startRequestSpan } from '../lib/requests/spans.js';
