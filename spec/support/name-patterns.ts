export { compilePattern, patternProblem } from '../../lib/config/wildcard.js';
