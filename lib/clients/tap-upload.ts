import { current } from '../metrics/recorder.js';
import { countFailure } from '../requests/guard.js';
import type { StreamObserver } from '../streams/observation.js';
import { observeStream } from '../streams/observe-stream.js';
import { unreadBody } from '../streams/response-body.js';
import { JsonProjector } from '../wire/json-projector.js';
import { contentTypeOf, FACT_FIELDS, factsIn, type RequestFacts } from './request.js';

/**
 * Returns the body of a `Request` that may name the model: an unread JSON document.
 *
 * @param body - the body that is given beside the request, and takes precedence over its own.
 */
export function uploadOf(input: unknown, body: unknown): object | undefined {
  if (typeof input !== 'object' || input === null || (body !== undefined && body !== null)) return undefined;
  const request = input as Partial<Request>;
  const isJson = request.headers !== undefined && contentTypeOf(request.headers).includes('json');
  return isJson ? unreadBody(request) : undefined;
}

/**
 * Reads a body as the call sends it, and reports the facts once the body is complete. A copy would have to be kept until
 * the call has sent what the copy has read already; this keeps a few bytes, and reads nothing that is not sent.
 */
export function tapUpload(upload: object, onFacts: (facts: RequestFacts) => void): void {
  observeStream(upload, new UploadTap(onFacts));
}

class UploadTap implements StreamObserver<Uint8Array> {
  private readonly onFacts: (facts: RequestFacts) => void;
  private projector: JsonProjector | undefined = new JsonProjector(FACT_FIELDS);

  constructor(onFacts: (facts: RequestFacts) => void) {
    this.onFacts = onFacts;
  }

  chunk(bytes: Uint8Array): void {
    try {
      this.projector?.push(bytes);
    } catch {
      // A chunk that is not bytes, which the fetch will refuse: nothing is known of such a body.
      this.projector = undefined;
    }
  }

  end(): void {
    if (this.projector !== undefined) this.onFacts(factsIn(this.projector.finish()));
  }

  // Of a body that was not sent to its end nothing is known.
  fail(): void {}
  cancel(): void {}

  fault(): void {
    countFailure(current.recorder, 'fetch');
  }
}
