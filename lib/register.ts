import { sharedState } from './global-state.js';
import { preload } from './monitoring/preload.js';

// The preload: `node --import llm-edge-monitoring/register app.js`, or `--require`. No other file of this package has side
// effects when it is imported.

const state = sharedState('register.v1', () => ({ hasRun: false }));

// A program that is started with both `--import` and `--require` loads both copies; only the first one acts.
if (!state.hasRun) {
  state.hasRun = true;
  preload();
}
