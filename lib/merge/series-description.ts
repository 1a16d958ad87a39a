import { INPUT_LIMITS } from '../catalogue/input-limits.js';
import { isRecord } from '../config/issues.js';

/** The longest line of a description, in characters. */
export const LINE_CHARACTERS_MAX = INPUT_LIMITS.workerLine.value;
/** The most labels of one series; an SDK keeps as many attributes of a record. */
export const LABELS_MAX = INPUT_LIMITS.workerLabels.value;
/** The most series of one worker, and of all together. */
export const SERIES_MAX = INPUT_LIMITS.workerSeries.value;

/** How values add up. A sum that may fall is `updown`: it is of the present, as a gauge is. */
export type PublishedKind = 'counter' | 'updown' | 'gauge' | 'histogram';

/** Why a part of what a worker published is not on the page. */
export type LeftOutReason = 'bounds' | 'kind' | 'format' | 'unreadable' | 'too_many';

/** A metric. Values add up only within one: `key` is the same for the same name, kind and bounds. */
export interface Definition {
  readonly key: string;
  readonly name: string;
  readonly description: string;
  readonly kind: PublishedKind;
  /** The bounds of a histogram, ascending and finite. */
  readonly bounds: readonly number[];
}

/** The labels of a series. One object for equal labels, in whatever order they were written. */
export interface Labels {
  readonly key: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** What describes a worker: the first line. */
export interface WorkerInfo {
  readonly version: string;
  /** When it started, in milliseconds of the machine's monotonic clock. */
  readonly startedMs: number;
  readonly resource: Readonly<Record<string, string>>;
}

/** The number of values of a series: a gauge has the value, and when it was stated and is stale. */
export function widthOf({ kind, bounds }: Pick<Definition, 'kind' | 'bounds'>): number {
  if (kind === 'gauge') return 3;
  return kind === 'histogram' ? bounds.length + 2 : 1;
}

export function definitionOf(
  name: string,
  description: string,
  kind: PublishedKind,
  bounds: readonly number[],
): Definition {
  return { key: JSON.stringify([name, kind, bounds]), name, description, kind, bounds };
}

// The lines. What refers to a metric does so by its place among the metrics of the worker, from 0 on.

export function workerLine(worker: WorkerInfo): string {
  return JSON.stringify({ worker });
}

export function metricLine(definition: Definition): string {
  const { name, description, kind, bounds } = definition;
  // A version that does not know the kind skips as many values.
  return JSON.stringify({ metric: name, description, kind, bounds, width: widthOf(definition) });
}

export function seriesLine(metric: number, attributes: Readonly<Record<string, string>>): string {
  return `[${metric},${JSON.stringify(attributes)}]`;
}

export function leftOutLine(reason: LeftOutReason): string {
  return JSON.stringify({ leftOut: reason });
}

/** Lines after which other callbacks can run: a small part of a millisecond. */
const LINES_PER_STEP = 64;

/** Finds one object for equal labels, and one for equal definitions. Each text is parsed once for all workers. */
export class LabelTable {
  private readonly byText = new Map<string, Labels>();
  private readonly byKey = new Map<string, Labels>();
  private readonly definitions = new Map<string, Definition>();

  /** Returns the first definition that had the same key. */
  definition(definition: Definition): Definition {
    const known = this.definitions.get(definition.key);
    if (known === undefined) this.definitions.set(definition.key, definition);
    return known ?? definition;
  }

  /** Returns the labels that a JSON text describes, or `undefined` if it describes none. */
  ofText(text: string): Labels | undefined {
    const known = this.byText.get(text);
    if (known !== undefined) return known;
    const labels = this.of(parseJson(text));
    if (labels !== undefined) this.byText.set(text, labels);
    return labels;
  }

  /** Returns the first labels that had the same key. */
  labels(labels: Labels): Labels {
    const known = this.byKey.get(labels.key);
    if (known === undefined) this.byKey.set(labels.key, labels);
    return known ?? labels;
  }

  /** Returns the labels that a value of JSON is, or `undefined` if it is none. */
  of(attributes: unknown): Labels | undefined {
    if (!isTexts(attributes)) return undefined;
    return this.labels({ key: labelsKey(attributes), attributes });
  }
}

/** The text of labels in the order of their names. */
export function labelsKey(attributes: Readonly<Record<string, string>>): string {
  return JSON.stringify(Object.entries(attributes).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** A series of a worker, and where its values begin. */
export interface DescribedSeries {
  readonly definition: Definition;
  readonly labels: Labels;
  readonly offset: number;
}

interface DescribedMetric {
  /** Absent for a kind that this version does not know. */
  readonly definition: Definition | undefined;
  readonly width: number;
  readonly seen: Set<Labels>;
}

/** What the description of one worker says, as far as it was read. Nothing in it throws. */
export class Description {
  worker: WorkerInfo | undefined;
  readonly series: DescribedSeries[] = [];
  readonly definitions: Definition[] = [];
  readonly leftOut = new Set<LeftOutReason>();
  /** The number of values that the lines describe. */
  width = 0;
  private linesRead = 0;
  private readonly metrics: DescribedMetric[] = [];
  /** The labels of the series of each definition. */
  private readonly seen = new Map<string, Set<Labels>>();
  private readonly labels: LabelTable;

  constructor(labels: LabelTable) {
    this.labels = labels;
  }

  /** Reads the lines that are new. */
  *read(lines: readonly string[]): Generator<undefined, void> {
    while (this.linesRead < lines.length) {
      const line = lines[this.linesRead++] ?? '';
      if (!this.readLine(line)) {
        // The width of this line is unknown, and with it the place of all later values.
        this.leftOut.add('unreadable');
        this.linesRead = Number.POSITIVE_INFINITY;
      }
      if (this.linesRead % LINES_PER_STEP === 0) yield;
    }
  }

  private readLine(line: string): boolean {
    if (line.length > LINE_CHARACTERS_MAX) return false;
    if (line.startsWith('[')) return this.readSeries(line);
    const value = parseJson(line);
    if (!isRecord(value)) return false;
    if (typeof value['metric'] === 'string') return this.readMetric(value['metric'], value);
    if (isRecord(value['worker'])) this.worker = workerOf(value['worker']);
    else if (isReason(value['leftOut'])) this.leftOut.add(value['leftOut']);
    // Any other line is one of a later version, and describes no values.
    return true;
  }

  private readMetric(name: string, line: Readonly<Record<string, unknown>>): boolean {
    const { kind, width, bounds } = line;
    if (!Number.isSafeInteger(width) || (width as number) < 0) return false;
    let definition: Definition | undefined;
    if (isKind(kind) && isBounds(bounds) && widthOf({ kind, bounds }) === width) {
      const description = typeof line['description'] === 'string' ? line['description'] : '';
      definition = this.labels.definition(definitionOf(name, description, kind, bounds));
      this.definitions.push(definition);
    } else this.leftOut.add('kind');
    const key = definition?.key ?? '';
    const seen = this.seen.get(key) ?? new Set();
    this.seen.set(key, seen);
    this.metrics.push({ definition, width: width as number, seen });
    return true;
  }

  private readSeries(line: string): boolean {
    const comma = line.indexOf(',');
    const metric = this.metrics[Number(line.slice(1, comma))];
    if (metric === undefined || comma < 0) return false;
    const offset = this.width;
    this.width += metric.width;
    const { definition, seen } = metric;
    if (definition === undefined) return true;
    const labels = this.labels.ofText(line.slice(comma + 1, -1));
    if (labels === undefined) {
      this.leftOut.add('unreadable');
      return true;
    }
    if (this.series.length >= SERIES_MAX) {
      this.leftOut.add('too_many');
      return true;
    }
    // A page shows the first of two series that have the same name and labels.
    if (!seen.has(labels)) this.series.push({ definition, labels, offset });
    seen.add(labels);
    return true;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // A foreign or damaged file: its reader counts what it cannot read.
    return undefined;
  }
}

function workerOf({ version, startedMs, resource }: Readonly<Record<string, unknown>>): WorkerInfo {
  return {
    version: typeof version === 'string' ? version : '',
    startedMs: typeof startedMs === 'number' ? startedMs : 0,
    resource: isTexts(resource) ? resource : {},
  };
}

function isTexts(value: unknown): value is Readonly<Record<string, string>> {
  if (!isRecord(value)) return false;
  const texts = Object.values(value);
  return texts.length <= LABELS_MAX && texts.every((text) => typeof text === 'string');
}

const KINDS: readonly unknown[] = ['counter', 'updown', 'gauge', 'histogram'] satisfies PublishedKind[];
const REASONS: readonly unknown[] = [
  'bounds',
  'kind',
  'format',
  'unreadable',
  'too_many',
] satisfies LeftOutReason[];

export function isKind(value: unknown): value is PublishedKind {
  return KINDS.includes(value);
}

export function isReason(value: unknown): value is LeftOutReason {
  return REASONS.includes(value);
}

export function isBounds(value: unknown): value is readonly number[] {
  return (
    Array.isArray(value) &&
    value.every((bound, index) => Number.isFinite(bound) && (index === 0 || bound > value[index - 1]))
  );
}
