import { isObject, object, text } from './json.js';
import { OPENAI_CHAT } from './openai.js';
import { addResponse, type WireFormat } from './wire-format.js';

/** Sizes of the search context that cost more than the smallest, which is the default. */
const LARGER_SIZES: ReadonlySet<string> = new Set(['medium', 'high']);

/** Chat completions of Perplexity, whose fee depends on how much is read of what a search finds. */
export const PERPLEXITY_CHAT: WireFormat = {
  ...OPENAI_CHAT,
  requestFields: { ...OPENAI_CHAT.requestFields, web_search_options: { search_context_size: true } },
  read(json, answer) {
    OPENAI_CHAT.read(json, answer);
    const usage = json['usage'];
    if (!isObject(usage)) return;
    const options = object(answer.request()['web_search_options']);
    const size = text(usage['search_context_size']) ?? text(options['search_context_size']);
    if (size !== undefined && LARGER_SIZES.has(size)) {
      addResponse(answer, { serviceTier: `search_context_${size}` });
    }
  },
};
