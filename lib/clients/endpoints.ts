import type { ApiName } from '../catalogue/providers.js';
import { ANTHROPIC_COUNT_TOKENS, ANTHROPIC_MESSAGES } from '../wire/anthropic.js';
import { COHERE } from '../wire/cohere.js';
import { createGeminiSession } from '../wire/gemini-live.js';
import { GEMINI, GOOGLE_EMBEDDINGS } from '../wire/google.js';
import { GOOGLE_INTERACTIONS } from '../wire/google-interactions.js';
import { OPENAI_CHAT, OPENAI_MEDIA } from '../wire/openai.js';
import { createOpenAiSession } from '../wire/openai-realtime.js';
import { OPENAI_RESPONSES } from '../wire/openai-responses.js';
import type { CreateSession } from '../wire/realtime-session.js';
import { eventMarks, type WireFormat } from '../wire/wire-format.js';

/** An endpoint for requests to a model. */
export interface Endpoint {
  /** GenAI operation name. */
  readonly operation: string;
  readonly format: WireFormat;
  /** Whether a request may contain `stream_options`. */
  readonly hasStreamOptions?: true;
  /** Whether the answer is always streamed, regardless of the body of the request. */
  readonly isStreamed?: true;
  /** Present if it is called over a WebSocket, whose messages are read by a session and not by the format. */
  readonly createSession?: CreateSession;
}

/** The format of an endpoint that has a session. */
const NO_FORMAT: WireFormat = { fields: {}, marks: eventMarks({}), read: () => undefined };

/** The end of a path. A pattern may name the model in its group `model`. */
type PathEnd = string | RegExp;

type PathTable = readonly (readonly [pathEnd: PathEnd, endpoint: Endpoint])[];

/** Endpoints by the end of their path; the beginning differs between hosts. */
export const PATHS: Readonly<Record<Exclude<ApiName, 'google'>, PathTable>> = {
  openai: [
    ['/chat/completions', { operation: 'chat', format: OPENAI_CHAT, hasStreamOptions: true }],
    ['/responses', { operation: 'chat', format: OPENAI_RESPONSES }],
    ['/responses/compact', { operation: 'chat', format: OPENAI_RESPONSES }],
    // Includes Mistral's `/fim/completions`.
    ['/completions', { operation: 'text_completion', format: OPENAI_CHAT, hasStreamOptions: true }],
    ['/embeddings', { operation: 'embeddings', format: OPENAI_MEDIA }],
    ['/images/generations', { operation: 'image_generation', format: OPENAI_MEDIA }],
    ['/images/edits', { operation: 'image_generation', format: OPENAI_MEDIA }],
    ['/images/variations', { operation: 'image_generation', format: OPENAI_MEDIA }],
    ['/audio/speech', { operation: 'speech', format: OPENAI_MEDIA }],
    ['/audio/transcriptions', { operation: 'transcription', format: OPENAI_MEDIA }],
    ['/audio/translations', { operation: 'transcription', format: OPENAI_MEDIA }],
    ['/realtime', { operation: 'chat', format: NO_FORMAT, createSession: createOpenAiSession }],
  ],
  anthropic: [
    ['/v1/messages', { operation: 'chat', format: ANTHROPIC_MESSAGES }],
    ['/v1/messages/count_tokens', { operation: 'count_tokens', format: ANTHROPIC_COUNT_TOKENS }],
  ],
  cohere: [
    ['/v2/chat', { operation: 'chat', format: COHERE }],
    ['/v2/embed', { operation: 'embeddings', format: COHERE }],
  ],
};

/** Methods of Gemini and of Vertex AI, after the colon in `models/{model}:{method}`. */
export const GOOGLE_METHODS: Readonly<Record<string, Endpoint>> = nullPrototype({
  generateContent: { operation: 'generate_content', format: GEMINI },
  streamGenerateContent: { operation: 'generate_content', format: GEMINI, isStreamed: true },
  embedContent: { operation: 'embeddings', format: GOOGLE_EMBEDDINGS },
  batchEmbedContents: { operation: 'embeddings', format: GOOGLE_EMBEDDINGS },
});

/** Endpoints of Gemini and of Vertex AI that are no method of a model, by the end of their path. */
export const GOOGLE_PATHS: PathTable = [
  ['/interactions', { operation: 'generate_content', format: GOOGLE_INTERACTIONS }],
  [
    /[./]BidiGenerateContent(?:Constrained)?$/,
    { operation: 'generate_content', format: NO_FORMAT, createSession: createGeminiSession },
  ],
];

/** Methods of Vertex AI for the models of a publisher. */
export const VERTEX_METHODS: Readonly<Record<string, Readonly<Record<string, Endpoint>>>> = nullPrototype({
  google: nullPrototype({
    ...GOOGLE_METHODS,
    // Among the models with `predict`, only embeddings count tokens; Imagen and Veo bill per item.
    predict: { operation: 'embeddings', format: GOOGLE_EMBEDDINGS },
  }),
  anthropic: nullPrototype({
    rawPredict: { operation: 'chat', format: ANTHROPIC_MESSAGES },
    streamRawPredict: { operation: 'chat', format: ANTHROPIC_MESSAGES },
  }),
  mistralai: nullPrototype({
    rawPredict: { operation: 'chat', format: OPENAI_CHAT },
    streamRawPredict: { operation: 'chat', format: OPENAI_CHAT },
  }),
});

/** The model name in Vertex AI's endpoint that counts Anthropic's tokens. */
export const VERTEX_COUNT_TOKENS_MODEL = 'count-tokens';

/** The endpoint that counts Anthropic's tokens. */
export const COUNT_TOKENS: Endpoint = { operation: 'count_tokens', format: ANTHROPIC_COUNT_TOKENS };

function nullPrototype<Row>(rows: Record<string, Row>): Readonly<Record<string, Row>> {
  return Object.assign(Object.create(null) as Record<string, Row>, rows);
}
