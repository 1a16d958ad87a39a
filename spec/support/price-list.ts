import { waitForUpdate } from '@pydantic/genai-prices';
import { calculateCost } from '../../lib/index.js';

/** What a spec changes of a price list. */
export interface ListDocument {
  id: string;
  models: { id: string; match: unknown; prices: Record<string, unknown> }[];
  [member: string]: unknown;
}

/** A copy of the price list in force, as its document has it. */
export async function copyOfList(): Promise<ListDocument[]> {
  return JSON.parse(JSON.stringify(await waitForUpdate())) as ListDocument[];
}

/** Copy of a list in which a model of OpenAI costs so much for a million tokens of input and of output. */
export function withPrice(list: readonly ListDocument[], model: string, usd: number): ListDocument[] {
  const copy = structuredClone(list) as ListDocument[];
  const models = copy.find(({ id }) => id === 'openai')?.models ?? [];
  const priced = models.find(({ id }) => id === model);
  const prices = { input_mtok: usd, output_mtok: usd };
  if (priced === undefined) models.unshift({ id: model, match: { equals: model }, prices });
  else priced.prices = prices;
  return copy;
}

/** What a million tokens of input to a model of OpenAI cost. */
export const usdOf = (model: string): number | undefined =>
  calculateCost('openai', model, { inputTokens: 1_000_000, outputTokens: 0 })?.totalUsd;

/** Waits until a condition holds, turn by turn; the time limit of the spec ends what never does. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setImmediate(resolve));
}
