import type { Usage } from '../cost/usage.js';
import { amount, failure, type JsonObject, object, text } from './json.js';
import { openAiUsage, reportedCostUsd } from './openai.js';
import { addResponse, eventMarks, type WireFormat } from './wire-format.js';

/** Embeddings of OpenAI, Mistral, Together and compatible servers, and of Voyage and Jina, which count only a total. */
export const EMBEDDINGS: WireFormat = {
  fields: { id: true, model: true, usage: true, error: true },
  marks: eventMarks({ urgentMembers: ['usage', 'error'] }),
  read(json, answer) {
    const usage = object(json['usage']);
    answer.error ??= failure(json['error']);
    answer.usage = inputUsage(usage) ?? answer.usage;
    addResponse(answer, {
      id: text(json['id']),
      model: text(json['model']),
      costUsd: reportedCostUsd(usage),
    });
  },
};

/** Reads the usage of an API without output, whose tokens may appear only in the total. */
export function inputUsage(usage: JsonObject): Usage | undefined {
  const known = openAiUsage(usage);
  const total = amount(usage['total_tokens']);
  if (total === undefined || (known !== undefined && known.inputTokens > 0)) return known;
  return { inputTokens: total, outputTokens: 0, inputImageTokens: imageTokens(usage, total) };
}

/** What Voyage counts beside the tokens of texts; images are billed at a rate of their own. */
function imageTokens(usage: JsonObject, total: number): number | undefined {
  if (!amount(usage['image_pixels'])) return undefined;
  return Math.max(0, total - (amount(usage['text_tokens']) ?? 0));
}
