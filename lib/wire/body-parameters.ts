import { checkParameters, type RequestParameters } from '../catalogue/request-parameters.js';
import { isObject, type JsonObject, type Projection } from './json.js';

/** Members of a body by name: the parameter that a member holds, or members within it. An empty name is the member itself. */
interface Members {
  readonly [member: string]: keyof RequestParameters | Members;
}

const GEMINI_SNAKE_CASE: Members = {
  max_output_tokens: 'maxTokens',
  temperature: 'temperature',
  top_p: 'topP',
  thinking_config: { thinking_level: 'reasoningEffort' },
};

/**
 * Where the APIs keep each parameter in the body of a request; the first member that is present counts. No two APIs use
 * one member for different things, so one table holds for all of them.
 */
const MEMBERS: Members = {
  // OpenAI's chat completions and responses, Anthropic, Mistral, Cohere and compatible servers.
  max_completion_tokens: 'maxTokens',
  max_output_tokens: 'maxTokens',
  max_tokens: 'maxTokens',
  temperature: 'temperature',
  top_p: 'topP',
  service_tier: 'serviceTier',
  reasoning_effort: 'reasoningEffort',
  // OpenAI's responses, OpenRouter.
  reasoning: { effort: 'reasoningEffort' },
  // Anthropic.
  output_config: { effort: 'reasoningEffort' },
  // Cohere.
  p: 'topP',
  // Gemini, which accepts both spellings, with the tier as a text; Bedrock's Converse, with the tier as an object.
  generationConfig: {
    maxOutputTokens: 'maxTokens',
    temperature: 'temperature',
    topP: 'topP',
    thinkingConfig: { thinkingLevel: 'reasoningEffort' },
  },
  generation_config: GEMINI_SNAKE_CASE,
  serviceTier: { '': 'serviceTier', type: 'serviceTier' },
  inferenceConfig: { maxTokens: 'maxTokens', temperature: 'temperature', topP: 'topP' },
  // Ollama, which takes a flag or an effort in `think`.
  options: { num_predict: 'maxTokens', temperature: 'temperature', top_p: 'topP' },
  think: 'reasoningEffort',
  // Bedrock's InvokeModel: Titan, Llama; Nova uses `inferenceConfig` as well.
  textGenerationConfig: { maxTokenCount: 'maxTokens', temperature: 'temperature', topP: 'topP' },
  max_gen_len: 'maxTokens',
};

/** The members of a request's body that hold parameters. No other member, such as `user` or `metadata`, is read. */
export const PARAMETER_FIELDS = projectionOf(MEMBERS);

/** Reads the parameters of a request from its body. A value that is not valid is left out. */
export function bodyParameters(body: JsonObject): RequestParameters | undefined {
  const found: Partial<Record<keyof RequestParameters, unknown>> = {};
  collect(body, MEMBERS, found);
  return checkParameters((name) => found[name]);
}

function collect(
  json: JsonObject,
  members: Members,
  found: Partial<Record<keyof RequestParameters, unknown>>,
): void {
  for (const member of Object.keys(members)) {
    const value = json[member];
    if (value === undefined || value === null) continue;
    const inside = members[member] as Members[string];
    const name = typeof inside === 'string' ? inside : inside[''];
    if (typeof inside === 'object' && isObject(value)) collect(value, inside, found);
    else if (typeof name === 'string') found[name] ??= value;
  }
}

function projectionOf(members: Members): { readonly [member: string]: Projection } {
  const entries = Object.entries(members).map(([member, inside]) => [
    member,
    typeof inside === 'string' ? true : projectionOf(inside),
  ]);
  return Object.fromEntries(entries) as { readonly [member: string]: Projection };
}
