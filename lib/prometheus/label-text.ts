import type { Attributes } from '@opentelemetry/api';

const INVALID_CHARACTERS = /[^a-zA-Z0-9_]/g;
const REPEATED_UNDERSCORES = /_{2,}/g;
const LEADING_DIGIT = /^[0-9]/;

/**
 * Converts the name of a metric to Prometheus' legacy alphabet, as the stock exporter does.
 *
 * @returns the name, or `undefined` when no allowed character is left
 */
export function toMetricName(name: string): string | undefined {
  const clean = withValidCharacters(name);
  if (clean === '' || clean === '_') return undefined;
  return LEADING_DIGIT.test(clean) ? `_${clean}` : clean;
}

/**
 * Converts the name of an attribute to a label name in Prometheus' legacy alphabet. A leading digit gets the prefix
 * `key_`, as in the Collector and in Prometheus' own OTLP receiver, so that the name is the same on every path.
 */
function toLabelName(key: string): string {
  const clean = withValidCharacters(key);
  if (clean === '') return '_';
  return LEADING_DIGIT.test(clean) ? `key_${clean}` : clean;
}

function withValidCharacters(name: string): string {
  return name.replace(INVALID_CHARACTERS, '_').replace(REPEATED_UNDERSCORES, '_');
}

/** Returns the labels of a series as the text between the braces. */
export type LabelText = (attributes: Attributes) => string;

/**
 * Creates a function that renders the labels of each attributes object once: the SDK returns the same object for a
 * series in every collection.
 *
 * @param reserved - label name that the format itself uses, see {@link renderLabels}
 */
export function createLabelCache(reserved?: string): LabelText {
  const known = new WeakMap<Attributes, string>();
  return (attributes) => {
    let text = known.get(attributes);
    if (text === undefined) {
      text = renderLabels(attributes, reserved);
      known.set(attributes, text);
    }
    return text;
  };
}

/**
 * Renders attributes as Prometheus labels.
 *
 * Attributes whose names become one label (`a-b` and `a.b` are both `a_b`) are joined as the specification requires:
 * their values separated by `;`, in the order of the original names. Two labels of one name would make
 * Prometheus reject the whole scrape.
 *
 * @param attributes - attributes of a data point or of a Resource
 * @param reserved - label name that the format itself uses, such as `le`; an attribute of that name gets the
 *   prefix `exported_`, as Prometheus itself does
 */
export function renderLabels(attributes: Attributes, reserved?: string): string {
  const keysByLabel = new Map<string, string[]>();
  for (const key of Object.keys(attributes)) {
    const clean = toLabelName(key);
    const label = clean === reserved ? `exported_${clean}` : clean;
    const keys = keysByLabel.get(label);
    if (keys === undefined) keysByLabel.set(label, [key]);
    else keys.push(key);
  }
  const labels: string[] = [];
  for (const [label, keys] of keysByLabel) {
    const values = keys.sort().map((key) => valueText(attributes[key]));
    labels.push(`${label}="${escapeLabelValue(values.join(';'))}"`);
  }
  return labels.join(',');
}

/** Returns the value of an attribute as the value of a label. */
export function valueText(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value === undefined) return '';
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    // BigInts and circular objects have no JSON; a label with their type is better than a failed scrape.
    return typeof value === 'bigint' ? `${value}` : Object.prototype.toString.call(value);
  }
}

const NEEDS_ESCAPE = /[\\\n"\p{Surrogate}]/u;

/** UTF-8 cannot encode half a character. It is replaced here so that two series with equal bytes have equal text. */
const LONE_SURROGATES = /\p{Surrogate}/gu;

function escapeLabelValue(value: string): string {
  if (!NEEDS_ESCAPE.test(value)) return value;
  return value
    .replace(LONE_SURROGATES, '\ufffd')
    .replace(/\\/g, '\\\\')
    .replace(/\n/g, '\\n')
    .replace(/"/g, '\\"');
}
