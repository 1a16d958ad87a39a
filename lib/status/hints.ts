import type { StatusHint } from './status-document.js';

/**
 * What to do until something is recorded.
 *
 * @param metricsUrl - where this process is scraped
 */
export function startHints(metricsUrl: string): readonly StatusHint[] {
  return [
    {
      text: 'Nothing has been recorded so far. Pass an observed fetch to the client of your provider:',
      code:
        "import { instrumentFetch } from 'llm-edge-monitoring/fetch';\n\n" +
        'const openai = new OpenAI({ fetch: instrumentFetch() });',
    },
    {
      text: 'Or, without changing any code, start the program with the preload:',
      code: 'node --import llm-edge-monitoring/register app.js',
    },
    {
      text: 'Requests were made, but nothing is counted? Find out why:',
      code: `npx llm-edge-monitoring doctor ${metricsUrl}`,
    },
  ];
}
