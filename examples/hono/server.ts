import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { streamSSE } from 'hono/streaming';
import { initMonitoring } from 'llm-edge-monitoring';
import { observeOperations } from 'llm-edge-monitoring/hono';
import { createClient, MODEL, textOf } from '../model.js';
import { announce, PORT } from '../port.js';

const monitoring = await initMonitoring();
const openai = await createClient();

const app = new Hono();
app.use(observeOperations());

app.post('/chat', async (context) => {
  const { prompt, stream } = await context.req.json<{ prompt: string; stream?: boolean }>();
  const messages = [{ role: 'user' as const, content: prompt }];
  if (stream !== true) {
    const { choices } = await openai.chat.completions.create({ model: MODEL, messages });
    return context.json({ text: choices[0]?.message.content });
  }
  const chunks = await openai.chat.completions.create({ model: MODEL, messages, stream: true });
  return streamSSE(context, async (events) => {
    events.onAbort(() => chunks.controller.abort());
    for await (const chunk of chunks) await events.writeSSE({ data: JSON.stringify(textOf(chunk)) });
  });
});

const server = serve({ fetch: app.fetch, port: PORT, hostname: '127.0.0.1' }, () =>
  announce(server.address(), monitoring),
);
