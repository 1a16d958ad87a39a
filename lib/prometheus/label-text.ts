import type { Attributes } from '@opentelemetry/api';
import { toLabelName } from './names.js';

/** The labels of one series, as text between the braces. */
export interface LabelText {
  readonly text: string;
  /** True when the text says less than the attributes did, so that another series may have the same text. */
  readonly lossy: boolean;
}

/**
 * Renders attributes as Prometheus labels.
 *
 * Attributes whose names become one label (`a-b` and `a.b` are both `a_b`) are joined as the specification says:
 * their values separated by `;`, in the order of the original names. Two labels of one name would make
 * Prometheus reject the whole scrape.
 *
 * @param attributes - attributes of a data point or of a Resource
 * @param reserved - label name that the format itself uses, such as `le`; an attribute of that name gets the
 *   prefix `exported_`, as Prometheus itself does
 */
export function renderLabels(attributes: Attributes, reserved?: string): LabelText {
  const keysByLabel = new Map<string, string[]>();
  let lossy = false;
  for (const key of Object.keys(attributes)) {
    const clean = toLabelName(key);
    const label = clean === reserved ? `exported_${clean}` : clean;
    const value = attributes[key];
    if (label !== key || typeof value !== 'string' || LONE_SURROGATE.test(value)) lossy = true;
    const keys = keysByLabel.get(label);
    if (keys === undefined) keysByLabel.set(label, [key]);
    else keys.push(key);
  }
  const labels: string[] = [];
  for (const [label, keys] of keysByLabel) {
    const values = keys.sort().map((key) => valueText(attributes[key]));
    labels.push(`${label}="${escapeLabelValue(values.join(';'))}"`);
  }
  return { text: labels.join(','), lossy };
}

function valueText(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value === undefined) return '';
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    // BigInts and circular objects have no JSON; a label that says their type is better than a failed scrape.
    return typeof value === 'bigint' ? `${value}` : Object.prototype.toString.call(value);
  }
}

/** UTF-8 has no halves of characters: each is written as the same replacement character. */
const LONE_SURROGATE = /\p{Surrogate}/u;

const NEEDS_ESCAPE = /[\\\n"]/;

function escapeLabelValue(value: string): string {
  if (!NEEDS_ESCAPE.test(value)) return value;
  return value.replace(/\\/g, '\\\\').replace(/\n/g, '\\n').replace(/"/g, '\\"');
}
