import { INPUT_LIMITS } from '../catalogue/input-limits.js';
import type { ParsedJson } from '../streams/observation.js';
import { isObject, parseJson } from './json.js';
import { JsonDocument } from './json-document.js';
import { JsonProjector } from './json-projector.js';
import { decodeData, SseParser } from './sse.js';
import type { Answer, WireFormat } from './wire-format.js';

const HELD_BYTES_MAX = INPUT_LIMITS.heldEvent.value;

/** The last event of OpenAI's format, which is not JSON. */
const DONE_MARK = '[DONE]';

/** Reads an answer from the pieces of a body as they arrive. A piece is bytes, or an event that an SDK has decoded. */
export interface BodyReader<Piece = Uint8Array> {
  push(piece: Piece): void;
  /**
   * Reads data that is still held, after the last piece of a complete or incomplete body.
   *
   * @param json - the whole body, if it has already been parsed.
   */
  finish(json?: ParsedJson): void;
}

/** Reads one JSON document, or the elements of an array as they arrive. */
export function createJsonReader(format: WireFormat, answer: Answer): BodyReader {
  const read = (json: unknown): void => {
    answer.events += 1;
    readNext(json, format, answer);
  };
  const document = new JsonDocument(format.fields, format.eventFields, read);
  return {
    push: (bytes) => document.push(bytes),
    finish(json) {
      read(document.finish(json));
      answer.isTooLarge ||= document.isTooLarge;
    },
  };
}

/**
 * Reads server-sent events. Every event is parsed until the first output has arrived. After that, only events with a
 * mark of the format are parsed, and only the last event with a running usage.
 */
export function createEventReader(format: WireFormat, answer: Answer): BodyReader {
  const { marks } = format;
  let latest: string | undefined;
  const read = (data: string): void => readNext(parseJson(decodeData(data)), format, answer);
  const readLatest = (): void => {
    if (latest !== undefined) read(latest);
    latest = undefined;
  };
  const parser = new SseParser(format.eventFields ?? format.fields, {
    event(data) {
      if (data.startsWith(DONE_MARK)) {
        readLatest();
        answer.closed = true;
        return;
      }
      answer.events += 1;
      answer.estimator?.add(data);
      if (!answer.generated) {
        read(data);
      } else if (marks.any.test(data)) {
        if (!marks.urgent.test(data)) {
          latest = data;
          return;
        }
        // Earlier events are read before later ones.
        readLatest();
        read(data);
      }
    },
    largeEvent(data) {
      answer.events += 1;
      readLatest();
      answer.isTooLarge ||= data === undefined;
      readNext(data, format, answer);
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

/** Reads one event that an SDK has taken out of its frame. A small event is parsed, and a large one is projected. */
export function readEvent(bytes: Uint8Array, format: WireFormat, answer: Answer): void {
  answer.events += 1;
  let json: unknown;
  if (bytes.length > HELD_BYTES_MAX) {
    const projector = new JsonProjector(format.eventFields ?? format.fields);
    projector.push(bytes);
    json = projector.finish();
  } else {
    json = parseJson(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'));
  }
  readNext(json, format, answer);
}

/** Reads the next document of an answer, and ignores documents after its end or after an error. */
function readNext(json: unknown, format: WireFormat, answer: Answer): void {
  if (!isObject(json) || answer.closed || answer.error !== undefined) return;
  const { usage, generated } = answer;
  format.read(json, answer);
  if (generated && answer.usage !== usage) answer.hasLateUsage = true;
}
