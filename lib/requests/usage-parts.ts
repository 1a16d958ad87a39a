import { addCosts, type RequestCost } from '../cost/compute-cost.js';
import { sumUsages, type Usage, type UsagePart } from '../cost/usage.js';

/** What an answer used. */
export interface UsedByAnswer {
  readonly usage: Usage;
  /** Absent where all of it is billed together. */
  readonly parts?: readonly UsagePart[] | undefined;
  /** The cost that the provider reported for all of it. */
  readonly reportedCostUsd?: number | undefined;
}

/** Tokens and cost that are recorded under one model. */
export interface ModelBill {
  readonly model: string;
  readonly usage?: Usage | undefined;
  /** Absent where it is not known. */
  readonly cost?: RequestCost | undefined;
}

/** Prices the whole usage of an answer, or a part of it. */
export type PriceUsage = (usage: Usage, part?: UsagePart) => RequestCost | undefined;

const FREE: RequestCost = { totalUsd: 0, inputUsd: 0, outputUsd: 0 };

/**
 * Divides what an answer used and cost among the models under which it is recorded. Their costs are all that the answer
 * costs: where the price of one part is not known, none has a cost.
 *
 * @param requested - the model of the request, which comes first and also bears a cost that the provider reported.
 */
export function billAnswer(
  { usage, parts, reportedCostUsd }: UsedByAnswer,
  requested: string,
  price: PriceUsage,
): readonly ModelBill[] {
  if (parts === undefined) return [{ model: requested, usage, cost: price(usage) }];
  const byModel = new Map<string, UsagePart[]>([[requested, []]]);
  for (const part of parts) {
    const model = (part.isOtherModel === true ? part.model : undefined) ?? requested;
    const others = byModel.get(model);
    if (others === undefined) byModel.set(model, [part]);
    else others.push(part);
  }
  const isReported = reportedCostUsd !== undefined;
  const bills = [...byModel].map(([model, own]) => ({
    model,
    usage: sumUsages(own.map((part) => part.usage)),
    cost: isReported ? undefined : costOf(own, price),
  }));
  const isPriced = bills.every(({ cost }) => cost !== undefined);
  return bills.map((bill, position) => {
    if (isReported && position === 0) return { ...bill, cost: price(usage) };
    return isPriced ? bill : { ...bill, cost: undefined };
  });
}

function costOf(parts: readonly UsagePart[], price: PriceUsage): RequestCost | undefined {
  let sum: RequestCost = FREE;
  // Each part is priced alone, because the length of a turn chooses its long-context tier.
  for (const part of parts) {
    const cost = part.isFree === true ? FREE : price(part.usage, part);
    if (cost === undefined) return undefined;
    sum = addCosts(sum, cost);
  }
  return sum;
}

/** Adds bills, model by model. */
export function addBills(known: readonly ModelBill[], added: readonly ModelBill[]): readonly ModelBill[] {
  const byModel = new Map(known.map((bill) => [bill.model, bill]));
  for (const bill of added) {
    const { model } = bill;
    byModel.set(model, { model, ...sumBills([byModel.get(model) ?? { model }, bill]) });
  }
  return [...byModel.values()];
}

/** The sum of what is known. */
export function sumBills(bills: readonly ModelBill[]): Omit<ModelBill, 'model'> {
  const usages = bills.flatMap(({ usage }) => usage ?? []);
  const [first, ...others] = bills.flatMap(({ cost }) => cost ?? []);
  return {
    usage: usages.length < 2 ? usages[0] : sumUsages(usages),
    cost: first && others.reduce(addCosts, first),
  };
}
