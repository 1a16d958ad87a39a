import type { CompiledPrice } from './compiled-price.js';

/** A price with the time it holds. */
export interface DatedPrice {
  readonly price: CompiledPrice;
  /** Always, when absent. */
  readonly when: From | Daily | undefined;
}

/** From a moment on. */
interface From {
  readonly fromMs: number;
}

/** Every day between two times of day in UTC; past midnight when the end is before the start. */
interface Daily {
  readonly startMs: number;
  readonly endMs: number;
}

const DAY_MS = 86_400_000;
const TIME_OF_DAY = /^(\d{2}):(\d{2}):(\d{2}(?:\.\d+)?)(?:Z|([+-])(\d{2}):(\d{2}))$/;

/** The price that holds at a moment: the last one whose time it is, else the first. */
export function priceAtTime(prices: readonly DatedPrice[], atMs: number): CompiledPrice | undefined {
  for (let position = prices.length - 1; position >= 0; position--) {
    const dated = prices[position];
    if (dated !== undefined && holdsAt(dated, atMs)) return dated.price;
  }
  return prices[0]?.price;
}

function holdsAt({ when }: DatedPrice, atMs: number): boolean {
  if (when === undefined) return true;
  if ('fromMs' in when) return atMs >= when.fromMs;
  const timeMs = ((atMs % DAY_MS) + DAY_MS) % DAY_MS;
  return when.endMs < when.startMs
    ? timeMs >= when.startMs || timeMs < when.endMs
    : timeMs >= when.startMs && timeMs < when.endMs;
}

/**
 * Reads a constraint of the price list.
 *
 * @returns undefined for one of a kind not known here: a price must not hold at a time nobody understood.
 */
export function readConstraint(constraint: object): From | Daily | undefined {
  const { start_date, start_time, end_time } = constraint as Record<string, unknown>;
  if (typeof start_date === 'string') {
    const fromMs = Date.parse(start_date);
    return Number.isNaN(fromMs) ? undefined : { fromMs };
  }
  const startMs = timeOfDayMs(start_time);
  const endMs = timeOfDayMs(end_time);
  return startMs === undefined || endMs === undefined ? undefined : { startMs, endMs };
}

function timeOfDayMs(text: unknown): number | undefined {
  const [, hours, minutes, seconds, sign, offsetHours, offsetMinutes] =
    typeof text === 'string' ? (TIME_OF_DAY.exec(text) ?? []) : [];
  if (hours === undefined) return undefined;
  const localMs = (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * 1000;
  const offsetMs = (Number(offsetHours ?? 0) * 3600 + Number(offsetMinutes ?? 0) * 60) * 1000;
  return (localMs - (sign === '-' ? -offsetMs : offsetMs) + DAY_MS) % DAY_MS;
}
