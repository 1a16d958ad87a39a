import { createServer, type ServerResponse } from 'node:http';
import { listenOnLoopback } from './listen-on-loopback.js';

/** What the server does with the next call. */
export type Answer = (response: ServerResponse) => void;

export interface ProviderServer {
  readonly url: string;
  answerWith(answer: Answer): void;
  close(): Promise<void>;
}

/** A provider on the loopback interface that answers each call as it was last told to. */
export async function startProviderServer(): Promise<ProviderServer> {
  let answer: Answer = (response) => response.writeHead(500).end();
  const server = createServer((request, response) => {
    request.resume();
    request.on('end', () => answer(response));
  });
  const { origin, close } = await listenOnLoopback(server);
  return {
    url: origin,
    answerWith: (next) => {
      answer = next;
    },
    close,
  };
}

/** Answers with a JSON body. */
export function json(body: unknown, status = 200): Answer {
  return (response) => {
    response.writeHead(status, { 'content-type': 'application/json', 'x-request-id': 'req_1' });
    response.end(JSON.stringify(body));
  };
}

/** Answers with server-sent events; then ends, breaks the connection off, or leaves it open. */
export function events(frames: readonly string[], then: 'end' | 'break' | 'hang' = 'end'): Answer {
  return (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'x-request-id': 'req_1' });
    response.write(frames.map((frame) => `${frame}\n\n`).join(''), () => {
      if (then === 'end') response.end();
      // Later, so that the frames have left before the connection does.
      if (then === 'break') setImmediate(() => response.destroy());
    });
  };
}
