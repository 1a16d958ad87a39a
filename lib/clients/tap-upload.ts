import { current } from '../metrics/recorder.js';
import { countFailure } from '../requests/guard.js';
import type { StreamObserver } from '../streams/observation.js';
import { observeStream } from '../streams/observe-stream.js';
import { unreadBody } from '../streams/response-body.js';
import { JsonProjector } from '../wire/json-projector.js';
import type { WireFormat } from '../wire/wire-format.js';
import { contentTypeOf, factFields, factsIn, type RequestFacts } from './request.js';

/**
 * Returns the body of a `Request` that may name the model: an unread JSON document.
 *
 * @param body - the body in the init, which takes precedence over the body of the request.
 */
export function uploadOf(input: unknown, body: unknown): object | undefined {
  if (typeof input !== 'object' || input === null || (body !== undefined && body !== null)) return undefined;
  const request = input as Partial<Request>;
  const isJson = request.headers !== undefined && contentTypeOf(request.headers).includes('json');
  return isJson ? unreadBody(request) : undefined;
}

/**
 * Reads a body while the call sends it, and reports the facts once the body is complete. Reading a copy would buffer
 * every byte that the call has not sent yet. This keeps only a few bytes, and reads nothing that is not sent.
 */
export function tapUpload(upload: object, format: WireFormat, onFacts: (facts: RequestFacts) => void): void {
  observeStream(upload, new UploadTap(format, onFacts));
}

class UploadTap implements StreamObserver<Uint8Array> {
  private readonly onFacts: (facts: RequestFacts) => void;
  private readonly format: WireFormat;
  private projector: JsonProjector | undefined;

  constructor(format: WireFormat, onFacts: (facts: RequestFacts) => void) {
    this.format = format;
    this.onFacts = onFacts;
    this.projector = new JsonProjector(factFields(format));
  }

  chunk(bytes: Uint8Array): void {
    try {
      this.projector?.push(bytes);
    } catch {
      // The chunk is not bytes, so the fetch will reject the body and there are no facts to report.
      this.projector = undefined;
    }
  }

  end(): void {
    if (this.projector !== undefined) this.onFacts(factsIn(this.projector.finish(), this.format));
  }

  // The facts of a body that was not sent completely are unknown.
  fail(): void {}
  cancel(): void {}

  fault(): void {
    countFailure(current.recorder, 'fetch');
  }
}
