import type { Usage, UsagePart } from '../cost/usage.js';
import { amount, isObject, type JsonObject, object, objects, sum, text } from './json.js';

/** Calls of tools that providers run themselves and bill by the call. */
export type ToolCalls = Pick<
  Usage,
  | 'webSearches'
  | 'webSearchPreviews'
  | 'fileSearches'
  | 'socialSearches'
  | 'codeExecutions'
  | 'otherToolCalls'
>;

/** Members of a response of OpenAI's format that say which tools ran. */
export const TOOL_FIELDS = {
  output: { type: true, action: { type: true }, container_id: true, environment: { container_id: true } },
  tools: { type: true, model: true },
  tool_usage: true,
} as const;

const DEFAULT_IMAGE_MODEL = 'gpt-image-1';

/** Counters of xAI, and what they count. Others that are not free are of other tools. */
const XAI_COUNTERS: Readonly<Record<string, keyof ToolCalls | 'free'>> = {
  web_search_calls: 'webSearches',
  x_search_calls: 'socialSearches',
  code_interpreter_calls: 'codeExecutions',
  file_search_calls: 'fileSearches',
  mcp_calls: 'free',
};

/** Tools of Groq's compound systems, by what `executed_tools` calls them. Others are other tools. */
const GROQ_TOOLS: Readonly<Record<string, keyof ToolCalls>> = {
  search: 'webSearches',
  python: 'codeExecutions',
  code_execution: 'codeExecutions',
};

/** Counts the calls of a response. Calls of MCP servers, computers, shells and functions of the caller are free. */
export function toolCallsOf(response: JsonObject): ToolCalls {
  const output = objects(response['output']);
  const ofType = (type: string): number => output.filter((item) => item['type'] === type).length;
  const hasPreview = objects(response['tools']).some(({ type }) => text(type)?.startsWith(PREVIEW) === true);
  const webSearches = output.filter(isWebSearch).length;
  const containers = new Set(output.map(containerOf).filter((id) => id !== undefined));
  return counted({
    [hasPreview ? 'webSearchPreviews' : 'webSearches']: webSearches,
    fileSearches: ofType('file_search_call'),
    codeExecutions: containers.size,
    // Azure and others do not say how many tokens an image took.
    otherToolCalls: isObject(object(response['tool_usage'])['image_gen'])
      ? 0
      : ofType('image_generation_call'),
  });
}

const PREVIEW = 'web_search_preview';

/** Opening a page and searching in it are free. */
function isWebSearch({ type, action }: JsonObject): boolean {
  return type === 'web_search_call' && (text(object(action)['type']) ?? 'search') === 'search';
}

/** The container that code ran in; a shell may also run on the machine of the caller. */
function containerOf({ type, container_id: id, environment }: JsonObject): string | undefined {
  if (type === 'code_interpreter_call') return text(id) ?? '';
  return type === 'shell_call' ? text(object(environment)['container_id']) : undefined;
}

/** The calls that a usage of xAI counts; undefined for those of others, and of xAI's older models. */
export function xaiToolCalls(usage: JsonObject): ToolCalls | undefined {
  const details = usage['server_side_tool_usage_details'];
  if (!isObject(details)) return undefined;
  const calls: { -readonly [Name in keyof ToolCalls]: number } = {};
  for (const [name, value] of Object.entries(details)) {
    const counter = XAI_COUNTERS[name] ?? 'otherToolCalls';
    if (counter !== 'free') calls[counter] = (calls[counter] ?? 0) + (amount(value) ?? 0);
  }
  return counted(calls);
}

/** The calls of tools that Groq lists in messages and in the deltas of a stream. */
export function groqToolCalls(tools: readonly JsonObject[]): ToolCalls {
  const calls: { -readonly [Name in keyof ToolCalls]: number } = {};
  for (const { type } of tools) {
    const counter = GROQ_TOOLS[text(type) ?? ''] ?? 'otherToolCalls';
    calls[counter] = (calls[counter] ?? 0) + 1;
  }
  return counted(calls);
}

/** Leaves out what was not called, so that an answer without tools says nothing of them. */
function counted(calls: ToolCalls): ToolCalls {
  return Object.fromEntries(Object.entries(calls).filter(([, count]) => (count ?? 0) > 0));
}

/** The images that a response generated, which another model is billed for. */
export function imageParts(
  response: JsonObject,
  read: (usage: JsonObject) => Usage | undefined,
): readonly UsagePart[] {
  const counts = object(response['tool_usage'])['image_gen'];
  const usage = isObject(counts) ? read(counts) : undefined;
  if (usage === undefined || sum(usage.inputTokens, usage.outputTokens) === 0) return [];
  const tool = objects(response['tools']).find(({ type }) => type === 'image_generation');
  return [{ usage, model: text(tool?.['model']) ?? DEFAULT_IMAGE_MODEL, isOtherModel: true }];
}
