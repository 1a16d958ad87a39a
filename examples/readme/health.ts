// #region snippet
import { recordActiveRequests, recordCircuitState, recordProviderHealth } from 'llm-edge-monitoring';

recordProviderHealth('openai', true);
recordProviderHealth('anthropic', false);
recordCircuitState('anthropic', 'open');

// Only for requests that are not observed: observed ones update this gauge themselves.
recordActiveRequests(42);
// #endregion
