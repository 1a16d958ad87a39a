import { INPUT_LIMITS } from '../catalogue/input-limits.js';
import type { ParsedJson } from '../streams/observation.js';
import { isObject, parseJson } from './json.js';
import { JsonDocument } from './json-document.js';
import { JsonProjector } from './json-projector.js';
import { NdjsonParser } from './ndjson.js';
import { decodeData, SseParser } from './sse.js';
import type { StreamEvents } from './stream-events.js';
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

/** How the events of a stream are written: server-sent events, or one JSON document a line. */
type StreamParser = typeof SseParser | typeof NdjsonParser;

/** Reads server-sent events, or those of another parser. */
export function createEventReader(
  format: WireFormat,
  answer: Answer,
  Parser: StreamParser = SseParser,
): BodyReader {
  const selector = new EventSelector(format, answer);
  const parser = new Parser(format.eventFields ?? format.fields, selector);
  return {
    push: (bytes) => parser.push(bytes),
    finish() {
      parser.finish();
      selector.readLatest();
    },
  };
}

/** Reads a body with one JSON document a line. */
export function createLineReader(format: WireFormat, answer: Answer): BodyReader {
  return createEventReader(format, answer, NdjsonParser);
}

/**
 * Selects the events of a stream that are parsed: every event until the first output has arrived. After that, only
 * events with a mark of the format are parsed, and only the last event with a running usage.
 */
export class EventSelector implements StreamEvents {
  private readonly format: WireFormat;
  private readonly answer: Answer;
  private latest: string | undefined;

  constructor(format: WireFormat, answer: Answer) {
    this.format = format;
    this.answer = answer;
  }

  event(data: string): void {
    const { answer } = this;
    const { marks } = this.format;
    // The rest of a piece may hold thousands of lines, none of which is read.
    if (isOver(answer)) return;
    if (data.startsWith(DONE_MARK)) {
      this.readLatest();
      answer.closed = true;
      return;
    }
    answer.events += 1;
    answer.estimator?.add(data);
    if (!answer.generated) {
      this.read(data);
    } else if (marks.any.test(data)) {
      if (!marks.urgent.test(data)) {
        this.latest = data;
        return;
      }
      // Earlier events are read before later ones.
      this.readLatest();
      this.read(data);
    }
  }

  largeEvent(data: unknown, isTooLarge: boolean): void {
    this.answer.events += 1;
    this.readLatest();
    this.answer.isTooLarge ||= isTooLarge;
    // Whether the line of a body is an object is unknown if it was not read.
    if (!isTooLarge) this.readParsed(data);
  }

  /** Reads the last event with a running usage. */
  readLatest(): void {
    if (this.latest !== undefined) this.read(this.latest);
    this.latest = undefined;
  }

  private read(data: string): void {
    this.readParsed(parseJson(decodeData(data)));
  }

  private readParsed(json: unknown): void {
    const { format, answer } = this;
    readNext(json, format, answer);
    if (format.lines === 'body' && !isObject(json)) answer.closed = true;
  }
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

/** Whether nothing more of an answer is read. */
function isOver({ closed, error }: Answer): boolean {
  return closed || error !== undefined;
}

/** Reads the next document of an answer, and ignores documents after its end or after an error. */
function readNext(json: unknown, format: WireFormat, answer: Answer): void {
  if (!isObject(json) || isOver(answer)) return;
  readStep((into) => format.read(json, into), answer);
}

/** Makes one step of reading an answer, and notes whether it reported usage after output. */
export function readStep(read: (answer: Answer) => void, answer: Answer): void {
  const { usage, generated } = answer;
  read(answer);
  if (generated && answer.usage !== usage) answer.hasLateUsage = true;
}
