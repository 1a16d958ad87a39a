import { bedrockModelName } from '../catalogue/bedrock-models.js';
import type { Usage } from '../cost/usage.js';
import { ANTHROPIC_MESSAGES } from './anthropic.js';
import { FAMILY_FIELDS, FAMILY_OUTPUT, NO_TOKENS, readFamily } from './bedrock-families.js';
import { guardrailCounts } from './bedrock-guardrails.js';
import { amount, isObject, type JsonObject, object, objects, sum, text } from './json.js';
import { OPENAI_CHAT } from './openai.js';
import {
  type Answer,
  type AnswerHeaders,
  addResponse,
  eventMarks,
  hasOutput,
  hasOutputIn,
  setFinishReasons,
  type WireFormat,
} from './wire-format.js';

const METADATA = {
  usage: true,
  serviceTier: true,
  performanceConfig: true,
  trace: { promptRouter: { invokedModelId: true }, guardrail: true },
} as const;

/** `Converse`, and the events of `ConverseStream` in the form that the AWS SDK gives them. */
export const BEDROCK_CONVERSE: WireFormat = {
  requestFields: { guardrailConfig: { guardrailIdentifier: true } },
  fields: { stopReason: true, ...METADATA },
  eventFields: {
    contentBlockStart: { start: true },
    contentBlockDelta: { delta: true },
    messageStop: { stopReason: true },
    metadata: METADATA,
  },
  marks: eventMarks({ urgentValues: ['messageStop', 'metadata'] }),
  read: readConverse,
};

/** Reads the output of `Converse`, or one event of `ConverseStream`. */
export function readConverse(output: JsonObject, answer: Answer): void {
  const metadata = isObject(output['metadata']) ? output['metadata'] : output;
  answer.generated ||=
    hasOutput(object(output['contentBlockStart'])['start']) ||
    hasOutput(object(output['contentBlockDelta'])['delta']);
  setFinishReasons(answer, text(object(output['messageStop'])['stopReason']) ?? text(output['stopReason']));
  answer.closed ||= isObject(output['metadata']);
  const trace = object(metadata['trace']);
  const usage = converseUsage(object(metadata['usage']));
  if (usage !== undefined) {
    const isGuarded = isObject(answer.request()['guardrailConfig']) || isBlocked(answer);
    answer.usage = { ...usage, ...guardrailCounts(trace['guardrail'], isGuarded) };
  }
  const invoked = text(object(trace['promptRouter'])['invokedModelId']);
  addResponse(answer, {
    model: invoked && bedrockModelName(invoked),
    serviceTier: tierOf(
      object(metadata['performanceConfig'])['latency'],
      object(metadata['serviceTier'])['type'],
    ),
  });
}

/** Optimized latency has rates of its own, as a service tier has. */
function tierOf(latency: unknown, serviceTier: unknown): string | undefined {
  return latency === 'optimized' ? latency : text(serviceTier);
}

function isBlocked({ finishReasons }: Answer): boolean {
  return finishReasons.includes('guardrail_intervened');
}

/** Reads the usage of Converse. `inputTokens` excludes cached tokens for every model. */
export function converseUsage(usage: JsonObject): Usage | undefined {
  const input = amount(usage['inputTokens']);
  const output = amount(usage['outputTokens']);
  if (input === undefined && output === undefined) return undefined;
  const hour = objects(usage['cacheDetails']).filter((detail) => detail['ttl'] === '1h');
  return bedrockUsage(
    input,
    output,
    // Nova's native format uses `TokenCount` instead of `Tokens`.
    amount(usage['cacheReadInputTokens']) ?? amount(usage['cacheReadInputTokenCount']),
    amount(usage['cacheWriteInputTokens']) ?? amount(usage['cacheWriteInputTokenCount']),
    sum(...hour.map((detail) => amount(detail['inputTokens']))),
  );
}

const METRICS = 'amazon-bedrock-invocationMetrics';
const GUARDRAIL_ACTION = 'amazon-bedrock-guardrailAction';
const TRACE = 'amazon-bedrock-trace';

/**
 * A body or an event of `InvokeModel`, in the format of the model. The formats of Anthropic, OpenAI, Nova, Llama and
 * Titan contain token counts; for other models the counts are in the headers or the last event.
 */
export const BEDROCK_INVOKE: WireFormat = {
  fields: {
    ...(ANTHROPIC_MESSAGES.fields as object),
    ...(OPENAI_CHAT.fields as object),
    ...FAMILY_FIELDS,
    metadata: METADATA,
    [METRICS]: true,
    [GUARDRAIL_ACTION]: true,
    [TRACE]: { guardrail: true },
  },
  marks: eventMarks({
    urgentMembers: [
      'error',
      'stop_reason',
      'finish_reason',
      'completionReason',
      'finishReason',
      METRICS,
      GUARDRAIL_ACTION,
    ],
    urgentValues: ['message_delta', 'message_stop', 'messageStop', 'metadata'],
    latestMembers: ['usage', 'generation_token_count'],
  }),
  readHeaders(headers, answer) {
    answer.usage = headerUsage(headers);
    addResponse(answer, {
      serviceTier: tierOf(
        headers.get(`${HEADER}-performanceconfig-latency`),
        headers.get(`${HEADER}-service-tier`),
      ),
    });
  },
  read(json, answer) {
    ANTHROPIC_MESSAGES.read(json, answer);
    if (Array.isArray(json['choices'])) OPENAI_CHAT.read(json, answer);
    readConverse(json, answer);
    readFamily(json, answer);
    answer.generated ||= hasOutputIn(json, FAMILY_OUTPUT);
    const metrics = json[METRICS];
    if (isObject(metrics)) {
      answer.closed = true;
      answer.usage ??= countsUsage(metrics);
    }
    addGuardrail(json, answer);
  },
};

/** A guardrail that ran writes its action into the answer, and, if the request says so, a trace. */
function addGuardrail(json: JsonObject, answer: Answer): void {
  const isGuarded = text(json[GUARDRAIL_ACTION]) !== undefined || isBlocked(answer);
  const counts = guardrailCounts(object(json[TRACE])['guardrail'], isGuarded);
  if (counts !== undefined) answer.usage = { ...(answer.usage ?? NO_TOKENS), ...counts };
}

const HEADER = 'x-amzn-bedrock';

/** Reads the token counts in the headers of an answer. */
export function headerUsage(headers: AnswerHeaders): Usage | undefined {
  const count = (name: string): number | undefined => {
    const value = headers.get(`${HEADER}-${name}-token-count`) ?? '';
    return value === '' ? undefined : amount(Number(value));
  };
  const [input, output] = [count('input'), count('output')];
  if (input === undefined && output === undefined) return undefined;
  return bedrockUsage(input, output, count('cache-read-input'), count('cache-write-input'));
}

function countsUsage(metrics: JsonObject): Usage | undefined {
  const [input, output] = [amount(metrics['inputTokenCount']), amount(metrics['outputTokenCount'])];
  if (input === undefined && output === undefined) return undefined;
  const read = amount(metrics['cacheReadInputTokenCount']);
  return bedrockUsage(input, output, read, amount(metrics['cacheWriteInputTokenCount']));
}

function bedrockUsage(
  input: number | undefined,
  output: number | undefined,
  cacheReadTokens?: number,
  cacheWriteTokens?: number,
  cacheWrite1hTokens?: number,
): Usage {
  return {
    inputTokens: sum(input, cacheReadTokens, cacheWriteTokens) ?? 0,
    outputTokens: output ?? 0,
    cacheReadTokens,
    cacheWriteTokens,
    cacheWrite1hTokens,
  };
}
