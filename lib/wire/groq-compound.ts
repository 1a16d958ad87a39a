import { INPUT_LIMITS } from '../catalogue/input-limits.js';
import type { Usage, UsagePart } from '../cost/usage.js';
import { type JsonObject, object, objects, text } from './json.js';
import { groqToolCalls } from './server-tools.js';
import type { Answer } from './wire-format.js';

/** Members of a chat completion of Groq's compound systems. */
export const COMPOUND_FIELDS = { models: { model: true, usage: true } } as const;

/** The member of the kept counts with the tools that ran, by their position. */
const TOOLS = 'executed_tools';

/**
 * Divides the usage of a compound system among the models that did the work, which are billed, and adds the tools that
 * it ran. A stream repeats a tool once it has a result.
 */
export function readCompound(
  json: JsonObject,
  answer: Answer,
  readUsage: (usage: JsonObject) => Usage | undefined,
): void {
  const added = objects(json['choices']).flatMap((choice) =>
    objects(object(choice['message'] ?? choice['delta'])[TOOLS]),
  );
  const breakdown = json['usage_breakdown'] ?? object(json['x_groq'])['usage_breakdown'];
  const models = objects(object(breakdown)['models']);
  if (added.length > 0) answer.counts = { ...answer.counts, [TOOLS]: withTools(answer, added) };
  if (answer.usage === undefined) return;
  const tools = Object.values(object(object(answer.counts)[TOOLS]));
  if (models.length === 0 && tools.length === 0) return;
  const calls = groqToolCalls(tools.map((type) => ({ type })));
  answer.usage = { ...answer.usage, ...calls };
  const parts = models.flatMap(({ model, usage }): readonly UsagePart[] => {
    const read = readUsage(object(usage));
    return read === undefined ? [] : [{ usage: read, model: text(model) }];
  });
  const [first, ...others] = parts.length > 0 ? parts : (answer.parts ?? []);
  answer.parts = first && [{ ...first, usage: { ...first.usage, ...calls } }, ...others];
}

function withTools(answer: Answer, added: readonly JsonObject[]): JsonObject {
  const tools: Record<string, unknown> = { ...object(object(answer.counts)[TOOLS]) };
  for (const { index, type } of added) {
    const place = typeof index === 'number' ? index : Object.keys(tools).length;
    if (Object.keys(tools).length < INPUT_LIMITS.finishReasonCount.value) tools[place] = type;
  }
  return tools;
}
