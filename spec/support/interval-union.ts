export { type Interval, unionMs } from '../../lib/requests/operation-requests.js';
