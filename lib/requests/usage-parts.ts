import { addCosts, type Cost, type RequestCost } from '../cost/compute-cost.js';
import { sumUsages, type Usage, type UsagePart } from '../cost/usage.js';
import { isCost } from '../metrics/amounts.js';

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
  /** Absent where the provider reported none, or no other cost is known. */
  readonly reported?: ReportedCost | undefined;
}

/** The cost that a provider reported, and that of the same usage by the prices in force, in US dollars. */
export interface ReportedCost {
  readonly reportedUsd: number;
  readonly recomputedUsd: number;
}

/** Prices the whole usage of an answer, or a part of it. */
export type PriceUsage = (usage: Usage, part?: UsagePart) => Cost | undefined;

const FREE: RequestCost = { totalUsd: 0, inputUsd: 0, outputUsd: 0 };

/**
 * Divides what an answer used and cost among the models under which it is recorded. Their costs are all that the answer
 * costs: where the price of one part is not known, none has a cost.
 *
 * @param served - the model that answered, which comes first and also bears a cost that the provider reported.
 */
export function billAnswer(
  { usage, parts, reportedCostUsd }: UsedByAnswer,
  served: string,
  price: PriceUsage,
): readonly ModelBill[] {
  if (parts === undefined) {
    const cost = price(usage);
    return [{ model: served, usage, cost, reported: compared(cost, reportedCostUsd) }];
  }
  const byModel = new Map<string, UsagePart[]>([[served, []]]);
  for (const part of parts) {
    const model = (part.isOtherModel === true ? part.model : undefined) ?? served;
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

/** Compares a cost with the reported one; `undefined` unless both are known. */
function compared(cost: Cost | undefined, reportedUsd: number | undefined): ReportedCost | undefined {
  if (cost === undefined || !isCost(reportedUsd)) return undefined;
  const recomputedUsd = cost.source === 'provider' ? cost.recomputedUsd : cost.totalUsd;
  return recomputedUsd === undefined ? undefined : { reportedUsd, recomputedUsd };
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
  const [only] = bills;
  if (only !== undefined && bills.length === 1) return only;
  const usages = bills.flatMap(({ usage }) => usage ?? []);
  const [first, ...others] = bills.flatMap(({ cost }) => cost ?? []);
  const [firstReported, ...othersReported] = bills.flatMap(({ reported }) => reported ?? []);
  return {
    usage: usages.length < 2 ? usages[0] : sumUsages(usages),
    cost: first && others.reduce(addCosts, first),
    reported: firstReported && othersReported.reduce(addReported, firstReported),
  };
}

function addReported(a: ReportedCost, b: ReportedCost): ReportedCost {
  return {
    reportedUsd: a.reportedUsd + b.reportedUsd,
    recomputedUsd: a.recomputedUsd + b.recomputedUsd,
  };
}
