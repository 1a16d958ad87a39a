/** A number in few characters: `0.42`, `20.1`, `1.3k`, `2.45M`. */
export function shortNumber(value: number): string {
  const size = Math.abs(value);
  if (!Number.isFinite(value)) return '-';
  if (size === 0) return '0';
  if (size < 0.01) return `<${value < 0 ? '-' : ''}0.01`;
  if (size < 9.995) return value.toFixed(2);
  if (size < 99.95) return value.toFixed(1);
  if (size < 999.5) return value.toFixed(0);
  if (size >= 1e15) return value.toExponential(2);
  const [scaled, unit] =
    size < 999_500 ? [value / 1e3, 'k'] : size < 999_500_000 ? [value / 1e6, 'M'] : [value / 1e9, 'G'];
  return `${Math.abs(scaled) < 9.995 ? scaled.toFixed(2) : Math.abs(scaled) < 99.95 ? scaled.toFixed(1) : scaled.toFixed(0)}${unit}`;
}

/** A whole number in few characters: `42`, `1.3k`. */
export function shortCount(value: number): string {
  return Math.abs(value) < 999.5 ? String(Math.round(value)) : shortNumber(value);
}

/** A duration: `0.4 ms`, `890 ms`, `1.71 s`, `2.1 min`. */
export function duration(milliseconds: number): string {
  if (!Number.isFinite(milliseconds)) return '-';
  if (milliseconds < 10) return `${milliseconds.toFixed(1)} ms`;
  if (milliseconds < 999.5) return `${milliseconds.toFixed(0)} ms`;
  if (milliseconds < 9_995) return `${(milliseconds / 1000).toFixed(2)} s`;
  if (milliseconds < 59_950) return `${(milliseconds / 1000).toFixed(1)} s`;
  return `${(milliseconds / 60_000).toFixed(1)} min`;
}

/** An amount with at least two significant digits, to the fraction of a cent: `$12.35`, `$0.0108`, `$0.00000041`. */
export function shortUsd(usd: number): string {
  const size = Math.abs(usd);
  if (!Number.isFinite(usd)) return '-';
  const sign = usd < 0 ? '-' : '';
  if (size === 0) return '$0';
  if (size >= 99_999.5) return `${sign}$${shortNumber(size)}`;
  if (size >= 1) return `${sign}$${size.toFixed(2)}`;
  const digits = Math.min(12, 2 - Math.floor(Math.log10(size)));
  return `${sign}$${size.toFixed(digits)}`;
}

/** A share from 0 to 1 as a percentage. */
export function percent(ratio: number): string {
  if (!Number.isFinite(ratio)) return '-';
  const value = ratio * 100;
  if (value === 0) return '0%';
  if (Math.abs(value) < 0.1) return '<0.1%';
  return `${value.toFixed(Math.abs(value) < 9.95 ? 1 : 0)}%`;
}
