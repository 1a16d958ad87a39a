import { INTERMEDIARIES } from '../catalogue/intermediaries.js';
import type { Answer } from '../wire/wire-format.js';
import { readNumber } from './rate-limits.js';
import type { HeadersLike } from './request.js';

/** LiteLLM reports the cost of a request in a header. */
const COST_HEADER = 'x-litellm-response-cost';

/**
 * What the headers of an answer say of who answered, and at which cost.
 *
 * LiteLLM sends the headers of a stream before it knows the cost, and 0 for a model without a price: neither is a cost.
 * It names the model behind each name of its configuration; only after a fallback is that another model.
 *
 * @param label - the provider of the request, such as `litellm/openai`.
 */
export function readAnswerHeaders(
  label: string,
  headers: HeadersLike,
  isStreamed: boolean,
): Answer['response'] {
  const rules = INTERMEDIARIES[label.split('/', 1)[0] ?? '']?.answer ?? LITELLM;
  const read = (name: string | undefined): string | undefined =>
    name === undefined ? undefined : headers.get(name) || undefined;
  const model = read(rules?.model);
  const isFallback = Number(model && read(rules?.fallbacks)) > 0 ? true : undefined;
  return {
    costUsd: isStreamed ? undefined : readNumber(headers.get(COST_HEADER)) || undefined,
    upstream: read(rules?.provider) ?? (model?.includes('/') ? model.split('/', 1)[0] : undefined),
    model: rules?.fallbacks === undefined || isFallback ? model : undefined,
    isFallback,
  };
}

/** Its headers are read of every answer, because its users choose their own names for it. */
const LITELLM = INTERMEDIARIES['litellm']?.answer;
