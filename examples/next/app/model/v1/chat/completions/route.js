import { setTimeout as sleep } from 'node:timers/promises';

// Stands for OpenAI, so that this example runs without a key. A prompt with the word `refuse` is refused.
const WORDS =
  'An edge agent answers close to the people who ask, and calls a model only where it has to.'.split(' ');
const USAGE = { prompt_tokens: 8, completion_tokens: WORDS.length, total_tokens: 8 + WORDS.length };
const model = 'gpt-4o-mini';

export async function POST(request) {
  const text = await request.text();
  if (text.includes('refuse')) return Response.json({ error: { message: 'refused' } }, { status: 400 });
  if (JSON.parse(text).stream !== true) {
    const choices = [{ index: 0, message: { content: WORDS.join(' ') }, finish_reason: 'stop' }];
    return Response.json({ object: 'chat.completion', model, choices, usage: USAGE });
  }
  const events = [
    ...WORDS.map((word) => ({ choices: [{ index: 0, delta: { content: `${word} ` } }] })),
    { choices: [], usage: USAGE },
  ].map((part) => JSON.stringify({ object: 'chat.completion.chunk', model, ...part }));
  const body = new ReadableStream({
    async pull(controller) {
      await sleep(20);
      const event = events.shift() ?? '[DONE]';
      controller.enqueue(new TextEncoder().encode(`data: ${event}\n\n`));
      if (event === '[DONE]') controller.close();
    },
  });
  return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
}
