/** One line of a page that carries a value. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** As written, so that `NaN` and `+Inf` compare like all others. */
  readonly value: string;
  /** What follows `#` on the line, as written. */
  readonly exemplar?: string;
}

/** One `# TYPE` block and its samples. */
export interface ParsedFamily {
  readonly name: string;
  readonly type: string;
  readonly help: string | undefined;
  readonly samples: readonly Sample[];
}

const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*?)\})? (\S+)(?: # (\{.*))?$/s;
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(,|$)/y;

/**
 * Reads a page of either format, strictly: a line that is not understood, a label that occurs twice, or a sample
 * outside the family announced before it throws.
 */
export function parseExposition(page: string): ParsedFamily[] {
  const families: { name: string; type: string; help: string | undefined; samples: Sample[] }[] = [];
  let help: { name: string; text: string } | undefined;
  if (!page.endsWith('\n')) throw new Error('the page does not end with a line feed');
  for (const line of page.slice(0, -1).split('\n')) {
    if (line === '# EOF') continue;
    const comment = /^# (HELP|TYPE) (\S+) (.*)$/s.exec(line);
    if (comment !== null) {
      const [, kind, name = '', text = ''] = comment;
      if (kind === 'HELP') help = { name, text };
      else {
        if (families.some((family) => family.name === name)) throw new Error(`a second family ${name}`);
        families.push({ name, type: text, help: help?.name === name ? help.text : undefined, samples: [] });
      }
      continue;
    }
    const sample = parseSample(line);
    const family = families.at(-1);
    if (family === undefined || !belongs(sample.name, family.name)) throw new Error(`astray: ${line}`);
    family.samples.push(sample);
  }
  return families;
}

/** All samples of a page, in an order that does not depend on the writer. */
export function samplesOf(page: string): string[] {
  return parseExposition(page)
    .flatMap(({ samples }) => samples)
    .map(({ name, labels, value }) => JSON.stringify([name, Object.entries(labels).sort(), value]))
    .sort();
}

/** Reads what stands between the braces. */
export function parseLabels(text: string): Record<string, string> {
  const labels: Record<string, string> = Object.create(null);
  let end = 0;
  while (end < text.length) {
    LABEL.lastIndex = end;
    const match = LABEL.exec(text);
    if (match === null) throw new Error(`not a label: ${text.slice(end)}`);
    const [all, name = '', value = ''] = match;
    if (name in labels) throw new Error(`the label ${name} occurs twice`);
    labels[name] = value.replace(/\\(.)/g, (_, character: string) => (character === 'n' ? '\n' : character));
    end += all.length;
  }
  return labels;
}

function parseSample(line: string): Sample {
  const match = SAMPLE.exec(line);
  if (match === null) throw new Error(`not a sample: ${line}`);
  const [, name = '', labels = '', value = '', exemplar] = match;
  return { name, labels: parseLabels(labels), value, ...(exemplar === undefined ? {} : { exemplar }) };
}

function belongs(sampleName: string, familyName: string): boolean {
  return (
    sampleName.startsWith(familyName) &&
    /^(_(total|info|bucket|sum|count))?$/.test(sampleName.slice(familyName.length))
  );
}
