// #region snippet
import {
  recordCost,
  recordRequestFailure,
  recordRequestSuccess,
  recordTokenUsage,
} from 'llm-edge-monitoring';

// One request that was answered after 245 ms, and one that failed after 80 ms.
recordRequestSuccess('openai', 'gpt-4', 245);
recordRequestFailure('anthropic', 'claude-3', 'rate_limited', 80);

// What the first one used, and what it cost, to the fraction of a cent.
recordTokenUsage('openai', 'gpt-4', 150, 500);
recordCost('openai', 'gpt-4', 0.0075);
// #endregion
