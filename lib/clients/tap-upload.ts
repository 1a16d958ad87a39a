import { current } from '../metrics/recorder.js';
import { countFailure } from '../requests/guard.js';
import { decorate, methodOf } from '../streams/methods.js';
import { isNodeReadable } from '../streams/node-stream.js';
import { Observation, type StreamObserver } from '../streams/observation.js';
import { isStream, observeStream } from '../streams/observe-stream.js';
import { unreadBody } from '../streams/response-body.js';
import { JsonProjector } from '../wire/json-projector.js';
import { MultipartReader } from '../wire/multipart.js';
import type { WireFormat } from '../wire/wire-format.js';
import { contentTypeOf, factFields, factsIn, type RequestFacts } from './request.js';

const DASH = 0x2d;

/**
 * Returns a body that names the model as it is sent: the unread JSON document or form of a `Request`, or a Node stream in
 * the init.
 *
 * @param body - the body in the init, which takes precedence over the body of the request.
 */
export function uploadOf(input: unknown, body: unknown): object | undefined {
  if (body !== undefined && body !== null) return isNodeStream(body) ? body : undefined;
  if (typeof input !== 'object' || input === null) return undefined;
  const request = input as Partial<Request>;
  const type = request.headers === undefined ? '' : contentTypeOf(request.headers);
  return /json|^multipart\/form-data/.test(type) ? unreadBody(request) : undefined;
}

/** Whether a value is a Node stream, of this version of Node or of the old style that `form-data` has. */
function isNodeStream(body: unknown): body is object {
  if (typeof body !== 'object' || body === null) return false;
  if (isStream(body) && isNodeReadable(body)) return unreadBody({ body }) !== undefined;
  return methodOf(body, 'getBoundary') !== undefined && methodOf(body, 'emit') !== undefined;
}

/**
 * Reads a body while the call sends it, and reports the facts once the body is complete. Reading a copy would buffer
 * every byte that the call has not sent yet. This keeps only a few bytes, and reads nothing that is not sent.
 */
export function tapUpload(upload: object, format: WireFormat, onFacts: (facts: RequestFacts) => void): void {
  const tap = new UploadTap(format, onFacts);
  if (isStream(upload)) observeStream(upload, tap);
  else observeOldStream(upload, new Observation(upload, tap));
}

/** Observes a stream of the old style, which has no iterator and emits what is piped from it. */
function observeOldStream(stream: object, observation: Observation): void {
  decorate(stream, 'emit', (emit, args) => {
    const [event, value] = args;
    if (event === 'data') observation.chunk(typeof value === 'string' ? Buffer.from(value) : value);
    else if (event === 'end') observation.end();
    return emit(...args);
  });
}

class UploadTap implements StreamObserver<Uint8Array> {
  private readonly onFacts: (facts: RequestFacts) => void;
  private readonly format: WireFormat;
  /** Chosen by the first byte; `null` if the body cannot be read. */
  private reader: JsonProjector | MultipartReader | null | undefined;

  constructor(format: WireFormat, onFacts: (facts: RequestFacts) => void) {
    this.format = format;
    this.onFacts = onFacts;
  }

  chunk(bytes: Uint8Array): void {
    try {
      if (this.reader === undefined && bytes.length > 0) {
        const fields = factFields(this.format);
        this.reader =
          bytes[0] === DASH ? new MultipartReader(Object.keys(fields)) : new JsonProjector(fields);
      }
      this.reader?.push(bytes);
    } catch {
      // The chunk is not bytes, so the fetch will reject the body and there are no facts to report.
      this.reader = null;
    }
  }

  end(): void {
    const { reader, format } = this;
    if (reader instanceof MultipartReader) {
      this.onFacts(factsIn(reader.finish(), format));
    } else if (reader !== null && reader !== undefined) {
      this.onFacts(factsIn(reader.finish(), format));
    }
  }

  // The facts of a body that was not sent completely are unknown.
  fail(): void {}
  cancel(): void {}

  fault(): void {
    countFailure(current.recorder, 'fetch');
  }
}
