import { observeOperation } from 'llm-edge-monitoring';
import { instrumentFetch } from 'llm-edge-monitoring/fetch';
import { observeOperations } from 'llm-edge-monitoring/next';

export const runtime = 'edge';

// Nothing is recorded in the edge runtime, but shared code builds and works there.
export const POST = observeOperations((request) =>
  observeOperation({}, async () => {
    const response = await instrumentFetch()(new URL('/model/v1/chat/completions', request.url), {
      method: 'POST',
      body: JSON.stringify({ model: 'gpt-4o-mini', messages: [] }),
    });
    return new Response(response.body, { headers: { 'content-type': 'application/json' } });
  }),
);
