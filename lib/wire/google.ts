import { INPUT_LIMITS } from '../catalogue/input-limits.js';
import type { Usage } from '../cost/usage.js';
import { amount, failure, type JsonObject, object, objects, sum, text } from './json.js';
import { addResponse, eventMarks, hasOutputIn, setFinishReasons, type WireFormat } from './wire-format.js';

/** Members with output in a part, and what to keep of them. */
const PART_FIELDS = {
  text: true,
  functionCall: { name: true },
  functionResponse: { name: true },
  inlineData: { mimeType: true },
  fileData: { mimeType: true, fileUri: true },
  executableCode: { language: true },
  codeExecutionResult: { outcome: true },
  toolCall: { toolType: true },
  toolResponse: { toolType: true },
} as const;

/** Members of a candidate with citations, next to its parts. */
const CITATION_FIELDS = {
  citationMetadata: { citations: { uri: true }, citationSources: { uri: true } },
  groundingMetadata: { groundingChunks: { web: { uri: true } }, webSearchQueries: true },
  urlContextMetadata: { urlMetadata: { retrievedUrl: true } },
} as const;

const PART_OUTPUT = Object.keys(PART_FIELDS);
const CITATIONS = Object.keys(CITATION_FIELDS);

const FIELDS = {
  responseId: true,
  modelVersion: true,
  usageMetadata: true,
  candidates: { finishReason: true, groundingMetadata: { webSearchQueries: true } },
  promptFeedback: { blockReason: true },
  error: true,
} as const;

const CANDIDATE_FIELDS = {
  finishReason: true,
  content: { parts: PART_FIELDS },
  ...CITATION_FIELDS,
} as const;

/** Gemini's `generateContent`, whole and streamed, on the Gemini API and on Vertex AI. */
export const GEMINI: WireFormat = {
  fields: FIELDS,
  eventFields: { ...FIELDS, candidates: CANDIDATE_FIELDS },
  // Every event repeats the usage, and only the last usage is complete.
  marks: eventMarks({
    urgentMembers: ['finishReason', 'blockReason', 'webSearchQueries', 'error'],
    latestMembers: ['usageMetadata'],
  }),
  read(json, answer) {
    const candidates = objects(json['candidates']);
    const blockReason = text(object(json['promptFeedback'])['blockReason']);
    const reasons = candidates.map((candidate) => text(candidate['finishReason']));
    const usage = object(json['usageMetadata']);
    answer.generated ||= candidates.some(isGenerated);
    setFinishReasons(answer, ...reasons, blockReason);
    answer.error ??= failure(json['error']);
    answer.counts = withQueries(answer.counts, candidates);
    const searches = Object.keys(object(answer.counts)).length;
    const counted = geminiUsage(usage) ?? answer.usage;
    answer.usage = counted && searches > 0 ? { ...counted, webSearches: searches } : counted;
    addResponse(answer, {
      id: text(json['responseId']),
      model: text(json['modelVersion']),
      serviceTier: text(usage['serviceTier']) ?? text(usage['trafficType']),
    });
  },
};

/**
 * Adds the queries that Google searched for, which are billed apart from tokens, each once. A stream may repeat them.
 */
function withQueries(
  known: JsonObject | undefined,
  candidates: readonly JsonObject[],
): JsonObject | undefined {
  const queries = candidates.flatMap((candidate) => {
    const list = object(candidate['groundingMetadata'])['webSearchQueries'];
    return Array.isArray(list) ? list.filter((query) => typeof query === 'string') : [];
  });
  if (queries.length === 0) return known;
  const room = INPUT_LIMITS.finishReasonCount.value;
  const all = new Set([...Object.keys(object(known)), ...queries]);
  return Object.fromEntries([...all].slice(0, room).map((query) => [query, true]));
}

/** Embeddings of Gemini, and `predict` of Vertex AI, which reports a token count in every prediction. */
export const GOOGLE_EMBEDDINGS: WireFormat = {
  fields: {
    usageMetadata: true,
    predictions: { embeddings: { statistics: true } },
    error: true,
  },
  marks: eventMarks({ urgentMembers: ['error'] }),
  read(json, answer) {
    const counts = objects(json['predictions']).map((prediction) =>
      amount(object(object(prediction['embeddings'])['statistics'])['token_count']),
    );
    const inputTokens = sum(...counts);
    answer.error ??= failure(json['error']);
    answer.usage =
      inputTokens === undefined
        ? geminiUsage(object(json['usageMetadata']))
        : { inputTokens, outputTokens: 0 };
  },
};

/**
 * Reads `usageMetadata`. Thinking tokens are output that `candidatesTokenCount` excludes, and results of tools are
 * input that `promptTokenCount` excludes. `promptTokenCount` includes cached tokens. The Live API of the Gemini API writes
 * `response` where all others write `candidates`.
 */
export function geminiUsage(usage: JsonObject): Usage | undefined {
  const inputTokens = sum(amount(usage['promptTokenCount']), amount(usage['toolUsePromptTokenCount']));
  const outputTokens = sum(
    amount(usage['candidatesTokenCount']) ?? amount(usage['responseTokenCount']),
    amount(usage['thoughtsTokenCount']),
  );
  if (inputTokens === undefined && outputTokens === undefined) return undefined;
  const input = [...objects(usage['promptTokensDetails']), ...objects(usage['toolUsePromptTokensDetails'])];
  const cached = objects(usage['cacheTokensDetails']);
  const output = objects(usage['candidatesTokensDetails'] ?? usage['responseTokensDetails']);
  return {
    inputTokens: inputTokens ?? 0,
    outputTokens: outputTokens ?? 0,
    cacheReadTokens: amount(usage['cachedContentTokenCount']),
    reasoningTokens: amount(usage['thoughtsTokenCount']),
    inputAudioTokens: ofModality(input, 'AUDIO'),
    cacheReadAudioTokens: ofModality(cached, 'AUDIO'),
    outputAudioTokens: ofModality(output, 'AUDIO'),
    inputImageTokens: ofModality(input, 'IMAGE'),
    cacheReadImageTokens: ofModality(cached, 'IMAGE'),
    outputImageTokens: ofModality(output, 'IMAGE'),
    inputVideoTokens: ofModality(input, 'VIDEO'),
  };
}

/** The tokens of one modality in a list of counts by modality. */
export function ofModality(
  details: readonly JsonObject[],
  modality: string,
  member = 'tokenCount',
): number | undefined {
  return sum(
    ...details.filter((detail) => detail['modality'] === modality).map((detail) => amount(detail[member])),
  );
}

function isGenerated(candidate: JsonObject): boolean {
  const parts = objects(object(candidate['content'])['parts']);
  return parts.some((part) => hasOutputIn(part, PART_OUTPUT)) || hasOutputIn(candidate, CITATIONS);
}
