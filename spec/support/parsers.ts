// The parsers of what callers and providers send, for specs about their properties. What they make of whole calls is
// said at the public doors, in `spec/fetch` and `spec/clients`.

import { askForStreamUsage } from '../../lib/clients/change-request.js';
import { resolveFetchOptions } from '../../lib/clients/fetch-options.js';
import type { InstrumentFetchOptions } from '../../lib/clients/instrument-fetch.js';
import { readReset, recordRateLimits } from '../../lib/clients/rate-limits.js';
import { createRecognise } from '../../lib/clients/recognise.js';
import { NO_FACTS, readBody } from '../../lib/clients/request.js';
import type { Target } from '../../lib/clients/target.js';
import type { Usage } from '../../lib/cost/usage.js';
import type { RateLimit } from '../../lib/metrics/recorder.js';
import { ANTHROPIC_COUNT_TOKENS, ANTHROPIC_MESSAGES } from '../../lib/wire/anthropic.js';
import { anthropicUsage } from '../../lib/wire/anthropic-usage.js';
import { ANTHROPIC_BATCH, OPENAI_BATCH } from '../../lib/wire/batches.js';
import { createEventReader, createJsonReader, createLineReader } from '../../lib/wire/body-reader.js';
import { CLOUDFLARE } from '../../lib/wire/cloudflare.js';
import { COHERE, cohereUsage } from '../../lib/wire/cohere.js';
import { EMBEDDINGS, inputUsage } from '../../lib/wire/embeddings.js';
import { type FrameHeaders, FrameParser } from '../../lib/wire/event-frames.js';
import { GEMINI, GOOGLE_EMBEDDINGS, geminiUsage } from '../../lib/wire/google.js';
import { HUGGING_FACE } from '../../lib/wire/huggingface.js';
import type { JsonObject, Projection } from '../../lib/wire/json.js';
import { JsonDocument, readJson } from '../../lib/wire/json-document.js';
import { JsonProjector } from '../../lib/wire/json-projector.js';
import { MISTRAL_CONVERSATIONS, MISTRAL_OCR } from '../../lib/wire/mistral.js';
import { NdjsonParser } from '../../lib/wire/ndjson.js';
import { OLLAMA, ollamaUsage } from '../../lib/wire/ollama.js';
import {
  GEMINI_COMPATIBLE_CHAT,
  geminiCompatibleUsage,
  OPENAI_CHAT,
  OPENAI_MEDIA,
  openAiUsage,
} from '../../lib/wire/openai.js';
import {
  MODERATION,
  OPENAI_IMAGES,
  OPENAI_SPEECH,
  OPENAI_TRANSCRIPTION,
} from '../../lib/wire/openai-media.js';
import { OPENAI_RESPONSES } from '../../lib/wire/openai-responses.js';
import { OPENAI_RUNS } from '../../lib/wire/openai-runs.js';
import { PERPLEXITY_CHAT } from '../../lib/wire/perplexity.js';
import { REPLICATE_PREDICTIONS } from '../../lib/wire/replicate.js';
import { RERANK } from '../../lib/wire/rerank.js';
import { decodeData, SseParser } from '../../lib/wire/sse.js';
import { VERCEL_GATEWAY } from '../../lib/wire/vercel-gateway.js';
import { createAnswer, type WireFormat } from '../../lib/wire/wire-format.js';
import { createFakeRecorder } from './fake-recorder.js';
import { filled } from './fetch-harness.js';
import { feedInPieces } from './split-bytes.js';

/** The hosts of the user, as `instrumentFetch` takes them. */
export type Hosts = NonNullable<InstrumentFetchOptions['hosts']>;
export type { JsonObject, Projection, Usage, WireFormat };
export {
  ANTHROPIC_MESSAGES,
  anthropicUsage,
  askForStreamUsage,
  CLOUDFLARE,
  COHERE,
  cohereUsage,
  EMBEDDINGS,
  GEMINI,
  GOOGLE_EMBEDDINGS,
  geminiCompatibleUsage,
  geminiUsage,
  HUGGING_FACE,
  inputUsage,
  MISTRAL_CONVERSATIONS,
  MISTRAL_OCR,
  NO_FACTS,
  OLLAMA,
  OPENAI_CHAT,
  OPENAI_IMAGES,
  OPENAI_MEDIA,
  OPENAI_RESPONSES,
  OPENAI_RUNS,
  OPENAI_SPEECH,
  OPENAI_TRANSCRIPTION,
  ollamaUsage,
  openAiUsage,
  REPLICATE_PREDICTIONS,
  RERANK,
  readBody,
  readReset,
  VERCEL_GATEWAY,
};

/** What is kept of a JSON document that comes in pieces. */
export function project(
  text: string | Uint8Array,
  projection: Projection,
  cuts: readonly number[] = [],
): unknown {
  const projector = new JsonProjector(projection);
  feedInPieces(Buffer.from(text), cuts, (piece) => projector.push(piece));
  return projector.finish();
}

/** What is kept of a JSON document by the way that its size takes: small ones are parsed at once. */
export function readDocument(
  document: string | Uint8Array,
  projection: Projection,
  cuts: readonly number[] = [],
): unknown {
  const reader = new JsonDocument(projection);
  feedInPieces(Buffer.from(document), cuts, (piece) => reader.push(piece));
  return reader.finish();
}

/** The same for a document that is in memory. */
export const readWhole: (document: string | Uint8Array, projection: Projection) => unknown = readJson;

/** What is handed over of the elements of an array, after each piece of it, and what is left at its end. */
export function projectElements(
  pieces: readonly string[],
  projection: Projection,
  elementProjection?: Projection,
): { readonly counts: readonly number[]; readonly seen: readonly unknown[]; readonly rest: unknown } {
  const seen: unknown[] = [];
  const projector = new JsonProjector(projection, elementProjection, (element) => seen.push(element));
  const counts = pieces.map((piece) => {
    projector.push(Buffer.from(piece));
    return seen.length;
  });
  return { counts, seen, rest: projector.finish() };
}

/** The events of a stream that comes in pieces, and those that were too large to be held. */
interface ParsedStream {
  readonly events: readonly string[];
  readonly large: readonly unknown[];
}

/** Parses server-sent events. */
export const parseEvents = (bytes: Uint8Array, cuts?: readonly number[]): ParsedStream =>
  parseStream(SseParser, bytes, cuts);

/** Parses newline-delimited JSON. */
export const parseLines = (bytes: Uint8Array, cuts?: readonly number[]): ParsedStream =>
  parseStream(NdjsonParser, bytes, cuts);

function parseStream(
  Parser: typeof SseParser | typeof NdjsonParser,
  bytes: Uint8Array,
  cuts: readonly number[] = [],
): ParsedStream {
  const events: string[] = [];
  const large: unknown[] = [];
  const parser = new Parser(
    { usage: true },
    { event: (data) => events.push(decodeData(data)), largeEvent: (data) => large.push(data) },
  );
  feedInPieces(bytes, cuts, (piece) => parser.push(piece));
  parser.finish();
  return { events, large };
}

/** The documents that are read of a body with one a line, which comes in pieces. */
export function readLines(bytes: Uint8Array, cuts: readonly number[] = []): readonly unknown[] {
  const lines: unknown[] = [];
  const format = {
    ...OPENAI_BATCH,
    fields: { usage: true } as const,
    read: (json: unknown) => lines.push(json),
  };
  const reader = createLineReader(format, createAnswer());
  feedInPieces(bytes, cuts, (piece) => reader.push(piece));
  reader.finish();
  return lines;
}

/** One frame of AWS's event stream: its headers of text, sorted, and one character for each byte of its payload. */
export interface ParsedFrame {
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly payload: string;
}

/** The frames of a stream that comes in pieces, the large ones put together. */
export function parseFrames(bytes: Uint8Array, cuts: readonly number[] = []): ParsedFrame[] {
  const found: ParsedFrame[] = [];
  const add = (headers: FrameHeaders, payload: string): void => {
    const texts = Object.entries(headers).map(([name, value]) => [name, value ?? ''] as const);
    found.push({ headers: texts.sort(), payload });
  };
  let large: FrameHeaders = {};
  let pieces: string[] = [];
  const parser = new FrameParser({
    frame: (headers, payload) => add(headers, payload.toString('latin1')),
    largeFrame(headers) {
      large = headers;
      pieces = [];
    },
    largePayload: (piece) => pieces.push(piece.toString('latin1')),
    largeEnd: () => add(large, pieces.join('')),
  });
  // A piece of a `Buffer` would be a view of it, and the pieces are overwritten.
  feedInPieces(new Uint8Array(bytes), cuts, (piece) => parser.push(piece));
  return found;
}

/** What is read of an answer. */
export interface ReadAnswer {
  readonly usage: Partial<Usage> | undefined;
  readonly response: object;
  readonly generated: boolean;
  readonly isOver: boolean;
  readonly error: unknown;
}

const READERS = { json: createJsonReader, events: createEventReader, lines: createLineReader };

/** Reads an answer of one format that comes in pieces. */
export function readAnswer(
  kind: keyof typeof READERS,
  format: WireFormat,
  text: string,
  cuts: readonly number[] = [],
): ReadAnswer {
  const answer = createAnswer();
  const reader = READERS[kind](format, answer);
  feedInPieces(Buffer.from(text), cuts, (piece) => reader.push(piece));
  reader.finish();
  const { usage, generated, finished, closed, error, finishReasons } = answer;
  const response = finishReasons.length > 0 ? { ...answer.response, finishReasons } : answer.response;
  return { usage: usage && filled(usage), response, generated, isOver: finished || closed, error };
}

/** Whether output has been seen after each piece of a JSON answer. */
export function generatedAfter(format: WireFormat, pieces: readonly string[]): boolean[] {
  const answer = createAnswer();
  const reader = createJsonReader(format, answer);
  return pieces.map((piece) => {
    reader.push(Buffer.from(piece));
    return answer.generated;
  });
}

const FORMATS: ReadonlyMap<WireFormat, string> = new Map([
  [OPENAI_CHAT, 'chat'],
  [GEMINI_COMPATIBLE_CHAT, 'gemini chat'],
  [PERPLEXITY_CHAT, 'perplexity chat'],
  [OPENAI_RESPONSES, 'responses'],
  [OPENAI_MEDIA, 'media'],
  [OPENAI_IMAGES, 'images'],
  [OPENAI_SPEECH, 'speech'],
  [OPENAI_TRANSCRIPTION, 'transcription'],
  [MODERATION, 'moderation'],
  [OPENAI_RUNS, 'run'],
  [OPENAI_BATCH, 'batch'],
  [ANTHROPIC_BATCH, 'messages batch'],
  [REPLICATE_PREDICTIONS, 'prediction'],
  [HUGGING_FACE, 'hugging face'],
  [MISTRAL_CONVERSATIONS, 'conversation'],
  [MISTRAL_OCR, 'ocr'],
  [ANTHROPIC_MESSAGES, 'messages'],
  [ANTHROPIC_COUNT_TOKENS, 'count'],
  [GEMINI, 'gemini'],
  [GOOGLE_EMBEDDINGS, 'google embeddings'],
  [COHERE, 'cohere'],
  [CLOUDFLARE, 'cloudflare'],
  [EMBEDDINGS, 'embeddings'],
  [RERANK, 'rerank'],
  [OLLAMA, 'ollama'],
  [VERCEL_GATEWAY, 'vercel'],
]);

/** What a URL says of the call to it; `undefined` where it is no call to a model. */
export interface Recognised {
  /** Provider, operation, format and, where the URL names it, model. */
  readonly target: string;
  readonly serverAddress: string;
  readonly serverPort: number | undefined;
  readonly hasStreamOptions: true | undefined;
}

/** Recognises a URL, with the `hosts` option of `instrumentFetch`. */
export function recognise(url: string, hosts: Hosts = {}, onFailure?: () => void): Recognised | undefined {
  return createRecogniser(hosts, onFailure)(url);
}

/** Recognises URLs one after the other, as one instrumented fetch does. */
export function createRecogniser(
  hosts: Hosts,
  onFailure?: () => void,
): (url: string) => Recognised | undefined {
  const find = createRecognise(resolveFetchOptions(fetch, { hosts }).hosts, onFailure);
  return (url) => recognised(find(url));
}

function recognised(found: Target | undefined): Recognised | undefined {
  if (found === undefined) return undefined;
  const { provider, operation, format, model, serverAddress, serverPort, hasStreamOptions } = found;
  const target = [provider, operation, FORMATS.get(format), model].filter(Boolean).join(', ');
  return { target, serverAddress, serverPort, hasStreamOptions };
}

/** The rate limits that the headers of an answer say. */
export function rateLimitsIn(
  headers: Readonly<Record<string, string>>,
  status: number,
  epochMs: number,
): readonly (readonly [limit: string, values: RateLimit])[] {
  const recorded: (readonly [string, RateLimit])[] = [];
  const recorder = {
    ...createFakeRecorder(),
    recordRateLimit: (_provider: string, _model: string, limit: string, values: RateLimit) => {
      recorded.push([limit, values]);
    },
  };
  const target = { provider: 'p', openAiRateLimits: undefined };
  recordRateLimits(recorder, target, 'm', { status, headers: new Headers(headers) }, epochMs);
  return recorded;
}
