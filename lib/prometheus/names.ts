const INVALID_CHARACTERS = /[^a-zA-Z0-9_]/g;
const REPEATED_UNDERSCORES = /_{2,}/g;
const LEADING_DIGIT = /^[0-9]/;

/**
 * The name of a metric in Prometheus' legacy alphabet, as the stock exporter writes it.
 *
 * @returns the name, or `undefined` when nothing is left of it
 */
export function toMetricName(name: string): string | undefined {
  const clean = name.replace(INVALID_CHARACTERS, '_').replace(REPEATED_UNDERSCORES, '_');
  if (clean === '' || clean === '_') return undefined;
  return LEADING_DIGIT.test(clean) ? `_${clean}` : clean;
}

/**
 * The name of a label in Prometheus' legacy alphabet. A leading digit gets the prefix `key_`, which is what the
 * Collector and Prometheus' own OTLP receiver write, so that the name is the same on every path.
 */
export function toLabelName(key: string): string {
  const clean = key.replace(INVALID_CHARACTERS, '_').replace(REPEATED_UNDERSCORES, '_');
  if (clean === '') return '_';
  return LEADING_DIGIT.test(clean) ? `key_${clean}` : clean;
}
