export type { Usage } from '../cost/usage.js';
