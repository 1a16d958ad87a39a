import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { instrumentFetch } from '../lib/fetch.js';
import { initMonitoring } from '../lib/index.js';

/** The chunk and the line of the page in the example of docs/architecture.md. */
function documentedWalk(): { readonly chunk: string; readonly line: string } {
  const text = readFileSync(join(__dirname, '../docs/architecture.md'), 'utf8');
  const [chunk, line] = [/^data: .*$/m.exec(text)?.[0], /^llm_edge_cost_usd_total\{.*$/m.exec(text)?.[0]];
  if (chunk === undefined || line === undefined) throw new Error('docs/architecture.md has no such example');
  return { chunk, line };
}

describe('the walk of one number in docs/architecture.md', () => {
  it('leads from the chunk to the line', async () => {
    const { chunk, line } = documentedWalk();
    const monitoring = await initMonitoring({ metrics: { port: 0 }, traces: { exporter: 'none' } });
    const headers = { 'content-type': 'text/event-stream' };
    const fetchChat = instrumentFetch(async () => new Response(`${chunk}\n\ndata: [DONE]\n\n`, { headers }));
    const body = JSON.stringify({ model: 'gpt-4o-mini', stream: true });
    const answer = await fetchChat('https://api.openai.com/v1/chat/completions', { method: 'POST', body });
    const reader = answer.body?.getReader();
    while ((await reader?.read())?.done === false);
    const page = await (await fetch(monitoring.metricsUrl ?? '')).text();
    await monitoring.shutdown();
    expect(page.split('\n')).toContain(line);
  });
});
