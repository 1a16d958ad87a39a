export { type Interval, unionMs } from '../../lib/requests/interval-union.js';
