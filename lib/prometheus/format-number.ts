/**
 * A sample value as Prometheus reads it. `NaN` is spelled the same in both languages.
 *
 * @param value - any number, the special ones included
 */
export function formatNumber(value: number): string {
  if (value === Infinity) return '+Inf';
  if (value === -Infinity) return '-Inf';
  return `${value}`;
}

/**
 * A bucket bound in the canonical form of OpenMetrics 1.0: Go's `%g`, with `.0` where it would look like an
 * integer. `le` is a label, so `10` and `10.0` are different series to Prometheus.
 *
 * @param bound - upper bound of a bucket, finite or not
 */
export function formatCanonicalBound(bound: number): string {
  if (!Number.isFinite(bound)) return formatNumber(bound);
  if (bound === 0) return '0.0';
  const magnitude = Math.abs(bound);
  if (magnitude >= 1e-4 && magnitude < 1e6) {
    return Number.isInteger(bound) ? `${bound}.0` : `${bound}`;
  }
  const [digits, exponent] = bound.toExponential().split('e') as [string, string];
  const sign = exponent.startsWith('-') ? '-' : '+';
  return `${digits}e${sign}${exponent.slice(1).padStart(2, '0')}`;
}
