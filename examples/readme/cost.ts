// #region snippet
import { calculateCost, recordCost } from 'llm-edge-monitoring';

// `inputTokens` includes the cached ones, which are cheaper.
const usage = { inputTokens: 10_000, outputTokens: 500, cacheReadTokens: 8_000 };
const cost = calculateCost('openai', 'gpt-4o', usage);

if (cost === undefined) console.warn('the price is unknown, which is not the same as free');
else recordCost('openai', 'gpt-4o', cost.totalUsd); // $0.02
// #endregion
