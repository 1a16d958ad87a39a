// #region snippet
import { initMonitoring } from 'llm-edge-monitoring';
import { instrumentFetch } from 'llm-edge-monitoring/fetch';
import OpenAI from 'openai';

const monitoring = await initMonitoring({ serviceName: 'my-gateway', metrics: { port: 'auto' } });
const openai = new OpenAI({ fetch: instrumentFetch() });

const answer = await openai.chat.completions.create({
  model: 'gpt-4o-mini',
  messages: [{ role: 'user', content: 'What is an edge agent?' }],
});
console.log(answer.choices[0]?.message.content);

// What was counted, without the counters that are still 0.
const { body } = await monitoring.metricsText();
const counted = /^llm_edge_(requests|request_duration_ms|tokens|cost_usd)_(total|sum)\b.*(?<! 0)$/gm;
console.log(body.match(counted)?.join('\n') ?? 'Nothing was counted.');

console.log(`Open ${monitoring.metricsUrl?.replace('/metrics', '/')} until Ctrl-C.`);
setInterval(() => {}, 60_000); // Keeps this example running.

// #endregion

export { monitoring };
