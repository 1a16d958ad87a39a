import { createServer } from 'node:http';
import { connect, type Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { type WebSocket, WebSocketServer } from 'ws';
import { listenOnLoopback } from '../listen-on-loopback.js';

/** What the server does with a message, given as JSON. */
export type Answer = (socket: WebSocket, message: { readonly [member: string]: never }) => void;

/** A server of WebSockets on the loopback interface that stands for every provider there is. */
export interface SocketServer {
  readonly host: string;
  /** Everything that clients have sent. */
  readonly messages: unknown[];
  /** What is done with a new connection and with each message. */
  serve(script: { readonly greet?: (socket: WebSocket) => void; readonly answer?: Answer }): void;
  /** Answers the next handshakes with a status instead, or accepts them. */
  refuse(status: number | undefined): void;
  /** Connects a socket of `ws` to this server, whatever host and scheme its URL has. */
  createConnection(): Socket;
  close(): Promise<void>;
}

export async function startSocketServer(): Promise<SocketServer> {
  let greet: (socket: WebSocket) => void = () => undefined;
  let answer: Answer = () => undefined;
  let status: number | undefined;
  const messages: unknown[] = [];
  const server = createServer();
  const sockets = new WebSocketServer({ noServer: true });
  server.on('upgrade', (request, stream, head) => {
    if (status !== undefined) {
      stream.end(`HTTP/1.1 ${status} Refused\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
      return;
    }
    sockets.handleUpgrade(request, stream, head, (socket) => {
      socket.on('message', (data) => {
        const text = String(data);
        messages.push(text);
        if (text.startsWith('{') && text.endsWith('}')) answer(socket, parse(text));
      });
      greet(socket);
    });
  });
  const { host, port, close } = await listenOnLoopback(server);
  return {
    host,
    messages,
    serve(script) {
      greet = script.greet ?? (() => undefined);
      answer = script.answer ?? (() => undefined);
    },
    refuse(next) {
      status = next;
    },
    createConnection: () => connect({ host: '127.0.0.1', port }),
    close() {
      for (const socket of sockets.clients) socket.terminate();
      return close();
    },
  };
}

function parse(text: string): never {
  try {
    return JSON.parse(text) as never;
  } catch {
    // Clients in specs may send anything.
    return {} as never;
  }
}

/** Sends events as text, as OpenAI does. */
export function sendAll(socket: WebSocket, events: readonly object[]): void {
  for (const event of events) socket.send(JSON.stringify(event));
}

/** Sends messages as bytes, as Gemini does. */
export function sendBytes(socket: WebSocket, messages: readonly object[]): void {
  for (const message of messages) socket.send(Buffer.from(JSON.stringify(message)));
}

/** Waits until a condition holds, as long as the test may take. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await turn();
}

/** Longer than what is held of an event. */
export const LONG_AUDIO = Buffer.alloc(90_000, 7).toString('base64');

/** The usage of a response, and what it is in the normal form. */
export const RESPONSE_USAGE = {
  total_tokens: 430,
  input_tokens: 300,
  output_tokens: 130,
  input_token_details: {
    text_tokens: 100,
    audio_tokens: 150,
    image_tokens: 50,
    cached_tokens: 90,
    cached_tokens_details: { text_tokens: 40, audio_tokens: 30, image_tokens: 20 },
  },
  output_token_details: { text_tokens: 30, audio_tokens: 100 },
};
export const RESPONSE_COUNTS = {
  inputTokens: 300,
  outputTokens: 130,
  cacheReadTokens: 90,
  inputAudioTokens: 150,
  cacheReadAudioTokens: 30,
  outputAudioTokens: 100,
  inputImageTokens: 50,
  cacheReadImageTokens: 20,
};

/** What a server of OpenAI says first. */
export function sessionCreated(transcriptionModel?: string): object {
  const transcription = transcriptionModel === undefined ? null : { model: transcriptionModel };
  return {
    type: 'session.created',
    event_id: 'event_0',
    session: {
      type: 'realtime',
      object: 'realtime.session',
      id: 'sess_1',
      model: 'gpt-realtime-2025-08-28',
      output_modalities: ['audio'],
      audio: { input: { transcription, turn_detection: { type: 'server_vad' } } },
    },
  };
}

/** The beginning of a response of OpenAI, up to its first output. */
export function responseBegin(id: string): readonly object[] {
  const place = { response_id: id, item_id: `item_${id}`, output_index: 0 };
  return [
    {
      type: 'response.created',
      event_id: 'event_1',
      response: { object: 'realtime.response', id, status: 'in_progress' },
    },
    {
      type: 'response.output_item.added',
      event_id: 'event_2',
      ...place,
      item: {
        id: `item_${id}`,
        object: 'realtime.item',
        type: 'message',
        status: 'in_progress',
        role: 'assistant',
        content: [],
      },
    },
    {
      type: 'response.output_audio_transcript.delta',
      event_id: 'event_3',
      ...place,
      content_index: 0,
      delta: 'Hi',
    },
    {
      type: 'response.output_audio.delta',
      event_id: 'event_4',
      ...place,
      content_index: 0,
      delta: LONG_AUDIO,
    },
  ];
}

/** The end of a response of OpenAI. */
export function responseDone(id: string, status = 'completed', details: object = {}): object {
  return {
    type: 'response.done',
    event_id: 'event_9',
    response: {
      object: 'realtime.response',
      id,
      status,
      status_details: { type: status, ...details },
      output: [
        {
          id: `item_${id}`,
          type: 'message',
          role: 'assistant',
          content: [{ type: 'output_audio', transcript: 'Hi' }],
        },
      ],
      usage: RESPONSE_USAGE,
    },
  };
}

/** The usage of a turn of Gemini, and what it is in the normal form. */
export const TURN_USAGE = {
  promptTokenCount: 300,
  cachedContentTokenCount: 0,
  responseTokenCount: 60,
  toolUsePromptTokenCount: 10,
  thoughtsTokenCount: 20,
  totalTokenCount: 390,
  promptTokensDetails: [
    { modality: 'TEXT', tokenCount: 100 },
    { modality: 'AUDIO', tokenCount: 200 },
  ],
  responseTokensDetails: [{ modality: 'AUDIO', tokenCount: 60 }],
};
export const TURN_COUNTS = {
  inputTokens: 310,
  outputTokens: 80,
  reasoningTokens: 20,
  inputAudioTokens: 200,
  outputAudioTokens: 60,
};

/** A message of Gemini with audio. */
export function turnAudio(data = 'AAAA'): object {
  return {
    serverContent: { modelTurn: { parts: [{ inlineData: { mimeType: 'audio/pcm;rate=24000', data } }] } },
  };
}

/** The end of a turn of Gemini. */
export const TURN_END = [
  { serverContent: { generationComplete: true } },
  { serverContent: { turnComplete: true }, usageMetadata: TURN_USAGE },
];
