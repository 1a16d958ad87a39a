import type { Attributes } from '@opentelemetry/api';
import { INPUT_LIMITS } from './input-limits.js';
import { genAiProviderName } from './providers.js';
import { ATTRIBUTES } from './semconv.js';

/**
 * Parameters of a call to a model, as span attributes. A value that is not valid is left out and counted in
 * `llm_edge_monitoring_dropped_total`; one that an instrumented fetch reads from a body is left out without a count.
 */
export interface RequestParameters {
  /** `gen_ai.request.max_tokens`: the most tokens of output, a whole number. */
  readonly maxTokens?: number | undefined;
  /** `gen_ai.request.temperature`, from 0 to 100. */
  readonly temperature?: number | undefined;
  /** `gen_ai.request.top_p`, from 0 to 1. */
  readonly topP?: number | undefined;
  /** `gen_ai.request.reasoning.level`: a word such as `low` or `high`. */
  readonly reasoningEffort?: string | undefined;
  /**
   * The tier that the call asks for, a word such as `flex` or `priority`: `openai.request.service_tier` for OpenAI and
   * Azure OpenAI, `llm_edge.request.service_tier` for all others.
   */
  readonly serviceTier?: string | undefined;
}

/** Providers whose spans may have the attributes that the conventions define for OpenAI. */
const OPENAI_NAMES: ReadonlySet<string> = new Set(['openai', 'azure.ai.openai']);

/** Names only, because any other text could be part of a prompt. */
const WORD = new RegExp(`^[A-Za-z][\\w.-]{0,${INPUT_LIMITS.parameterWord.value - 1}}$`);

const isIn =
  (min: number, max: number) =>
  (value: unknown): boolean =>
    typeof value === 'number' && value >= min && value <= max;
const isWord = (value: unknown): boolean => typeof value === 'string' && WORD.test(value);

/** What each parameter may be. */
const CHECKS: Readonly<Record<keyof RequestParameters, (value: unknown) => boolean>> = {
  maxTokens: (value) => Number.isInteger(value) && isIn(0, INPUT_LIMITS.tokens.value)(value),
  temperature: isIn(0, 100),
  topP: isIn(0, 1),
  reasoningEffort: isWord,
  serviceTier: isWord,
};

const PARAMETER_NAMES = Object.keys(CHECKS) as readonly (keyof RequestParameters)[];

/**
 * Copies the parameters that are valid; `undefined` if there are none.
 *
 * @param read - reads one parameter; it must not throw.
 * @param onInvalid - called for each one that is present but not valid.
 */
export function checkParameters(
  read: (name: keyof RequestParameters) => unknown,
  onInvalid?: () => void,
): RequestParameters | undefined {
  let parameters: Record<string, unknown> | undefined;
  for (const name of PARAMETER_NAMES) {
    const value = read(name);
    if (value === undefined || value === null) continue;
    if (CHECKS[name](value)) {
      parameters ??= {};
      parameters[name] = value;
    } else onInvalid?.();
  }
  return parameters;
}

/** The span attributes of parameters. */
export function parameterAttributes(provider: string, parameters: RequestParameters): Attributes {
  const { maxTokens, temperature, topP, reasoningEffort, serviceTier } = parameters;
  const attributes: Attributes = {};
  if (maxTokens !== undefined) attributes[ATTRIBUTES.maxTokens] = maxTokens;
  if (temperature !== undefined) attributes[ATTRIBUTES.temperature] = temperature;
  if (topP !== undefined) attributes[ATTRIBUTES.topP] = topP;
  if (reasoningEffort !== undefined) attributes[ATTRIBUTES.reasoningEffort] = reasoningEffort;
  if (serviceTier !== undefined) {
    const { openAiRequestTier, requestTier } = ATTRIBUTES;
    attributes[isOpenAi(provider) ? openAiRequestTier : requestTier] = serviceTier;
  }
  return attributes;
}

/** Whether the conventions define attributes for OpenAI that apply to a provider. */
export function isOpenAi(provider: string): boolean {
  return OPENAI_NAMES.has(genAiProviderName(provider));
}
