import { type Command, EXIT, type ExitCode, readCommandLine, refuse, type Terminal } from '../command.js';
import { learnRecordingRules, type Migrated, migrateDocument, type Recorded } from './migrate-document.js';
import { type InputFile, readInputs, replaceFile, writeNewFiles } from './migrated-files.js';
import { jsonReport, textReport } from './migration-report.js';
import { createDictionary } from './names/dictionary.js';
import { SOURCES } from './names/sources.js';

const NAMES = SOURCES.map(({ name }) => name).join('|');

const USAGE = `Usage: npx llm-edge-monitoring migrate <files> --from <product> | --to <product> [flags]

Rewrites the PromQL of Grafana dashboards (.json) and of Prometheus rule files (.yml, .yaml) to
llm_edge_*, or back. One file without --write, --out and --json is printed. Queries without a
counterpart are left as they are and listed on standard error.

  --from <product>  whose names the files use: ${NAMES}
  --to <product>    the reverse: from llm_edge_* to the product's names
  --write           replace the files
  --out <folder>    write the files into a folder, under the same names
  --json            print JSON, a report; without --write and --out nothing else
  --help            show this

Exit code: 0 all was rewritten, 1 something was not, 2 the command line is wrong.
`;

const FLAGS = {
  from: { type: 'string' },
  to: { type: 'string' },
  write: { type: 'boolean' },
  out: { type: 'string' },
  json: { type: 'boolean' },
} as const;

/** A file, and what became of it. */
export type Outcome = { readonly file: InputFile; readonly migrated: Migrated };

export const migrate: Command = {
  usage: USAGE,
  async run(args, terminal): Promise<ExitCode> {
    const line = readCommandLine(args, FLAGS);
    if (!line.ok) return refuse(terminal, line.problem, USAGE);
    const { flags, values } = line;
    const { from, to, write = false, out, json = false } = flags;
    const source = SOURCES.find(({ name }) => name === (from ?? to));
    const problem = problemOf(flags, values, source !== undefined);
    if (problem !== undefined || source === undefined) return refuse(terminal, problem ?? '', USAGE);

    const read = await readInputs(values, terminal.folder);
    if (!read.ok) return fail(terminal, read.problems);
    const dictionary = createDictionary(source, from === undefined ? 'toTheirs' : 'toOurs');
    const recorded: Recorded = new Map();
    for (const { text, format } of read.files) learnRecordingRules(text, format, dictionary, recorded);
    const outcomes = read.files.map(
      (file): Outcome => ({
        file,
        migrated: migrateDocument(file.text, file.format, dictionary, recorded),
      }),
    );
    const broken = outcomes.flatMap(({ file, migrated }) =>
      migrated.ok ? [] : [`${file.name}: ${migrated.problem}`],
    );
    if (broken.length > 0) return fail(terminal, broken);

    const texts = outcomes.map(({ file, migrated }) => ({ file, text: migrated.ok ? migrated.text : '' }));
    const written =
      out === undefined
        ? write
          ? await replaceFile(texts)
          : []
        : await writeNewFiles(texts, out, terminal.folder);
    if (written.length > 0) return fail(terminal, written);
    const isPrinted = !write && out === undefined && !json;
    if (isPrinted) for (const { text } of texts) terminal.stdout.write(text);
    if (json) terminal.stdout.write(jsonReport(outcomes));
    else terminal.stderr.write(textReport(outcomes));
    const isComplete = outcomes.every(
      ({ migrated }) => migrated.ok && migrated.queries.every(({ outcome }) => outcome !== 'left'),
    );
    return isComplete ? EXIT.ok : EXIT.failed;
  },
};

function problemOf(
  flags: {
    readonly from?: string | undefined;
    readonly to?: string | undefined;
    readonly write?: boolean | undefined;
    readonly out?: string | undefined;
    readonly json?: boolean | undefined;
  },
  values: readonly string[],
  isKnown: boolean,
): string | undefined {
  const { from, to, write, out, json } = flags;
  if ((from === undefined) === (to === undefined)) return 'Give one of --from and --to.';
  if (!isKnown) return `${from ?? to} is not a product that this command knows.`;
  if (values.length === 0) return 'Name at least one file.';
  if (write && out !== undefined) return 'Give only one of --write and --out.';
  if (values.length > 1 && !write && out === undefined && !json) {
    return 'Only one file can be printed; for more, add --write, --out or --json.';
  }
  return undefined;
}

function fail({ stderr }: Terminal, problems: readonly string[]): ExitCode {
  stderr.write(problems.map((problem) => `${problem}\n`).join(''));
  return EXIT.failed;
}
