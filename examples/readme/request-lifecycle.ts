import type { Usage } from 'llm-edge-monitoring';

/** Stands for a client of a provider. */
async function callProvider(_model: string): Promise<{ text: string; usage: Usage }> {
  return { text: 'response', usage: { inputTokens: 150, outputTokens: 500 } };
}

// #region snippet
import { observeRequest } from 'llm-edge-monitoring';

async function handleRequest(provider: string, model: string): Promise<string> {
  return observeRequest({ provider, model }, async (request) => {
    const { text, usage } = await callProvider(model);
    request.setUsage(usage); // Tokens, and so the cost; all else is measured.
    return text;
  });
}
// #endregion

export const answer = await handleRequest('openai', 'gpt-4');
