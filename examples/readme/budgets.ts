// #region snippet
import { initMonitoring, isBudgetExceeded, recordCost } from 'llm-edge-monitoring';

const monitoring = await initMonitoring({
  pricing: {
    // US dollars for a million tokens; the path of a JSON file does too, LiteLLM's price file among them.
    overrides: { vllm: { 'llama-*': { input: 0.1, output: 0.2 } } },
    deployments: { 'my-azure-deployment': 'gpt-4o' },
  },
  budgets: [
    {
      name: 'team-a',
      limitUsd: 100,
      window: 'day',
      match: { provider: 'openai' },
      onThreshold: ({ budget, threshold }) => console.log(`${budget} has spent ${threshold * 100} %`),
    },
  ],
});

recordCost('openai', 'gpt-4o', 80); // As every observed request does by itself.
if (isBudgetExceeded('team-a')) console.log('refuse what is not urgent');

// #endregion

export { monitoring };
