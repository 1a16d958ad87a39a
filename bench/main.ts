import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { CHECK_MARGIN } from './bars.js';
import { CASES, runCase } from './cases.js';
import { checkCase } from './check.js';
import { describeMachine } from './machine.js';
import type { Measurement } from './measurement.js';
import { toJson, toMarkdownTable, toTable } from './report.js';
import { poolRuns, type Summary, summarise } from './summary.js';

/** Enough for an interval of the median that leaves out the most disturbed run on each side. */
const RUNS = 11;

const USAGE = `Usage: npm run bench -- [flags] [case ...]

Measures the built package beside its peers: ${CASES.join(', ')}.

  --json         print JSON
  --check        run each case once, again if a bar is broken, and end with 1 if three runs break the same bar by
                 more than ${CHECK_MARGIN} times; bars on times, which depend on the machine, are not checked
  --docs <file>  replace this Node.js line's section of a Markdown file
  --quick        one run, whose rounds are the samples, instead of ${RUNS}
`;

async function measureCase(name: string): Promise<readonly Measurement[]> {
  const startedAt = performance.now();
  const measurements = await runCase(name);
  process.stderr.write(`${name}: ${((performance.now() - startedAt) / 1000).toFixed(0)} s\n`);
  return measurements;
}

/** All cases in each run, so that the runs of one case are spread over the whole time. */
async function measureRuns(names: readonly string[], runs: number): Promise<readonly Summary[]> {
  const byName = new Map<string, Measurement[]>();
  for (let run = 0; run < runs; run += 1) {
    process.stderr.write(`run ${run + 1} of ${runs}\n`);
    for (const name of names) {
      for (const measurement of await measureCase(name)) {
        const known = byName.get(measurement.name);
        if (known === undefined) byName.set(measurement.name, [measurement]);
        else known.push(measurement);
      }
    }
  }
  return [...byName.values()].map((measurements) => summarise(poolRuns(measurements)));
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

if (flags.help || positionals.some((name) => !CASES.includes(name))) {
  console.log(USAGE);
  process.exitCode = flags.help ? 0 : 2;
} else {
  const names = CASES.filter((known) => positionals.length === 0 || positionals.includes(known));
  const problems: string[] = [];
  const summaries: Summary[] = [];
  if (flags.check) {
    for (const name of names) {
      const checked = await checkCase(() => measureCase(name));
      summaries.push(...checked.summaries);
      problems.push(...checked.problems);
    }
  } else summaries.push(...(await measureRuns(names, flags.quick ? 1 : RUNS)));
  console.log(flags.json ? toJson(summaries) : `${describeMachine()}\n\n${toTable(summaries)}`);
  if (flags.docs !== undefined) writeDocs(flags.docs, summaries);
  for (const problem of problems) console.error(problem);
  if (problems.length > 0) process.exitCode = 1;
}
