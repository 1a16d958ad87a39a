/** What is read of an answer in the format of OpenAI's chat completions. */
export interface ChatFacts {
  readonly answeredBy: string | undefined;
  readonly inputTokens: number | undefined;
  readonly outputTokens: number | undefined;
  readonly costUsd: number | undefined;
  readonly finishReasons: readonly string[] | undefined;
}

export const NOTHING_READ: ChatFacts = {
  answeredBy: undefined,
  inputTokens: undefined,
  outputTokens: undefined,
  costUsd: undefined,
  finishReasons: undefined,
};

type Json = Readonly<Record<string, unknown>>;

/** The reference: what documents that were parsed say one after the other. */
export function readChat(documents: readonly unknown[]): ChatFacts {
  return documents.filter(isJson).reduce<ChatFacts>(readDocument, NOTHING_READ);
}

function readDocument(known: ChatFacts, json: Json): ChatFacts {
  const choices = Array.isArray(json['choices']) ? json['choices'].filter(isJson) : [];
  const reasons = choices.map((choice) => choice['finish_reason']).filter(isName);
  const usages = [...choices, json].map((holder) => holder['usage']).filter(isJson);
  const model = json['model'];
  return usages.reduce<ChatFacts>(readUsage, {
    ...known,
    answeredBy: isName(model) ? wellFormed(model) : known.answeredBy,
    finishReasons:
      reasons.length > 0 ? [...(known.finishReasons ?? []), ...reasons.map(wellFormed)] : known.finishReasons,
  });
}

function readUsage(known: ChatFacts, usage: Json): ChatFacts {
  const { prompt_tokens: input, completion_tokens: output, cost } = usage;
  const isCounted = isAmount(input) || isAmount(output);
  return {
    ...known,
    inputTokens: isCounted ? (isAmount(input) ? input + 0 : 0) : known.inputTokens,
    outputTokens: isCounted ? (isAmount(output) ? output + 0 : 0) : known.outputTokens,
    costUsd: isAmount(cost) ? cost + 0 : known.costUsd,
  };
}

/** The text as it can be sent: half a surrogate pair is no character. */
export function wellFormed(text: string): string {
  return Buffer.from(text).toString();
}

function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function isAmount(value: unknown): value is number {
  return typeof value === 'number' && value >= 0;
}
