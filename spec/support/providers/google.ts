import { dataFrames } from './loopback.js';

const COMMON = { modelVersion: 'gemini-2.5-flash', responseId: 'kO6XaOLRFuWvkdUPuZnZ8Ac' };

const USAGE = {
  promptTokenCount: 2_000,
  cachedContentTokenCount: 1_500,
  candidatesTokenCount: 20,
  thoughtsTokenCount: 40,
  toolUsePromptTokenCount: 50,
  totalTokenCount: 2_110,
  promptTokensDetails: [{ modality: 'TEXT', tokenCount: 2_000 }],
};

/** `USAGE` in the normal form. */
export const CONTENT_COUNTS = {
  inputTokens: 2_050,
  outputTokens: 60,
  cacheReadTokens: 1_500,
  reasoningTokens: 40,
};

function content(parts: readonly object[], finishReason: string | undefined, usageMetadata: object): object {
  const candidate = { content: { parts, role: 'model' }, index: 0 };
  return {
    candidates: [finishReason === undefined ? candidate : { ...candidate, finishReason }],
    usageMetadata,
    ...COMMON,
  };
}

/** A generated content. */
export const CONTENT_ANSWER = content([{ text: 'Grüß dich 😀' }], 'STOP', USAGE);

/** The pieces of a streamed one: every piece repeats the usage so far. */
export const CONTENT_PIECES = [
  content([{ text: '', thoughtSignature: 'CpIBAdHtim8' }], undefined, {
    promptTokenCount: 2_000,
    totalTokenCount: 2_000,
  }),
  content([{ text: 'Grüß' }], undefined, { ...USAGE, candidatesTokenCount: 4 }),
  content([{ text: ' dich "usageMetadata"' }], undefined, { ...USAGE, candidatesTokenCount: 9 }),
  content([{ text: ' 😀' }], 'STOP', USAGE),
];

export const CONTENT_FRAMES = dataFrames(CONTENT_PIECES);

/** A streamed call of a function. */
export const FUNCTION_FRAMES = dataFrames([
  content([{ functionCall: { name: 'get_weather', args: { city: 'Bonn' } } }], undefined, USAGE),
  content([{ text: '' }], 'STOP', USAGE),
]);

/** Without `alt=sse` the pieces are the elements of one array. */
export const CONTENT_ARRAY = CONTENT_PIECES.map(
  (piece, index) => `${index === 0 ? '[' : ',\r\n'}${JSON.stringify(piece, null, 2)}`,
).concat('\n]');

/** Embeddings on Vertex AI. */
export const PREDICTIONS_ANSWER = {
  predictions: [{ embeddings: { statistics: { truncated: false, token_count: 6 }, values: [0.1, 0.2] } }],
  metadata: { billableCharacterCount: 11 },
};
