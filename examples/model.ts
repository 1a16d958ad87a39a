import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { instrumentFetch } from 'llm-edge-monitoring/fetch';
import OpenAI from 'openai';

/** The model that the servers of the frameworks call. */
export const MODEL = 'gpt-4o-mini';

const WORDS =
  'An edge agent answers close to the people who ask, and calls a model only where it has to.'.split(' ');
const WORD_MS = 20;
const USAGE = { prompt_tokens: 8, completion_tokens: WORDS.length, total_tokens: 8 + WORDS.length };

/** Creates a client of OpenAI that is observed. Without `OPENAI_API_KEY` it calls a server in this process. */
export async function createClient(): Promise<OpenAI> {
  if (process.env['OPENAI_API_KEY'] !== undefined) {
    return new OpenAI({ fetch: instrumentFetch(fetch, { includeStreamUsage: true }) });
  }
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => response.destroy(error as Error));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  server.unref();
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return new OpenAI({
    apiKey: 'none',
    baseURL: `http://${host}/v1`,
    fetch: instrumentFetch(fetch, { hosts: { [host]: { provider: 'openai' } }, includeStreamUsage: true }),
  });
}

type Chunk = OpenAI.ChatCompletionChunk;

/** The text of a chunk. */
export function textOf({ choices }: Chunk): string {
  return choices[0]?.delta.content ?? '';
}

/** The texts of chunks as server-sent events. */
export async function* eventsOf(chunks: AsyncIterable<Chunk>): AsyncGenerator<string> {
  for await (const chunk of chunks) yield `data: ${JSON.stringify(textOf(chunk))}\n\n`;
}

/** Answers as OpenAI does. A prompt with the word `refuse` is refused. */
async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  const send = (status: number, body: object): void => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };
  if (text.includes('refuse')) return send(400, { error: { message: 'refused' } });
  if ((JSON.parse(text) as { readonly stream?: boolean }).stream !== true) {
    const message = { role: 'assistant', content: WORDS.join(' ') };
    const choices = [{ index: 0, message, finish_reason: 'stop' }];
    return send(200, { object: 'chat.completion', model: MODEL, choices, usage: USAGE });
  }
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const event = (part: object): boolean =>
    response.write(`data: ${JSON.stringify({ object: 'chat.completion.chunk', model: MODEL, ...part })}\n\n`);
  for (const word of WORDS) {
    event({ choices: [{ index: 0, delta: { content: `${word} ` } }] });
    await sleep(WORD_MS);
    if (response.destroyed) return;
  }
  event({ choices: [], usage: USAGE });
  response.end('data: [DONE]\n\n');
}
