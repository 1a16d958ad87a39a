import { setting } from './definitions.js';
import { BOOLEAN, choice, type Parser } from './parsers.js';

const OPT_IN = 'gen_ai_latest_experimental';

/**
 * The versions of semantic conventions that a program opts in to. Only the entry for GenAI is read; the others are for
 * other packages, so that none is reported.
 */
const STABILITY_OPT_IN: Parser<'none' | 'next' | 'both'> = {
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

/** The settings of the metrics of the GenAI semantic conventions. */
export const GEN_AI_SETTINGS = {
  'genAi.metrics': setting(
    choice('none', 'v1.41', 'next', 'both'),
    ['LLM_EDGE_GEN_AI_METRICS', 'OTEL_SEMCONV_STABILITY_OPT_IN'],
    'none',
    'Metrics of the GenAI semantic conventions (`gen_ai.*`) to push: of version 1.41, of the next one, or of both.',
    {
      parsers: { OTEL_SEMCONV_STABILITY_OPT_IN: STABILITY_OPT_IN },
      details: `See docs/gen-ai-metrics.md. The second variable is a list for all conventions: only \`${OPT_IN}\` is read, which means \`next\`, and \`${OPT_IN}/dup\`, which means \`both\`.`,
    },
  ),
  'genAi.scrape': setting(
    BOOLEAN,
    'LLM_EDGE_GEN_AI_SCRAPE',
    false,
    'Whether a scrape shows these metrics as well, under the names that the OTLP receiver of Prometheus gives them.',
  ),
} as const;
