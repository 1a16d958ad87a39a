import { cohereUsage } from './cohere.js';
import { inputUsage } from './embeddings.js';
import { amount, failure, object, text } from './json.js';
import { reportedCostUsd } from './openai.js';
import { addResponse, eventMarks, type WireFormat } from './wire-format.js';

/**
 * Reranks: Cohere's, which count searches, and those of Voyage, Jina, Together and of compatible servers, which count
 * tokens. The documents are counted in the request, because an answer may contain only the best of them.
 */
export const RERANK: WireFormat = {
  requestFields: { documents: 'count' },
  fields: {
    id: true,
    model: true,
    usage: true,
    meta: { billed_units: true, tokens: true, cached_tokens: true },
    error: true,
  },
  marks: eventMarks({ urgentMembers: ['usage', 'meta', 'error'] }),
  read(json, answer) {
    const usage = object(json['usage']);
    answer.error ??= failure(json['error']);
    answer.usage = cohereUsage(object(json['meta'])) ?? inputUsage(usage) ?? answer.usage;
    addResponse(answer, {
      id: text(json['id']),
      model: text(json['model']),
      costUsd: reportedCostUsd(usage),
    });
  },
  finish(answer) {
    const rerankedDocuments = amount(answer.request()['documents']);
    if (answer.usage !== undefined) answer.usage = { ...answer.usage, rerankedDocuments };
  },
};
