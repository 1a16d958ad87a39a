// #region snippet
import { initMonitoring } from 'llm-edge-monitoring';
import { instrumentFetch } from 'llm-edge-monitoring/fetch';
import OpenAI from 'openai';

const monitoring = await initMonitoring({ serviceName: 'my-gateway' });
const openai = new OpenAI({ fetch: instrumentFetch() });

const messages = [{ role: 'user' as const, content: 'What is an edge agent?' }];
const answer = await openai.chat.completions.create({ model: 'gpt-4o-mini', messages });

console.log(answer.choices[0]?.message.content);
console.log(`counted, timed, traced and priced: ${monitoring.metricsUrl}`);

// #endregion

export { monitoring };
