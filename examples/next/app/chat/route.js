import { observeOperations } from 'llm-edge-monitoring/next';
import { createClient, MODEL } from '../openai.js';

export const POST = observeOperations(async (request) => {
  const { prompt, stream } = await request.json();
  const messages = [{ role: 'user', content: prompt }];
  const openai = createClient();
  if (stream !== true) {
    const { choices } = await openai.chat.completions.create({ model: MODEL, messages });
    return Response.json({ text: choices[0].message.content });
  }
  const chunks = await openai.chat.completions.create(
    { model: MODEL, messages, stream: true },
    { signal: request.signal },
  );
  return new Response(events(chunks), { headers: { 'content-type': 'text/event-stream' } });
});

function events(chunks) {
  const iterator = chunks[Symbol.asyncIterator]();
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await iterator.next();
      if (done) controller.close();
      else controller.enqueue(new TextEncoder().encode(`data: ${JSON.stringify(value.choices)}\n\n`));
    },
    cancel: () => iterator.return(),
  });
}
