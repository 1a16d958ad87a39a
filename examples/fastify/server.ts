import { Readable } from 'node:stream';
import Fastify from 'fastify';
import { initMonitoring } from 'llm-edge-monitoring';
import { observeOperations } from 'llm-edge-monitoring/fastify';
import { createClient, eventsOf, MODEL } from '../model.js';
import { announce, PORT } from '../port.js';

const monitoring = await initMonitoring();
const openai = await createClient();

const app = Fastify();
await app.register(observeOperations());

app.post<{ Body: { prompt: string; stream?: boolean } }>('/chat', async (request, reply) => {
  const messages = [{ role: 'user' as const, content: request.body.prompt }];
  if (request.body.stream !== true) {
    const { choices } = await openai.chat.completions.create({ model: MODEL, messages });
    return { text: choices[0]?.message.content };
  }
  const chunks = await openai.chat.completions.create({ model: MODEL, messages, stream: true });
  return reply.type('text/event-stream').send(Readable.from(eventsOf(chunks)));
});

await app.listen({ port: PORT, host: '127.0.0.1' });
announce(app.server.address(), monitoring);
