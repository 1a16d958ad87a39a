/** One line of a Prometheus or OpenMetrics exposition. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  /** Labels of the exemplar, where the line has one. */
  readonly exemplar?: Readonly<Record<string, string>>;
}

const LINE = /^([A-Za-z_:][\w:]*)(?:\{(.*?)\})? (\S+)(?: [\d.e+]+)?(?: # \{(.*?)\} .*)?$/;
const LABEL = /([A-Za-z_]\w*)="((?:[^"\\]|\\.)*)"/g;

/** The samples of an exposition, in its order. */
export function parseExposition(text: string): readonly Sample[] {
  return text.split('\n').flatMap((line) => {
    if (line === '' || line.startsWith('#')) return [];
    const [, name, labels, value, exemplar] = LINE.exec(line) ?? [];
    if (name === undefined || value === undefined) throw new Error(`Not a line of an exposition: ${line}`);
    const sample = { name, labels: parseLabels(labels), value: Number(value) };
    return exemplar === undefined ? [sample] : [{ ...sample, exemplar: parseLabels(exemplar) }];
  });
}

/** The type that the exposition declares for each metric. */
export function parseTypes(text: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name = '', type = '']) => [name, type]),
  );
}

/** Sum of the samples called `name` whose labels include `labels`; 0 where there is none. */
export function sumOf(
  samples: readonly Sample[],
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number {
  return samples
    .filter((sample) => sample.name === name && hasLabels(sample, labels))
    .reduce((sum, { value }) => sum + value, 0);
}

function hasLabels(sample: Sample, labels: Readonly<Record<string, string>>): boolean {
  return Object.entries(labels).every(([name, value]) => sample.labels[name] === value);
}

function parseLabels(text = ''): Readonly<Record<string, string>> {
  return Object.fromEntries(
    [...text.matchAll(LABEL)].map(([, name = '', value = '']) => [
      name,
      value.replace(/\\(.)/g, (_, character: string) => (character === 'n' ? '\n' : character)),
    ]),
  );
}
