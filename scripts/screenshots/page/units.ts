/** A larger unit of a scale, and how many of the smallest it holds. */
type Scale = readonly (readonly [size: number, suffix: string])[];

const DURATIONS: Scale = [
  [1e-3, 'µs'],
  [1, 'ms'],
  [1000, 's'],
  [60_000, 'min'],
  [3_600_000, 'h'],
  [86_400_000, 'd'],
];
const SHORT: Scale = [
  [1, ''],
  [1e3, 'K'],
  [1e6, 'Mil'],
  [1e9, 'Bil'],
];
const SI: Scale = [
  [1, ''],
  [1e3, 'k'],
  [1e6, 'M'],
  [1e9, 'G'],
];
const BYTES: Scale = [
  [1, 'B'],
  [1024, 'KiB'],
  [1024 ** 2, 'MiB'],
  [1024 ** 3, 'GiB'],
];

/** A number in one of Grafana's units; without `decimals` it gets three significant digits. */
export function formatValue(value: number, unit = 'short', decimals?: number): string {
  return format(value, unit, (scaled) => scaled.toFixed(decimals ?? decimalsOf(scaled)));
}

/** A number on an axis: as short as it can be. */
export function formatTick(value: number, unit = 'short'): string {
  return format(value, unit, (scaled) => String(Number(scaled.toPrecision(4))));
}

function format(value: number, unit: string, write: (scaled: number) => string): string {
  if (unit === 'percentunit') return `${write(value * 100)}%`;
  if (unit === 'currencyUSD') {
    const [scaled, suffix] = scale(value, SHORT);
    return `${value < 0 ? '-' : ''}$${write(Math.abs(scaled))}${suffix}`;
  }
  if (unit === 'locale') return Number(value.toFixed(0)).toLocaleString('en-US');
  if (unit.startsWith('suffix:')) return `${write(value)}${unit.slice('suffix:'.length)}`;
  const [scaled, suffix] = scale(...scaleOf(value, unit));
  return `${write(scaled)} ${suffix}`.trim();
}

function scaleOf(value: number, unit: string): [number, Scale] {
  if (unit === 'ms') return [value, DURATIONS];
  if (unit === 's') return [value * 1000, DURATIONS];
  if (unit === 'bytes') return [value, BYTES];
  if (unit === 'short') return [value, SHORT];
  const rates: Readonly<Record<string, string>> = { reqps: 'req/s', cps: 'c/s' };
  const suffix = unit.startsWith('si:') ? unit.slice('si:'.length) : rates[unit];
  if (suffix === undefined) throw new Error(`The unit "${unit}" is not known here.`);
  const prefixes = unit.startsWith('si:') ? SI : SHORT;
  return [value, prefixes.map(([size, prefix]) => [size, `${prefix}${prefix === '' ? '' : ' '}${suffix}`])];
}

function scale(value: number, steps: Scale): [number, string] {
  const smallest = steps[0] ?? [1, ''];
  const zero = steps.find(([size]) => size === 1) ?? smallest;
  const [size, suffix] =
    value === 0 ? zero : (steps.findLast(([from]) => Math.abs(value) >= from) ?? smallest);
  return [value / size, suffix];
}

function decimalsOf(value: number): number {
  if (Number.isInteger(value)) return 0;
  return Math.min(6, Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value)))));
}
