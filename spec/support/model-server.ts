import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { listenOnLoopback } from './listen-on-loopback.js';

/** One call as a model server saw it. */
export interface ModelCall {
  readonly request: IncomingMessage;
  readonly body: string;
}

export interface ModelServer {
  /** Host and port, as the option `hosts` takes them. */
  readonly host: string;
  /** The URL of its chat completions. */
  readonly url: string;
  readonly calls: readonly ModelCall[];
  close(): Promise<void>;
}

/** A server on the loopback interface whose every call, once it is read, is answered by `answer`. */
export async function startModelServer(
  answer: (call: ModelCall, response: ServerResponse) => void,
): Promise<ModelServer> {
  const calls: ModelCall[] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const call = { request, body: Buffer.concat(parts).toString() };
      calls.push(call);
      answer(call, response);
    });
  });
  const { host, origin, close } = await listenOnLoopback(server);
  return {
    host,
    url: `${origin}/v1/chat/completions`,
    calls,
    close,
  };
}
