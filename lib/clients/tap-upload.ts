import type { ReadableStream } from 'node:stream/web';
import type { BodyTap } from '../streams/body-tap.js';
import { unreadBody } from '../streams/unread-body.js';
import { JsonProjector } from '../wire/json-projector.js';
import { contentTypeOf, FACT_FIELDS, factsIn, type RequestFacts } from './request.js';
import { tapStream } from './tap-stream.js';

/**
 * The body of a `Request`, where it may say what is asked: a JSON document that nobody has begun to read.
 *
 * @param body - the body that is given beside the request, and goes before its own.
 */
export function uploadOf(input: unknown, body: unknown): ReadableStream<Uint8Array> | undefined {
  if (typeof input !== 'object' || input === null || (body !== undefined && body !== null)) return undefined;
  const request = input as Partial<Request>;
  const isJson = request.headers !== undefined && contentTypeOf(request.headers).includes('json');
  return isJson ? unreadBody(request) : undefined;
}

/**
 * Reads a body as the call sends it, and tells what it says once it is whole. A copy would have to be held for as long
 * as the call takes to send what the copy has read already; this holds a few bytes, and reads nothing that is not sent.
 */
export function tapUpload(upload: ReadableStream<Uint8Array>, onFacts: (facts: RequestFacts) => void): void {
  tapStream(upload, new UploadTap(onFacts));
}

class UploadTap implements BodyTap {
  private readonly onFacts: (facts: RequestFacts) => void;
  private projector: JsonProjector | undefined = new JsonProjector(FACT_FIELDS);

  constructor(onFacts: (facts: RequestFacts) => void) {
    this.onFacts = onFacts;
  }

  chunk(bytes: Uint8Array): void {
    try {
      this.projector?.push(bytes);
    } catch {
      // A chunk that is no bytes, which the fetch will refuse: nothing is known of such a body.
      this.stop();
    }
  }

  end(): void {
    const { projector } = this;
    this.stop();
    if (projector !== undefined) this.onFacts(factsIn(projector.finish()));
  }

  fail(): void {
    this.stop();
  }

  cancel(): void {
    this.stop();
  }

  abandon(): void {
    this.stop();
  }

  private stop(): void {
    this.projector = undefined;
  }
}
