// #region snippet
import { initMonitoring } from 'llm-edge-monitoring';
import { instrumentFetch } from 'llm-edge-monitoring/fetch';
import OpenAI from 'openai';

const monitoring = await initMonitoring({ serviceName: 'my-gateway' });
const openai = new OpenAI({ fetch: instrumentFetch() });

const answer = await openai.chat.completions.create({
  model: 'gpt-4o-mini',
  messages: [{ role: 'user', content: 'What is an edge agent?' }],
});

console.log(answer.choices[0]?.message.content);
console.log(`counted, timed, traced and priced: ${monitoring.metricsUrl}`);

// #endregion

export { monitoring };
