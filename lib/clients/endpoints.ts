import { BEDROCK_OPERATIONS } from '../catalogue/bedrock-models.js';
import type { ApiName } from '../catalogue/providers.js';
import { ANTHROPIC_COUNT_TOKENS, ANTHROPIC_MESSAGES } from '../wire/anthropic.js';
import { ANTHROPIC_BATCH, OPENAI_BATCH } from '../wire/batches.js';
import { BEDROCK_CONVERSE, BEDROCK_INVOKE } from '../wire/bedrock-formats.js';
import { CLOUDFLARE } from '../wire/cloudflare.js';
import { COHERE } from '../wire/cohere.js';
import { EMBEDDINGS } from '../wire/embeddings.js';
import { createGeminiSession } from '../wire/gemini-live.js';
import { GEMINI, GOOGLE_EMBEDDINGS } from '../wire/google.js';
import { GOOGLE_INTERACTIONS } from '../wire/google-interactions.js';
import { HUGGING_FACE } from '../wire/huggingface.js';
import { MISTRAL_CONVERSATIONS, MISTRAL_OCR } from '../wire/mistral.js';
import { OLLAMA } from '../wire/ollama.js';
import { OPENAI_CHAT, OPENAI_MEDIA } from '../wire/openai.js';
import { MODERATION, OPENAI_IMAGES, OPENAI_SPEECH, OPENAI_TRANSCRIPTION } from '../wire/openai-media.js';
import { createOpenAiSession } from '../wire/openai-realtime.js';
import { OPENAI_RESPONSES } from '../wire/openai-responses.js';
import { OPENAI_RUNS } from '../wire/openai-runs.js';
import type { CreateSession } from '../wire/realtime-session.js';
import { REPLICATE_PREDICTIONS } from '../wire/replicate.js';
import { RERANK } from '../wire/rerank.js';
import { VERCEL_GATEWAY } from '../wire/vercel-gateway.js';
import { eventMarks, type WireFormat } from '../wire/wire-format.js';

/** An endpoint for requests to a model. */
export interface Endpoint {
  /** GenAI operation name. */
  readonly operation: string;
  readonly format: WireFormat;
  /** Whether a request may contain `stream_options`. */
  readonly hasStreamOptions?: true;
  /** Whether the answer is streamed if the body of the request does not say. */
  readonly isStreamed?: true;
  /** Whether the request names an agent or a version, so that only the answer may name the model. */
  readonly isModelAnswered?: true;
  /** `POST`, when absent. */
  readonly method?: 'GET';
  /** Whether it answers with the usage of an earlier request, and is no request to a model itself. */
  readonly isLater?: true;
  /** Present if it is called over a WebSocket, whose messages are read by a session and not by the format. */
  readonly createSession?: CreateSession;
}

/** The format of an endpoint that has a session. */
const NO_FORMAT: WireFormat = { fields: {}, marks: eventMarks({}), read: () => undefined };

/** The end of a path. A pattern may name the model in its group `model`. */
export type PathEnd = string | RegExp;

/** Endpoints by the end of their path, in the order in which a path is looked up. */
export type PathTable = readonly (readonly [pathEnd: PathEnd, endpoint: Endpoint])[];

/** The form of a transcription cannot be read if it is sent as a `Request`. */
const TRANSCRIPTION: Endpoint = {
  operation: 'transcription',
  format: OPENAI_TRANSCRIPTION,
  isModelAnswered: true,
};
const RUN: Endpoint = { operation: 'chat', format: OPENAI_RUNS, isModelAnswered: true };
const PREDICTION: Endpoint = {
  operation: 'prediction',
  format: REPLICATE_PREDICTIONS,
  isModelAnswered: true,
};
const CONVERSATION: Endpoint = { operation: 'chat', format: MISTRAL_CONVERSATIONS, isModelAnswered: true };

const INTERACTION: Endpoint = { operation: 'generate_content', format: GOOGLE_INTERACTIONS };

/** Endpoints by the end of their path; the beginning differs between hosts. */
export const PATHS: Readonly<Record<Exclude<ApiName, 'google'>, PathTable>> = {
  openai: [
    ['/chat/completions', { operation: 'chat', format: OPENAI_CHAT, hasStreamOptions: true }],
    ['/responses', { operation: 'chat', format: OPENAI_RESPONSES }],
    ['/responses/compact', { operation: 'chat', format: OPENAI_RESPONSES }],
    [/\/responses\/[^/]+$/, { operation: 'chat', format: OPENAI_RESPONSES, method: 'GET', isLater: true }],
    [/\/responses\/[^/]+\/cancel$/, { operation: 'chat', format: OPENAI_RESPONSES, isLater: true }],
    [/\/threads\/(?:[^/]+\/)?runs$/, RUN],
    [/\/threads\/[^/]+\/runs\/[^/]+\/submit_tool_outputs$/, RUN],
    [/\/threads\/[^/]+\/runs\/[^/]+$/, { ...RUN, method: 'GET', isLater: true }],
    [/\/threads\/[^/]+\/runs\/[^/]+\/cancel$/, { ...RUN, isLater: true }],
    [/\/files\/[^/]+\/content$/, { operation: 'chat', format: OPENAI_BATCH, method: 'GET', isLater: true }],
    // Of Mistral; an agent has its model.
    ['/agents/completions', { operation: 'chat', format: OPENAI_CHAT, isModelAnswered: true }],
    // Includes Mistral's `/fim/completions`.
    ['/completions', { operation: 'text_completion', format: OPENAI_CHAT, hasStreamOptions: true }],
    ['/embeddings', { operation: 'embeddings', format: EMBEDDINGS }],
    // Voyage's other embeddings.
    ['/multimodalembeddings', { operation: 'embeddings', format: EMBEDDINGS }],
    ['/contextualizedembeddings', { operation: 'embeddings', format: EMBEDDINGS }],
    // Voyage, Jina, Together, vLLM and others.
    ['/rerank', { operation: 'rerank', format: RERANK }],
    ['/images/generations', { operation: 'image_generation', format: OPENAI_IMAGES }],
    ['/images/edits', { operation: 'image_generation', format: OPENAI_IMAGES }],
    ['/images/variations', { operation: 'image_generation', format: OPENAI_IMAGES }],
    ['/audio/speech', { operation: 'speech', format: OPENAI_SPEECH }],
    ['/audio/transcriptions', TRANSCRIPTION],
    ['/audio/translations', TRANSCRIPTION],
    // Includes Mistral's `/chat/moderations`.
    ['/moderations', { operation: 'moderation', format: MODERATION }],
    // MiniMax's own path.
    ['/text/chatcompletion_v2', { operation: 'chat', format: OPENAI_CHAT }],
    // Databricks, where the path names what serves the model; other models may be served there as well.
    [
      /\/serving-endpoints\/(?<model>[^/]+)\/(?:served-models\/[^/]+\/)?invocations$/,
      { operation: 'chat', format: OPENAI_CHAT },
    ],
    ['/realtime', { operation: 'chat', format: NO_FORMAT, createSession: createOpenAiSession }],
  ],
  anthropic: [
    ['/v1/messages', { operation: 'chat', format: ANTHROPIC_MESSAGES }],
    ['/v1/messages/count_tokens', { operation: 'count_tokens', format: ANTHROPIC_COUNT_TOKENS }],
    [
      /\/v1\/messages\/batches\/[^/]+\/results$/,
      { operation: 'chat', format: ANTHROPIC_BATCH, method: 'GET', isLater: true },
    ],
  ],
  cohere: [
    ['/v1/chat', { operation: 'chat', format: COHERE }],
    ['/v2/chat', { operation: 'chat', format: COHERE }],
    ['/v1/embed', { operation: 'embeddings', format: COHERE }],
    ['/v2/embed', { operation: 'embeddings', format: COHERE }],
    ['/v1/rerank', { operation: 'rerank', format: RERANK }],
    ['/v2/rerank', { operation: 'rerank', format: RERANK }],
  ],
  ollama: [
    ['/api/chat', { operation: 'chat', format: OLLAMA, isStreamed: true }],
    ['/api/generate', { operation: 'text_completion', format: OLLAMA, isStreamed: true }],
    ['/api/embed', { operation: 'embeddings', format: OLLAMA }],
    ['/api/embeddings', { operation: 'embeddings', format: OLLAMA }],
  ],
  cloudflare: [
    // Models are of any kind, and the path does not tell which.
    [/\/ai\/run\/(?<model>@?[^/]+(?:\/[^/]+)*)$/, { operation: 'chat', format: CLOUDFLARE }],
  ],
  // Decisions have a model and a usage like other answers that are not streamed.
  typesafe: [['/v1/systemone', { operation: 'decision', format: OPENAI_MEDIA }]],
  vercel: [
    ['/ai/language-model', { operation: 'chat', format: VERCEL_GATEWAY }],
    ['/ai/embedding-model', { operation: 'embeddings', format: VERCEL_GATEWAY }],
  ],
  mistral: [
    [/\/conversations(?:\/[^/]+(?:\/restart)?)?$/, CONVERSATION],
    ['/ocr', { operation: 'ocr', format: MISTRAL_OCR }],
  ],
  replicate: [
    [/\/models\/(?<model>[^/]+\/[^/]+)\/predictions$/, PREDICTION],
    [/\/(?:v1|deployments\/[^/]+\/[^/]+)\/predictions$/, PREDICTION],
    [/\/predictions\/[^/]+$/, { ...PREDICTION, method: 'GET', isLater: true }],
    [/\/predictions\/[^/]+\/cancel$/, { ...PREDICTION, isLater: true }],
  ],
  huggingface: [
    [
      /\/hf-inference\/models\/(?<model>.+)\/pipeline\/feature-extraction$/,
      { operation: 'embeddings', format: HUGGING_FACE },
    ],
    [
      /\/hf-inference\/models\/(?<model>.+?)(?:\/pipeline\/[^/]+)?$/,
      { operation: 'prediction', format: HUGGING_FACE },
    ],
    ['/generate', { operation: 'text_completion', format: HUGGING_FACE }],
    ['/generate_stream', { operation: 'text_completion', format: HUGGING_FACE, isStreamed: true }],
  ],
  bedrock: [
    [bedrockPath('converse'), { operation: 'chat', format: BEDROCK_CONVERSE }],
    [bedrockPath('converse-stream'), { operation: 'chat', format: BEDROCK_CONVERSE, isStreamed: true }],
    ...BEDROCK_OPERATIONS.flatMap(
      ([named, operation]): PathTable => [
        [bedrockPath('invoke', named), { operation, format: BEDROCK_INVOKE }],
        [
          bedrockPath('invoke-with-response-stream', named),
          { operation, format: BEDROCK_INVOKE, isStreamed: true },
        ],
      ],
    ),
    [bedrockPath('count-tokens'), { operation: 'count_tokens', format: ANTHROPIC_COUNT_TOKENS }],
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
  ['/interactions', INTERACTION],
  [/\/interactions\/[^/]+$/, { ...INTERACTION, method: 'GET', isLater: true }],
  [/\/interactions\/[^/]+\/cancel$/, { ...INTERACTION, isLater: true }],
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

/**
 * The path of an action of Amazon Bedrock. An ARN in it is read as `bedrockModelName` does, whether its slashes are
 * encoded or not.
 *
 * @param named - what the name of the model contains.
 */
function bedrockPath(action: string, named = ''): RegExp {
  const part = '(?:(?!/|%2f).)*';
  return new RegExp(`/model/(?:arn(?::|%3a).*(?:/|%2f))?(?<model>${part}${named}${part})/${action}$`, 'i');
}

function nullPrototype<Row>(rows: Record<string, Row>): Readonly<Record<string, Row>> {
  return Object.assign(Object.create(null) as Record<string, Row>, rows);
}
