import { isObject, text } from '../wire/json.js';
import { JsonProjector } from '../wire/json-projector.js';

/** What is read of the body of a request. */
export interface RequestFacts {
  readonly model: string | undefined;
  readonly isStreamed: boolean;
  readonly hasStreamOptions: boolean;
}

/** What is read of a body that is JSON. */
export const FACT_FIELDS = { model: true, stream: true, stream_options: true } as const;
/** What is known of a body that cannot be read. */
export const NO_FACTS: RequestFacts = { model: undefined, isStreamed: false, hasStreamOptions: false };

/** A body is encoded in pieces of this many characters, so that a large one is not held a second time. */
const PIECE_CHARS = 65_536;
const STREAM_USAGE = '"stream_options":{"include_usage":true},';

/** Reads a body that is at hand. Of one that is a stream or a blob nothing is known: reading would consume it. */
export function readBody(body: unknown): RequestFacts {
  if (typeof body === 'string') return readJson((projector) => pushText(projector, body));
  if (body instanceof Uint8Array) return readJson((projector) => projector.push(body));
  if (body instanceof ArrayBuffer) return readJson((projector) => projector.push(new Uint8Array(body)));
  return isForm(body) ? readForm(body) : NO_FACTS;
}

/** The same JSON object with usage asked for, or the same text when it is none. */
export function askForStreamUsage(body: string): string {
  const start = body.indexOf('{') + 1;
  return start === 0 ? body : body.slice(0, start) + STREAM_USAGE + body.slice(start);
}

function readJson(push: (projector: JsonProjector) => void): RequestFacts {
  const projector = new JsonProjector(FACT_FIELDS);
  push(projector);
  return factsIn(projector);
}

function pushText(projector: JsonProjector, body: string): void {
  let start = 0;
  while (start < body.length) {
    const end = start + PIECE_CHARS;
    // The two halves of a surrogate pair are one character.
    const isPairCut = (body.codePointAt(end - 1) ?? 0) > 0xffff;
    const piece = body.slice(start, isPairCut ? end - 1 : end);
    projector.push(Buffer.from(piece));
    start += piece.length;
  }
}

/** What a body has said, once all of it was read. */
export function factsIn(projector: JsonProjector): RequestFacts {
  const json = projector.finish();
  if (!isObject(json)) return NO_FACTS;
  return {
    model: text(json['model']),
    isStreamed: json['stream'] === true,
    hasStreamOptions: isObject(json['stream_options']),
  };
}

/** By what it does: a form may be of another realm, or of a package. */
function isForm(body: unknown): body is { get(name: string): unknown } {
  return (
    typeof body === 'object' && body !== null && Object.prototype.toString.call(body) === '[object FormData]'
  );
}

function readForm(form: { get(name: string): unknown }): RequestFacts {
  return { ...NO_FACTS, model: text(form.get('model')), isStreamed: form.get('stream') === 'true' };
}
