/** One line of a scraped page that carries a value. */
export interface ExpositionSample {
  readonly name: string;
  /** Without a prototype: names and values are text from outside. */
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** What a scraped page holds. */
export interface Exposition {
  readonly samples: readonly ExpositionSample[];
  /** The type of each family that the page announces, by its name. */
  readonly families: ReadonlyMap<string, string>;
  /** Number of lines that are not understood. */
  readonly skippedLines: number;
  /** Whether the page has more samples than are read. */
  readonly isCut: boolean;
}

/** Options of {@link readExposition}. */
export interface ReadExpositionOptions {
  /** The names of samples to read; all by default. */
  readonly isWanted?: ((name: string) => boolean) | undefined;
  /** Further samples are not read. */
  readonly samplesMax?: number | undefined;
}

const SAMPLES_MAX = 200_000;
const FAMILIES_MAX = 10_000;
const LINE_LENGTH_MAX = 16_384;
const LABELS_MAX = 64;

const NAME = /[a-zA-Z_:][a-zA-Z0-9_:]*/y;
const LABEL = /[ \t]*([a-zA-Z_][a-zA-Z0-9_]*)[ \t]*=[ \t]*"((?:[^"\\]|\\.)*)"[ \t]*/y;
const TYPE = /^# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) ([a-z]+)$/;
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
const TIMESTAMP = /^-?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/i;

/**
 * Reads a page in the text format of Prometheus (0.0.4) or in OpenMetrics. Never throws: a line that is not understood
 * is skipped and counted. Exemplars and timestamps are checked for their place and left out.
 */
export function readExposition(text: string, options: ReadExpositionOptions = {}): Exposition {
  const { isWanted = () => true, samplesMax = SAMPLES_MAX } = options;
  const samples: ExpositionSample[] = [];
  const families = new Map<string, string>();
  let skippedLines = 0;
  let isCut = false;
  for (let start = 0; start < text.length; ) {
    const feed = text.indexOf('\n', start);
    const end = feed === -1 ? text.length : feed;
    const isLong = end - start > LINE_LENGTH_MAX;
    const line = isLong ? '' : text.slice(start, end);
    start = end + 1;
    if (isLong) skippedLines += 1;
    else if (line.startsWith('#')) {
      const [, name, type] = TYPE.exec(line) ?? [];
      if (name !== undefined && type !== undefined && families.size < FAMILIES_MAX) families.set(name, type);
    } else if (line.trim() !== '') {
      const name = matchAt(NAME, line, 0)?.[0];
      if (name !== undefined && !isWanted(name)) continue;
      if (samples.length >= samplesMax) {
        isCut = true;
        break;
      }
      const sample = name === undefined ? undefined : readSample(name, line);
      if (sample === undefined) skippedLines += 1;
      else samples.push(sample);
    }
  }
  return { samples, families, skippedLines, isCut };
}

function readSample(name: string, line: string): ExpositionSample | undefined {
  const labels: Record<string, string> = Object.create(null);
  let at = skipBlanks(line, name.length);
  if (line[at] === '{') {
    const end = readLabels(line, at + 1, labels);
    if (end === undefined) return undefined;
    at = end;
  } else if (at === name.length) return undefined;
  const [number = '', ...rest] = line
    .slice(at)
    .trim()
    .split(/[ \t]+/);
  const value = numberOf(number);
  return value === undefined || !isTail(rest) ? undefined : { name, labels, value };
}

/** @returns the place after the closing brace. */
function readLabels(line: string, from: number, labels: Record<string, string>): number | undefined {
  let at = skipBlanks(line, from);
  for (let count = 0; line[at] !== '}'; count += 1) {
    const [all, name, value] = matchAt(LABEL, line, at) ?? [];
    if (all === undefined || name === undefined || value === undefined) return undefined;
    if (name in labels || count >= LABELS_MAX) return undefined;
    labels[name] = value.includes('\\') ? unescaped(value) : value;
    at += all.length;
    if (line[at] === ',') at = skipBlanks(line, at + 1);
    else if (line[at] !== '}') return undefined;
  }
  return at + 1;
}

/** Prometheus keeps the backslash of an escape that it does not know. */
function unescaped(text: string): string {
  return text.replace(/\\([\\"n])/g, (_, character: string) => (character === 'n' ? '\n' : character));
}

function numberOf(text: string): number | undefined {
  if (NUMBER.test(text)) return Number(text);
  if (/^[+-]?inf$/i.test(text)) return text.startsWith('-') ? -Infinity : Infinity;
  return text.toLowerCase() === 'nan' ? Number.NaN : undefined;
}

/** What may follow a value: a timestamp, and an exemplar after a `#`. */
function isTail(words: readonly string[]): boolean {
  const [first, second] = words;
  if (first === undefined || first === '#') return true;
  return TIMESTAMP.test(first) && (second === undefined || second === '#');
}

function skipBlanks(line: string, from: number): number {
  let at = from;
  while (line[at] === ' ' || line[at] === '\t') at += 1;
  return at;
}

function matchAt(pattern: RegExp, line: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(line);
}
