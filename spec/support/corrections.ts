import { CORRECTIONS, type Correction } from '../../lib/cost/corrections.js';
import { findListed } from '../../lib/cost/price-list.js';

export { CORRECTIONS, type Correction };

/** The rates of the price list for the model that a correction names, at the moment at which it was checked. */
export function listedRates({ provider, model, example, checkedOn }: Correction): object {
  return { ...findListed(provider, [example ?? model], Date.parse(checkedOn))?.rates };
}

/** Whether the price of a model of the list is corrected, in all usages or, as by `*`, in the fees of tools alone. */
export function correctionOf(provider: string, model: string): 'all' | 'fees' | undefined {
  const rows = CORRECTIONS.filter((row) => row.provider === provider);
  const isNamed = rows.some((row) =>
    row.model.endsWith('*') ? row.model !== '*' && isInFamily(row, model) : row.model === model,
  );
  if (isNamed) return 'all';
  return rows.some((row) => row.model === '*') ? 'fees' : undefined;
}

function isInFamily({ model, price }: Correction, name: string): boolean {
  return !('webSearchPreviewPer1000' in price) && name.startsWith(model.slice(0, -1));
}
