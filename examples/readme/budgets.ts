// #region snippet
import { initMonitoring, isBudgetExceeded, recordCost } from 'llm-edge-monitoring';

const monitoring = await initMonitoring({
  pricing: {
    // US dollars per million tokens, or the path of a JSON file, such as LiteLLM's price file.
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

recordCost('openai', 'gpt-4o', 80); // Observed requests do this themselves.
if (isBudgetExceeded('team-a')) console.log('refuse what is not urgent');

// #endregion

export { monitoring };
