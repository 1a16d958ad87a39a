import type { JsonObject, Projection } from './json.js';
import type { Answer } from './wire-format.js';

/** The data of one message of a socket: its text, or the bytes of its text. */
export type MessageData = string | Buffer;

/** One request of a session, from its start to the end of its answer. */
export interface SessionRequest {
  /** Records what is read into the answer; ends the request where that sets `closed` or `error`. */
  read(step: (answer: Answer) => void): void;
  /** Whether output of the answer has arrived. */
  readonly hasOutput: boolean;
}

/** Starts the requests of a session. */
export interface SessionRequests {
  /**
   * Starts a request.
   *
   * @param operation - GenAI operation name; that of the endpoint if absent.
   * @returns `undefined` if monitoring is off or too many requests are open.
   */
  start(model: string | undefined, operation?: string): SessionRequest | undefined;
}

/** One direction of a session: which messages are read, and what of them. */
export interface MessageReader {
  /** What is kept of a message. */
  readonly fields: Projection;
  /** Whether a message has to be read. Most are not, such as those with audio, so this has to be fast. */
  isRead(data: MessageData): boolean;
  read(message: JsonObject): void;
}

/** How the messages of one connection belong to requests. */
export interface RealtimeSession {
  readonly sent: MessageReader;
  readonly received: MessageReader;
}

/** Starts to read a connection. */
export type CreateSession = (query: URLSearchParams, requests: SessionRequests) => RealtimeSession;

/** Enough of a message for its type, or for the names of its first members. */
const HEAD_LENGTH = 256;

/** The beginning of a message; characters that are not ASCII may be wrong. */
export function headOf(data: MessageData): string {
  return typeof data === 'string' ? data.slice(0, HEAD_LENGTH) : data.toString('latin1', 0, HEAD_LENGTH);
}
