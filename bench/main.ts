import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { CHECK_MARGIN } from './bars.js';
import { CASES, runCase } from './cases.js';
import { checkCase } from './check.js';
import { describeMachine } from './machine.js';
import { toJson, toMarkdownTable, toTable } from './report.js';
import { type Summary, summarise } from './summary.js';

const USAGE = `Usage: npm run bench -- [flags] [case ...]

Measures the built package beside its peers: ${CASES.join(', ')}.

  --json         print JSON
  --check        be quick, and end with 1 where a bar that is no time of this machine is broken by more
                 than ${CHECK_MARGIN} times in three runs
  --docs <file>  replace this Node.js line's section of a Markdown file
  --quick        few rounds
`;

interface Run {
  readonly summaries: readonly Summary[];
  readonly problems: readonly string[];
}

async function runCases(names: readonly string[], flags: { check: boolean; quick: boolean }): Promise<Run> {
  const summaries: Summary[] = [];
  const problems: string[] = [];
  for (const name of CASES.filter((known) => names.length === 0 || names.includes(known))) {
    const measureCase = () => {
      process.stderr.write(`${name} ...\n`);
      return runCase(name, flags.check || flags.quick);
    };
    if (flags.check) {
      const checked = await checkCase(measureCase);
      summaries.push(...checked.summaries);
      problems.push(...checked.problems);
    } else summaries.push(...(await measureCase()).map(summarise));
  }
  return { summaries, problems };
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
  const { summaries, problems } = await runCases(positionals, flags);
  console.log(flags.json ? toJson(summaries) : `${describeMachine()}\n\n${toTable(summaries)}`);
  if (flags.docs !== undefined) writeDocs(flags.docs, summaries);
  for (const problem of problems) console.error(problem);
  if (problems.length > 0) process.exitCode = 1;
}
