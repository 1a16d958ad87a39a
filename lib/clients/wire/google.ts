import type { Usage } from '../../requests/usage.js';
import { eventMarks } from './event-marks.js';
import { amount, failure, isFilled, isObject, type JsonObject, object, objects, sum, text } from './json.js';
import { addResponse, type WireFormat } from './wire-format.js';

/** Members of a part that carry generated content; a `thoughtSignature` alone is none. */
const GENERATED_OBJECTS = ['functionCall', 'inlineData', 'executableCode'] as const;

const FIELDS = {
  responseId: true,
  modelVersion: true,
  usageMetadata: true,
  candidates: { finishReason: true },
  promptFeedback: { blockReason: true },
  error: true,
} as const;

const PART_FIELDS = {
  text: true,
  functionCall: { name: true },
  inlineData: { mimeType: true },
  executableCode: { language: true },
} as const;

/** Gemini's `generateContent`, whole and streamed, on its own API and on Vertex AI. */
export const GEMINI: WireFormat = {
  fields: FIELDS,
  eventFields: { ...FIELDS, candidates: { finishReason: true, content: { parts: PART_FIELDS } } },
  // Every event repeats the usage, and only the last one has all of it.
  marks: eventMarks({
    urgentMembers: ['finishReason', 'blockReason', 'error'],
    latestMembers: ['usageMetadata'],
  }),
  read(json, answer) {
    const candidates = objects(json['candidates']);
    const blockReason = text(object(json['promptFeedback'])['blockReason']);
    const reasons = candidates.map((candidate) => text(candidate['finishReason'])).filter(isPresent);
    if (blockReason !== undefined) reasons.push(blockReason);
    const usage = object(json['usageMetadata']);
    answer.generated ||= candidates.some(isGenerated);
    answer.finished ||= reasons.length > 0;
    answer.error ??= failure(json['error']);
    answer.usage = geminiUsage(usage) ?? answer.usage;
    addResponse(answer, {
      id: text(json['responseId']),
      model: text(json['modelVersion']),
      finishReasons: reasons.length > 0 ? reasons : undefined,
      serviceTier: text(usage['serviceTier']) ?? text(usage['trafficType']),
    });
  },
};

/** Embeddings of Gemini, and the `predict` of Vertex AI, which counts in every prediction. */
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
 * `usageMetadata`: thoughts are counted beside the candidates and are output, results of tools beside the prompt
 * and are input; what came from the cache is within the prompt.
 */
export function geminiUsage(usage: JsonObject): Usage | undefined {
  const inputTokens = sum(amount(usage['promptTokenCount']), amount(usage['toolUsePromptTokenCount']));
  const outputTokens = sum(amount(usage['candidatesTokenCount']), amount(usage['thoughtsTokenCount']));
  if (inputTokens === undefined && outputTokens === undefined) return undefined;
  const input = [...objects(usage['promptTokensDetails']), ...objects(usage['toolUsePromptTokensDetails'])];
  const cached = objects(usage['cacheTokensDetails']);
  const output = objects(usage['candidatesTokensDetails']);
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
  };
}

function ofModality(details: readonly JsonObject[], modality: string): number | undefined {
  return sum(
    ...details
      .filter((detail) => detail['modality'] === modality)
      .map((detail) => amount(detail['tokenCount'])),
  );
}

function isGenerated(candidate: JsonObject): boolean {
  return objects(object(candidate['content'])['parts']).some(
    (part) => isFilled(part['text']) || GENERATED_OBJECTS.some((name) => isObject(part[name])),
  );
}

function isPresent(reason: string | undefined): reason is string {
  return reason !== undefined;
}
