import { sharedState } from '../../lib/global-state.js';

/** Makes the log name hosts again that it has named already. */
export function forgetLoggedHosts(): void {
  sharedState('unrecognised-hosts.v1', () => ({ hosts: new Set<string>() })).hosts.clear();
}
