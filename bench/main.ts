import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { CHECK_MARGIN } from './bars.js';
import { CASES, runCase } from './cases.js';
import { describeMachine } from './machine.js';
import { barText, toJson, toMarkdownTable, toNumber, toTable } from './report.js';
import { isWithin, type Summary, summarise } from './summary.js';

const USAGE = `Usage: npm run bench -- [flags] [case ...]

Measures the built package beside its peers: ${CASES.join(', ')}.

  --json         print JSON
  --check        be quick, and end with 1 where a bar times ${CHECK_MARGIN} is broken
  --docs <file>  replace this Node.js line's section of a Markdown file
  --quick        few rounds
`;

async function summarisedRun(names: readonly string[], quick: boolean): Promise<Summary[]> {
  const summaries: Summary[] = [];
  for (const name of CASES.filter((known) => names.length === 0 || names.includes(known))) {
    process.stderr.write(`${name} ...\n`);
    for (const measurement of await runCase(name, quick)) summaries.push(summarise(measurement));
  }
  return summaries;
}

/** The bars that are broken even with the margin. */
function broken(summaries: readonly Summary[]): string[] {
  return summaries.flatMap(({ measurement, verdicts }) =>
    verdicts
      .filter(({ bar, value }) => !isWithin(bar, value, CHECK_MARGIN))
      .map(({ bar, value }) => `${measurement.name}: ${toNumber(value)}, the bar is ${barText(bar)}`),
  );
}

function writeDocs(file: string, summaries: readonly Summary[]): void {
  const section = `node-${process.versions.node.split('.')[0]}`;
  const [start, end] = [`<!-- ${section} -->`, `<!-- /${section} -->`];
  const text = readFileSync(file, 'utf8');
  const from = text.indexOf(start);
  const to = text.indexOf(end);
  if (from < 0 || to < from) throw new Error(`${file} has no section ${start} … ${end}`);
  const content = `${describeMachine()}\n\n${toMarkdownTable(summaries)}`;
  writeFileSync(file, `${text.slice(0, from + start.length)}\n${content}\n${text.slice(to)}`);
}

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'boolean', default: false },
    check: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    docs: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

if (flags.help || positionals.some((name) => !CASES.some((known) => known === name))) {
  console.log(USAGE);
  process.exitCode = flags.help ? 0 : 2;
} else {
  const summaries = await summarisedRun(positionals, flags.check || flags.quick);
  console.log(flags.json ? toJson(summaries) : `${describeMachine()}\n\n${toTable(summaries)}`);
  if (flags.docs !== undefined) writeDocs(flags.docs, summaries);
  const problems = flags.check ? broken(summaries) : [];
  for (const problem of problems) console.error(problem);
  if (problems.length > 0) process.exitCode = 1;
}
