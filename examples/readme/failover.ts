/** Stand for clients of two providers, of which the first is away. */
async function askPrimary(): Promise<string> {
  throw Object.assign(new Error('connect ETIMEDOUT'), { code: 'ETIMEDOUT' });
}
async function askSecondary(): Promise<string> {
  return 'response';
}

// #region snippet
import { observeOperation, observeRequest, recordProviderHealth } from 'llm-edge-monitoring';

const answer = await observeOperation({ name: 'chat' }, async () => {
  try {
    return await observeRequest({ provider: 'openai', model: 'gpt-4o' }, () => askPrimary());
  } catch {
    recordProviderHealth('openai', false);
  }
  // A request after a failed one is counted as a failover from openai: there is nothing more to record.
  return observeRequest({ provider: 'anthropic', model: 'claude-sonnet-4-6' }, () => askSecondary());
});

// #endregion

export { answer };
