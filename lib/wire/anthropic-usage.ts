import { sumUsages, type Usage, type UsagePart } from '../cost/usage.js';
import { amount, type JsonObject, object, objects, sum, text } from './json.js';

/** What is known of a message beside its usage. */
export interface MessageFacts {
  /** The model of the request. */
  readonly requested?: string | undefined;
  /** The model that a `fallback` block names as the one that goes on. */
  readonly fallback?: string | undefined;
  /** Whether code was executed at a charge. */
  readonly isCodeBilled?: boolean | undefined;
}

/** What a message used. */
export interface MessageUsage {
  readonly usage: Usage;
  readonly parts: readonly UsagePart[] | undefined;
  /** The fallback model that answered; absent where the requested one did. */
  readonly fallback: string | undefined;
}

/** Iterations whose tokens are those of the message; all others are billed beside it. */
const TURNS: ReadonlySet<unknown> = new Set(['message', 'fallback_message']);

/** All counts of a message. */
export function anthropicUsage(usage: JsonObject): Usage | undefined {
  return messageUsage(usage)?.usage;
}

/**
 * Reads the usage of a message. Each iteration is billed alone: the turns of a loop of tools, the attempts of models that
 * declined and of the one that took over, a context compaction, and the advice of another model. The counts at the top
 * are those of the turns, or of some of them.
 */
export function messageUsage(usage: JsonObject, facts: MessageFacts = {}): MessageUsage | undefined {
  const top = countsOf(usage);
  if (top === undefined) return undefined;
  const iterations = objects(usage['iterations']);
  const served = iterations.findLast(({ type }) => type === 'fallback_message');
  const fallback = text(served?.['model']) ?? facts.fallback;
  const turns = fullTurns(iterations, top);
  const own = turns?.map((turn) => partOfTurn(turn, fallback, facts)) ?? [
    { usage: top, model: fallback, isOtherModel: fallback !== undefined },
  ];
  const all = [...withExtras(own, usage, facts), ...iterations.flatMap(partBeside)];
  const isOne = all.length === 1 && all.every((part) => part.isOtherModel !== true);
  return { usage: sumUsages(all.map((part) => part.usage)), parts: isOne ? undefined : all, fallback };
}

/** Reads counts. `input_tokens` excludes tokens that were read from or written to the cache. */
function countsOf(counts: JsonObject): Usage | undefined {
  const input = amount(counts['input_tokens']);
  const output = amount(counts['output_tokens']);
  if (input === undefined && output === undefined) return undefined;
  const cacheReadTokens = amount(counts['cache_read_input_tokens']);
  const cacheWriteTokens = amount(counts['cache_creation_input_tokens']);
  return {
    inputTokens: sum(input, cacheReadTokens, cacheWriteTokens) ?? 0,
    outputTokens: output ?? 0,
    cacheReadTokens,
    cacheWriteTokens,
    cacheWrite1hTokens: amount(object(counts['cache_creation'])['ephemeral_1h_input_tokens']),
  };
}

/** The turns, unless some of the tokens at the top are missing from them. */
function fullTurns(iterations: readonly JsonObject[], top: Usage): readonly JsonObject[] | undefined {
  const turns = iterations.filter(({ type }) => TURNS.has(type));
  const total = sumUsages(turns.flatMap((turn) => countsOf(turn) ?? []));
  const isFull = total.inputTokens >= top.inputTokens && total.outputTokens >= top.outputTokens;
  return turns.length > 0 && isFull ? turns : undefined;
}

function partOfTurn(turn: JsonObject, fallback: string | undefined, facts: MessageFacts): UsagePart {
  const usage = countsOf(turn) ?? { inputTokens: 0, outputTokens: 0 };
  if (fallback === undefined) return { usage, model: text(turn['model']) };
  const model = text(turn['model']) ?? (turn['type'] === 'message' ? facts.requested : fallback);
  const isOtherModel = model === fallback;
  // A model that declines before its first token is not billed.
  return { usage, model, isOtherModel, isFree: !isOtherModel && usage.outputTokens === 0 };
}

/** A compaction is the work of the model itself, advice that of another one. */
function partBeside(iteration: JsonObject): readonly UsagePart[] {
  const usage = countsOf(iteration);
  if (usage === undefined || TURNS.has(iteration['type'])) return [];
  const model = text(iteration['model']);
  return [{ usage, model, isOtherModel: model !== undefined }];
}

/** Adds to the last turn what is counted for all of them together. */
function withExtras(
  turns: readonly UsagePart[],
  counts: JsonObject,
  { isCodeBilled }: MessageFacts,
): readonly UsagePart[] {
  const last = turns.at(-1);
  if (last === undefined) return turns;
  const reasoning = amount(object(counts['output_tokens_details'])['thinking_tokens']);
  const usage: Usage = {
    ...last.usage,
    // The reasoning of earlier turns is output like any other, at the same rate.
    reasoningTokens: reasoning === undefined ? undefined : Math.min(reasoning, last.usage.outputTokens),
    webSearches: amount(object(counts['server_tool_use'])['web_search_requests']),
    codeExecutions: isCodeBilled === true ? 1 : undefined,
  };
  return [...turns.slice(0, -1), { ...last, usage }];
}
