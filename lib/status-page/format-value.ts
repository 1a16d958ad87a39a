import type { StatusUnit } from '../status/status-document.js';

/** Stands where nothing is known. */
export const NO_VALUE = '–';

/** A number as it is shown: scaled, with a prefix and a suffix. */
interface Scale {
  readonly factor: number;
  readonly prefix?: string;
  readonly suffix: string;
}

const STEPS: readonly (readonly [from: number, factor: number, suffix: string])[] = [
  [1e9, 1e-9, 'B'],
  [1e6, 1e-6, 'M'],
  [1e4, 1e-3, 'k'],
];

function magnitude(size: number, prefix: string, suffix: string): Scale {
  const [, factor, letter] = STEPS.find(([from]) => size >= from) ?? [0, 1, ''];
  return { factor, prefix, suffix: `${letter}${suffix}` };
}

function duration(millis: number, perUnit: number): Scale {
  if (millis < 1000) return { factor: perUnit, suffix: ' ms' };
  return { factor: perUnit / 1000, suffix: ' s' };
}

/** How numbers up to a size are scaled, for each unit. */
const SCALES: Readonly<Record<StatusUnit, (size: number) => Scale>> = {
  count: (size) => magnitude(size, '', ''),
  per_second: (size) => magnitude(size, '', '/s'),
  tokens_per_second: (size) => magnitude(size, '', '/s'),
  usd: (size) => magnitude(size, '$', ''),
  usd_per_second: (size) => magnitude(size, '$', '/s'),
  milliseconds: (size) => duration(size, 1),
  seconds: (size) => duration(size * 1000, 1000),
  ratio: () => ({ factor: 100, suffix: '%' }),
};

const DOLLARS = new Set<StatusUnit>(['usd', 'usd_per_second']);

/** Digits after the point that leave three figures of a number, so that values of any size take the same room. */
function digitsOf(value: number): number {
  if (value === 0) return 0;
  return Math.min(6, Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value)))));
}

const formats = new Map<string, Intl.NumberFormat>();

function formatDigits(value: number, fewest: number, most: number): string {
  const key = `${fewest} ${most}`;
  let format = formats.get(key);
  if (format === undefined) {
    format = new Intl.NumberFormat('en-US', { minimumFractionDigits: fewest, maximumFractionDigits: most });
    formats.set(key, format);
  }
  return format.format(value);
}

function withUnit(digits: string, { prefix = '', suffix }: Scale): string {
  return digits.startsWith('-') ? `-${prefix}${digits.slice(1)}${suffix}` : `${prefix}${digits}${suffix}`;
}

/** A number in its unit, such as `1.24 s`, `$0.0031/s`, `98.2%` or `12.4k`; a dash where there is none. */
export function formatValue(value: number | null | undefined, unit: StatusUnit): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return NO_VALUE;
  const scale = SCALES[unit](Math.abs(value));
  const scaled = value * scale.factor;
  if (unit === 'count' && scale.factor === 1) return withUnit(formatDigits(scaled, 0, 2), scale);
  const most = digitsOf(scaled);
  // Dollars and cents, where the amount is not smaller than a cent.
  const isAmount = DOLLARS.has(unit) && scale.factor === 1 && most <= 3;
  return withUnit(isAmount ? formatDigits(scaled, 2, 2) : formatDigits(scaled, 0, most), scale);
}

/** The labels of an axis: one unit for all, and as many digits as tell them apart. */
export function formatTicks(ticks: readonly number[], unit: StatusUnit): string[] {
  const scale = SCALES[unit](Math.max(0, ...ticks.map(Math.abs)));
  const step = ticks.length > 1 ? Math.abs((ticks[1] ?? 0) - (ticks[0] ?? 0)) : (ticks[0] ?? 0);
  const digits = decimalsOf(step * scale.factor);
  return ticks.map((tick) =>
    tick === 0 ? '0' : withUnit(formatDigits(tick * scale.factor, digits, digits), scale),
  );
}

/** The fewest digits after the point that show a step of an axis whole. */
function decimalsOf(step: number): number {
  let digits = 0;
  while (
    digits < 8 &&
    Math.abs(step * 10 ** digits - Math.round(step * 10 ** digits)) > 1e-6 * 10 ** digits * step
  ) {
    digits += 1;
  }
  return digits;
}

const two = (value: number): string => `${value}`.padStart(2, '0');

/** The time of day where the page is read, from milliseconds since 1970. */
export function formatClock(millis: number, hasSeconds = true): string {
  const date = new Date(millis);
  const clock = `${two(date.getHours())}:${two(date.getMinutes())}`;
  return hasSeconds ? `${clock}:${two(date.getSeconds())}` : clock;
}

/** The time of day, after the date where that is not today. */
export function formatTime(millis: number, nowMillis: number): string {
  const date = new Date(millis);
  if (date.toDateString() === new Date(nowMillis).toDateString()) return formatClock(millis);
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${formatClock(millis)}`;
}

/** How long a process has been up, in its two largest units, such as `3 h 12 min`. */
export function formatUptime(millis: number): string {
  const seconds = Math.max(0, Math.floor(millis / 1000));
  const parts: readonly (readonly [number, string])[] = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [seconds % 60, 's'],
  ];
  const first = parts.findIndex(([amount]) => amount > 0);
  const shown = first === -1 ? parts.slice(-1) : parts.slice(first, first + 2);
  return shown.map(([amount, unit]) => `${amount} ${unit}`).join(' ');
}
