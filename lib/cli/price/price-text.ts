import type { PriceListInfo } from '../../cost/price-list-in-force.js';
import { printable } from '../outside-text.js';
import type { PricedUsage } from './price-usage.js';

/** What is printed of one model. */
export interface PriceReport {
  readonly priced: PricedUsage;
  readonly requests: number;
  readonly list: PriceListInfo;
}

/** Another model for the same usage. */
export interface Comparison {
  readonly provider: string;
  readonly model: string;
  readonly totalUsd: number;
  readonly differenceUsd: number;
  /** The difference as a share of the cost of the first model; `null` where that is 0. */
  readonly ratio: number | null;
}

const PER_TEXTS: Readonly<Record<number, string>> = {
  1: 'each',
  1000: 'per 1,000',
  3600: 'an hour',
  1000000: 'per 1M',
};

/** The items of a cost, its total, and where the price comes from. */
export function priceText({ priced, requests, list }: PriceReport): string {
  const { items, perRequestUsd, totalUsd } = priced;
  const wholes = new Set(items.flatMap(({ unit }) => unit.within));
  const rows = [
    ...items.map(({ unit, count, rateUsd, totalUsd: itemUsd }) => [
      `${wholes.has(unit.name) ? 'other ' : ''}${inWords(unit.usage)}`,
      count.toLocaleString('en-US', { maximumFractionDigits: 3 }),
      `x ${exactUsd(rateUsd)} ${PER_TEXTS[unit.per] ?? `per ${unit.per}`}`,
      `= ${exactUsd(itemUsd)}`,
    ]),
    ...(perRequestUsd > 0
      ? [['request', '1', `x ${exactUsd(perRequestUsd)}`, `= ${exactUsd(perRequestUsd)}`]]
      : []),
    ['total', '', '', `= ${exactUsd(totalUsd)}`],
    ...(requests > 1
      ? [[`${requests.toLocaleString('en-US')} requests`, '', '', `= ${exactUsd(totalUsd * requests)}`]]
      : []),
  ];
  return `${nameOf(priced)}\n\n${aligned(rows)}\n${sourceText(priced, list)}\n`;
}

/** Other models with their totals, and the difference to the first one. */
export function comparisonText(comparisons: readonly Comparison[]): string {
  if (comparisons.length === 0) return '';
  const rows = comparisons.map((other) => [
    nameOf(other),
    exactUsd(other.totalUsd),
    `${other.differenceUsd < 0 ? '' : '+'}${exactUsd(other.differenceUsd)}`,
    other.ratio === null ? '' : `${other.ratio < 0 ? '' : '+'}${(other.ratio * 100).toFixed(1)}%`,
  ]);
  return `\nWhat if\n\n${aligned(rows)}`;
}

function sourceText({ source }: PricedUsage, { source: from, version, publishedMs }: PriceListInfo): string {
  if (source === 'override') return 'Price: your own, from LLM_EDGE_PRICES_FILE.';
  const day = Number.isFinite(publishedMs) ? ` of ${new Date(publishedMs).toISOString().slice(0, 10)}` : '';
  return `Price: ${from === 'bundled' ? 'price list' : `price list from a ${from}`} ${version}${day}.`;
}

const nameOf = ({ provider, model }: { readonly provider: string; readonly model: string }): string =>
  printable(`${provider}/${model}`);

/** `cacheReadTokens` as `cache read tokens`. */
const inWords = (name: string): string =>
  name.replace(/1h/, ' 1h').replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

/** Dollars to the fraction of a cent: at least cents, and all digits that count, without the noise of floating point. */
export function exactUsd(usd: number): string {
  const size = Math.abs(usd);
  if (!Number.isFinite(size)) return '-';
  const decimals = size === 0 ? 2 : Math.min(15, Math.max(2, 5 - Math.floor(Math.log10(size))));
  const [whole = '0', fraction = ''] = size.toFixed(decimals).split('.');
  const kept = fraction.replace(/0+$/, '').padEnd(2, '0');
  return `${usd < 0 ? '-' : ''}$${Number(whole).toLocaleString('en-US')}.${kept}`;
}

/** Texts to the left, numbers to the right. */
function aligned(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  '),
  );
  return lines.map((line) => `  ${line.trimEnd()}\n`).join('');
}
