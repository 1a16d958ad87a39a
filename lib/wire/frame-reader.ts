import { type BodyReader, EventSelector } from './body-reader.js';
import { type FrameHeaders, FrameParser } from './event-frames.js';
import { isObject, object, parseJson, text } from './json.js';
import { JsonProjector } from './json-projector.js';
import { decodeData } from './sse.js';
import type { Answer, WireFormat } from './wire-format.js';

/** The type of the events in which `InvokeModel` streams the events of a model, in base64. */
const CHUNK = 'chunk';
const CHUNK_START = '"bytes":"';

/**
 * Reads AWS's event stream. An event `{...}` of the type `messageStop` is read as `{"messageStop":{...}}`, which is the
 * form that the AWS SDK gives it, and a `chunk` as the event of the model that it contains. Which events are read is
 * decided as for server-sent events.
 */
export function createFrameReader(format: WireFormat, answer: Answer): BodyReader {
  const selector = new EventSelector(format, answer);
  let projector: JsonProjector | undefined;
  let largeHeaders: FrameHeaders | undefined;
  const isRead = (): boolean => !answer.closed && answer.error === undefined;

  const parser = new FrameParser({
    frame(headers, payload) {
      if (!isRead()) return;
      const data = payload.toString('latin1');
      const type = headers[':event-type'];
      if (!isEvent(headers)) {
        answer.events += 1;
        selector.readLatest();
        answer.error = failureIn(headers, parseJson(decodeData(data)));
      } else if (type === CHUNK) {
        selector.event(chunkIn(data));
      } else {
        selector.event(`{${JSON.stringify(type ?? '')}:${data}}`);
      }
    },
    largeFrame(headers) {
      largeHeaders = headers;
      // The text in a chunk is encoded, so that nothing in a large one can be read without holding it.
      if (isEvent(headers) && headers[':event-type'] === CHUNK) return;
      projector = new JsonProjector(
        isEvent(headers) ? (format.eventFields ?? format.fields) : { message: true },
      );
      if (isEvent(headers)) projector.push(Buffer.from(`{${JSON.stringify(headers[':event-type'] ?? '')}:`));
    },
    largePayload: (bytes) => projector?.push(bytes),
    largeEnd() {
      const headers = largeHeaders ?? {};
      const known = projector;
      projector = undefined;
      if (!isRead()) return;
      if (known === undefined) {
        answer.events += 1;
        answer.generated = true;
      } else if (isEvent(headers)) {
        known.push(Buffer.from('}'));
        selector.largeEvent(known.finish(), known.isTooLarge);
      } else {
        answer.events += 1;
        selector.readLatest();
        answer.error = failureIn(headers, known.finish());
      }
    },
  });
  return {
    push: (bytes) => parser.push(bytes),
    // A frame that is not complete is not read.
    finish: () => selector.readLatest(),
  };
}

function isEvent(headers: FrameHeaders): boolean {
  const type = headers[':message-type'];
  return type !== 'exception' && type !== 'error';
}

/** The error in a frame: of a modelled type, with a message in the payload, or of any other code. */
function failureIn(headers: FrameHeaders, payload: unknown): unknown {
  const type = headers[':exception-type'] ?? headers[':error-code'] ?? 'unknown';
  return {
    // Members of a stream begin with a small letter, and the names of errors do not.
    type: type.charAt(0).toUpperCase() + type.slice(1),
    message: text(object(payload)['message']) ?? headers[':error-message'],
  };
}

/** The event of a model in a chunk, one character for each byte. */
function chunkIn(data: string): string {
  const start = data.indexOf(CHUNK_START);
  const end = data.indexOf('"', start + CHUNK_START.length);
  const isPlain = start !== -1 && end !== -1 && data.indexOf('\\') === -1;
  const written = isPlain ? data.slice(start + CHUNK_START.length, end) : bytesIn(parseJson(data));
  return Buffer.from(written ?? '', 'base64').toString('latin1');
}

function bytesIn(chunk: unknown): string | undefined {
  return isObject(chunk) ? text(chunk['bytes']) : undefined;
}
