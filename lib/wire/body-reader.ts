import { INPUT_LIMITS } from '../catalogue/input-limits.js';
import { isObject } from './json.js';
import { JsonProjector } from './json-projector.js';
import { decodeData, SseParser } from './sse-parser.js';
import type { Answer, WireFormat } from './wire-format.js';

const HELD_BYTES_MAX = INPUT_LIMITS.heldEvent.value;

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
  const read = (json: unknown): void => readNext(json, format, answer);
  const projector = new JsonProjector(format.fields, format.eventFields, read);
  return {
    push: (bytes) => projector.push(bytes),
    finish: () => read(projector.finish()),
  };
}

/**
 * Reads server-sent events. Each is parsed until the first output has come; after it only those that
 * carry a mark of the format, and of running usage only the last.
 */
export function createEventReader(format: WireFormat, answer: Answer): BodyReader {
  const { marks } = format;
  let latest: string | undefined;
  const read = (json: unknown): void => readNext(json, format, answer);
  const readLatest = (): void => {
    if (latest !== undefined) read(parse(decodeData(latest)));
    latest = undefined;
  };
  const readNow = (data: string): void => {
    // What came before it counts before it.
    readLatest();
    read(parse(decodeData(data)));
  };
  const parser = new SseParser(format.eventFields ?? format.fields, {
    event(data) {
      if (data.startsWith(DONE_MARK)) {
        readLatest();
        answer.closed = true;
      } else if (!answer.generated) {
        read(parse(decodeData(data)));
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

/** Reads one event that an SDK has taken out of its frame: parsed where it is small, projected where it is not. */
export function readEvent(bytes: Uint8Array, format: WireFormat, answer: Answer): void {
  let json: unknown;
  if (bytes.length > HELD_BYTES_MAX) {
    const projector = new JsonProjector(format.eventFields ?? format.fields);
    projector.push(bytes);
    json = projector.finish();
  } else {
    json = parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'));
  }
  readNext(json, format, answer);
}

/** What follows the last word of an answer is none of it, wherever its bytes were cut. */
function readNext(json: unknown, format: WireFormat, answer: Answer): void {
  if (isObject(json) && !answer.closed && answer.error === undefined) format.read(json, answer);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // A malformed event tells nothing; the consumer will find out by itself.
    return undefined;
  }
}
