export { createPortMarks } from '../../../lib/workers/port-marks.js';
