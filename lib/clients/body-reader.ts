import { JsonProjector } from './json-projector.js';
import { decodeData, SseParser } from './sse-parser.js';
import { isObject } from './wire/json.js';
import type { Answer, WireFormat } from './wire/wire-format.js';

/** What OpenAI's format sends as its last event, which is not JSON. */
const DONE_MARK = '[DONE]';

const COLON = 0x3a;
const SPACE = 0x20;
const N = 0x6e;

/** Reads an answer from the bytes of a body as they come by. */
export interface BodyReader {
  push(bytes: Uint8Array): void;
  /** Reads what is left when no more bytes will come, whether the body is whole or not. */
  finish(): void;
}

/** Reads one JSON document, or the elements of an array as they come. */
export function createJsonReader(format: WireFormat, answer: Answer): BodyReader {
  const read = (json: unknown): void => {
    if (isObject(json)) format.read(json, answer);
  };
  const projector = new JsonProjector(format.fields, format.eventFields, read);
  return {
    push: (bytes) => projector.push(bytes),
    finish: () => read(projector.finish()),
  };
}

/**
 * Reads server-sent events. Each is parsed until the first generated token has come; after it only those that
 * carry a mark of the format, and of running usage only the last.
 */
export function createEventReader(format: WireFormat, answer: Answer): BodyReader {
  let latest: string | undefined;
  const read = (json: unknown): void => {
    if (isObject(json)) format.read(json, answer);
  };
  const readLatest = (): void => {
    if (latest !== undefined) read(parse(latest));
    latest = undefined;
  };
  const parser = new SseParser(format.eventFields ?? format.fields, {
    event(data) {
      if (!answer.generated || hasMark(data, format.urgent)) {
        readLatest();
        if (data.startsWith(DONE_MARK)) answer.closed = true;
        else read(parse(data));
      } else if (hasMark(data, format.latest)) {
        latest = data;
      } else if (data.startsWith(DONE_MARK)) {
        readLatest();
        answer.closed = true;
      }
    },
    largeEvent(data) {
      readLatest();
      read(data);
    },
  });
  return {
    push: (bytes) => parser.push(bytes),
    finish() {
      parser.finish();
      readLatest();
    },
  };
}

function parse(data: string): unknown {
  try {
    return JSON.parse(decodeData(data)) as unknown;
  } catch {
    // A malformed event tells nothing; the consumer will find out by itself.
    return undefined;
  }
}

/** Whether a mark stands in the data, other than as the name of a member that is null. */
function hasMark(data: string, marks: readonly string[]): boolean {
  for (const mark of marks) {
    for (let at = data.indexOf(mark); at !== -1; at = data.indexOf(mark, at)) {
      at += mark.length;
      if (!isNullMember(data, at)) return true;
    }
  }
  return false;
}

function isNullMember(data: string, afterName: number): boolean {
  let at = afterName;
  while (data.charCodeAt(at) === SPACE) at += 1;
  if (data.charCodeAt(at) !== COLON) return false;
  at += 1;
  while (data.charCodeAt(at) === SPACE) at += 1;
  return data.charCodeAt(at) === N;
}
