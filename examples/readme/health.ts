// #region snippet
import { recordActiveRequests, recordCircuitState, recordProviderHealth } from 'llm-edge-monitoring';

recordProviderHealth('openai', true);
recordProviderHealth('anthropic', false);
recordCircuitState('anthropic', 'open');

// Only for requests that nothing observes: observed ones move this gauge by themselves.
recordActiveRequests(42);
// #endregion
