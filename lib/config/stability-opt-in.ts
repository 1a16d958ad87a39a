import type { Parser } from './parsers.js';

const OPT_IN = 'gen_ai_latest_experimental';

/**
 * The versions of semantic conventions that a program opts in to, as `OTEL_SEMCONV_STABILITY_OPT_IN` lists them. Only
 * the entry for GenAI is read; the others are for other packages, so that none is reported.
 */
export const STABILITY_OPT_IN: Parser<'none' | 'next' | 'both'> = {
  shape: `a list with ${OPT_IN} or ${OPT_IN}/dup`,
  parse(value) {
    const entries = String(value)
      .toLowerCase()
      .split(',')
      .map((entry) => entry.trim());
    if (entries.includes(`${OPT_IN}/dup`)) return 'both';
    return entries.includes(OPT_IN) ? 'next' : 'none';
  },
};
