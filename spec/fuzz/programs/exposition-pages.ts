import { deepEqual, ok } from 'node:assert/strict';
import fc from 'fast-check';
import { readExposition } from '../../support/cli-terminal.js';
import { check, trying } from '../../support/fuzz-program.js';
import { parseExposition, type Sample } from '../../support/parse-exposition.js';

const name = fc.constantFrom('llm_edge_requests_total', 'a', '_b:c', 'target_info');
const labelName = fc.constantFrom('provider', 'le', '__proto__', 'constructor', '_');
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.constantFrom('\\', '"', '\n', '} 1', '{', '# {', '\u2028', '\\n', '\\\\"'),
);
const escaped = (value: string): string =>
  value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
const labels = fc
  .uniqueArray(fc.tuple(labelName, text), { maxLength: 4, selector: ([label]) => label })
  .map((pairs) => pairs.map(([label, value]) => `${label}="${escaped(value)}"`).join(','));
const value = fc.oneof(
  fc.constantFrom('0', '1', 'NaN', '+Inf', '-Inf', '1e300', '0.1', '-2.5E-7', '12.0'),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
);
const exemplar = fc.oneof(fc.constant(''), fc.constant(' # {trace_id="4bf9"} 0.5 1790121600.123'));
const line = fc
  .tuple(name, labels, value, exemplar)
  .map(([metric, inside, number, rest]) => `${metric}${inside === '' ? '' : `{${inside}}`} ${number}${rest}`);

/** What the other reader makes of one line; `undefined` where it refuses it. */
function reference(written: string): Sample | undefined {
  const metric = /^[\w:]+/.exec(written)?.[0] ?? '';
  try {
    return parseExposition(`# TYPE ${metric} unknown\n${written}\n`)[0]?.samples[0];
  } catch {
    return undefined;
  }
}

const numberOf = (written: string): number =>
  /inf/i.test(written) ? Number(`${written.startsWith('-') ? '-' : ''}Infinity`) : Number(written);

// A page that is right is read as the other reader reads it.
await check(
  fc.asyncProperty(fc.array(line, { maxLength: 8 }), async (lines) => {
    const page = `${lines.join('\n')}\n`;
    trying(page);
    const read = readExposition(page);
    const expected = lines.map(reference);
    ok(expected.every((sample) => sample !== undefined));
    deepEqual(
      read.samples.map(({ name: metric, labels: pairs, value: number }) => [metric, { ...pairs }, number]),
      expected.map((sample) => [sample?.name, { ...sample?.labels }, numberOf(sample?.value ?? '')]),
    );
    ok(read.skippedLines === 0);
  }),
);

// A page that is cut or damaged loses lines, and never more.
const noise = fc.string({ unit: 'binary', maxLength: 3 });
await check(
  fc.asyncProperty(
    fc.array(line, { maxLength: 8 }),
    fc.nat(),
    noise,
    fc.nat(5),
    async (lines, place, put, removed) => {
      const page = `${lines.join('\n')}\n`;
      const at = place % (page.length + 1);
      const damaged = page.slice(0, at) + put + page.slice(at + removed);
      trying(damaged);
      const { samples, skippedLines, isCut } = readExposition(damaged, { samplesMax: 4 });
      ok(samples.length <= 4);
      ok(isCut || samples.length + skippedLines <= damaged.split('\n').length);
    },
  ),
);

// Any text is read in time that grows with its length only.
const piece = fc.constantFrom('a{', 'a="', '\\', '"', ' ', '\t', ',', '}', '1', '#', '\n', 'a ', '{{', '= ');
await check(
  fc.asyncProperty(
    fc.array(piece, { maxLength: 30 }),
    fc.integer({ min: 1, max: 100 }),
    async (pieces, times) => {
      const page = pieces.join('').repeat(times);
      trying(page.slice(0, 200));
      readExposition(page);
    },
  ),
);
