import express from 'express';
import { initMonitoring } from 'llm-edge-monitoring';
import { observeOperations } from 'llm-edge-monitoring/express';
import { createClient, MODEL, textOf } from '../model.js';
import { announce, PORT } from '../port.js';

const monitoring = await initMonitoring();
const openai = await createClient();

const app = express();
app.use(observeOperations());
app.use(express.json());

app.post('/chat', async (request, response) => {
  const messages = [{ role: 'user' as const, content: String(request.body.prompt) }];
  if (request.body.stream !== true) {
    const { choices } = await openai.chat.completions.create({ model: MODEL, messages });
    response.json({ text: choices[0]?.message.content });
    return;
  }
  const chunks = await openai.chat.completions.create({ model: MODEL, messages, stream: true });
  response.type('text/event-stream');
  for await (const chunk of chunks) {
    if (response.destroyed) break;
    response.write(`data: ${JSON.stringify(textOf(chunk))}\n\n`);
  }
  response.end();
});

const server = app.listen(PORT, '127.0.0.1', () => announce(server.address(), monitoring));
