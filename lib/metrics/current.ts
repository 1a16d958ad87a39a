import { sharedState } from '../global-state.js';
import { NOOP_RECORDER } from './noop-recorder.js';
import type { RequestRecorder } from './recorder.js';

/** The recorder in force: the no-op one before `initMonitoring` and after `shutdown`. */
export const current = sharedState<{ recorder: RequestRecorder }>('recorder.v1', () => ({
  recorder: NOOP_RECORDER,
}));
