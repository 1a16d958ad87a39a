import type { Usage } from '../cost/usage.js';
import { amount, failure, isObject, type JsonObject, object, text } from './json.js';
import { addResponse, eventMarks, hasOutputIn, setFinishReasons, type WireFormat } from './wire-format.js';

/** What is kept of the metadata of Vercel's gateway, in any API. */
export const GATEWAY_METADATA = {
  gateway: { routing: { finalProvider: true, resolvedProvider: true }, cost: true },
} as const;

/** The provider that answered, by the metadata of Vercel's gateway. */
export function gatewayUpstream(metadata: unknown): string | undefined {
  const { finalProvider, resolvedProvider } = object(object(object(metadata)['gateway'])['routing']);
  return text(finalProvider) ?? text(resolvedProvider);
}

/** Members with output in an event: text and reasoning, arguments of a tool, files and sources. */
const OUTPUT = ['delta', 'toolName', 'input', 'data', 'url'] as const;

const FIELDS = {
  type: true,
  id: true,
  modelId: true,
  response: { id: true, modelId: true },
  finishReason: true,
  usage: {
    tokens: true,
    inputTokens: true,
    outputTokens: true,
    reasoningTokens: true,
    cachedInputTokens: true,
  },
  providerMetadata: GATEWAY_METADATA,
  error: true,
} as const;

/** The protocol between the AI SDK and Vercel's gateway, which is the AI SDK's own: language models and embeddings. */
export const VERCEL_GATEWAY: WireFormat = {
  fields: FIELDS,
  eventFields: { ...FIELDS, delta: true, toolName: true, input: true, data: true, url: true },
  marks: eventMarks({ urgentValues: ['response-metadata', 'finish', 'error'] }),
  read(json, answer) {
    const { type, finishReason, providerMetadata } = json;
    answer.generated ||= hasOutputIn(json, OUTPUT);
    if (type === 'error' || type === undefined) answer.error ??= failure(json['error']);
    // The other events have an id of their part.
    const response = type === 'response-metadata' ? json : object(json['response']);
    addResponse(answer, {
      id: text(response['id']),
      model: text(response['modelId']),
      upstream: gatewayUpstream(providerMetadata),
      costUsd: chargedUsd(object(object(providerMetadata)['gateway'])['cost']),
    });
    setFinishReasons(answer, text(finishReason) ?? text(object(finishReason)['unified']));
    answer.closed ||= type === 'finish';
    if (isObject(json['usage'])) answer.usage = gatewayUsage(json['usage']) ?? answer.usage;
  },
};

/** What Vercel charges, in US dollars: 0 where the provider charges a key of the user instead, which is not the cost. */
function chargedUsd(cost: unknown): number | undefined {
  return amount(typeof cost === 'string' ? Number(cost) : cost) || undefined;
}

/** Counts of version 3 of the AI SDK's specification by kind, those of version 2 as numbers, those of embeddings. */
function gatewayUsage(usage: JsonObject): Usage | undefined {
  const input = object(usage['inputTokens']);
  const output = object(usage['outputTokens']);
  const inputTokens = amount(input['total']) ?? amount(usage['inputTokens']) ?? amount(usage['tokens']);
  const outputTokens = amount(output['total']) ?? amount(usage['outputTokens']);
  if (inputTokens === undefined && outputTokens === undefined) return undefined;
  return {
    inputTokens: inputTokens ?? 0,
    outputTokens: outputTokens ?? 0,
    cacheReadTokens: amount(input['cacheRead']) ?? amount(usage['cachedInputTokens']),
    cacheWriteTokens: amount(input['cacheWrite']),
    reasoningTokens: amount(output['reasoning']) ?? amount(usage['reasoningTokens']),
  };
}
