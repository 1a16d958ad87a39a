import { JsonProjector } from './json-projector.js';
import { decodeData, SseParser } from './sse-parser.js';
import { isObject } from './wire/json.js';
import type { Answer, WireFormat } from './wire/wire-format.js';

/** What OpenAI's format sends as its last event, which is not JSON. */
const DONE_MARK = '[DONE]';

/** Reads an answer from the pieces of a body as they come by: bytes, or events that an SDK has decoded. */
export interface BodyReader<Piece = Uint8Array> {
  push(piece: Piece): void;
  /** Reads what is left when no more pieces will come, whether the body is whole or not. */
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
  const { marks } = format;
  let latest: string | undefined;
  const read = (json: unknown): void => {
    if (isObject(json)) format.read(json, answer);
  };
  const readLatest = (): void => {
    if (latest !== undefined) read(parse(latest));
    latest = undefined;
  };
  const readNow = (data: string): void => {
    // What came before it counts before it.
    readLatest();
    read(parse(data));
  };
  const parser = new SseParser(format.eventFields ?? format.fields, {
    event(data) {
      if (data.startsWith(DONE_MARK)) {
        readLatest();
        answer.closed = true;
      } else if (!answer.generated) {
        read(parse(data));
      } else if (marks.any.test(data)) {
        if (marks.urgent.test(data)) readNow(data);
        else latest = data;
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
