import type { Usage } from '../cost/usage.js';
import { mergeResponseInfo, type ResponseInfo } from '../requests/handle.js';
import type { EventMarks } from './event-marks.js';
import type { JsonObject } from './json.js';
import type { Projection } from './json-projector.js';

/** What has been read of an answer so far. */
export interface Answer {
  usage?: Usage | undefined;
  /** The provider's own counts, kept by formats that report them in several parts. */
  counts?: JsonObject | undefined;
  response: ResponseInfo;
  /** Whether output of any kind has come: text, reasoning, a tool call, a refusal, a picture, a citation. */
  generated: boolean;
  /** Whether the model has said that it is done; a stream that ends without was cut off. */
  finished: boolean;
  /** Whether the last event of a stream has come. */
  closed: boolean;
  /** What the provider sent in place of an answer, or of its rest. */
  error?: unknown;
}

/**
 * How one API writes its answers. Formats are data; an event of a stream and a whole body are read alike, because
 * every API uses the same names in both.
 */
export interface WireFormat {
  /** What is read of a body; the rest is never held. */
  readonly fields: Projection;
  /** What is read of an event that is too large to be held, where that differs from a body: its output, too. */
  readonly eventFields?: Projection;
  /** Which events are read after the first token. */
  readonly marks: EventMarks;
  /** Adds what a body or an event says to the answer. */
  readonly read: (json: JsonObject, answer: Answer) => void;
}

export function createAnswer(): Answer {
  return { response: {}, generated: false, finished: false, closed: false };
}

/** Adds what is known to what was known; absent values leave the earlier ones in place. */
export function addResponse(answer: Answer, info: ResponseInfo): void {
  answer.response = mergeResponseInfo(answer.response, info);
}
