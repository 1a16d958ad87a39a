import { readFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { type Command, EXIT, type ExitCode, readCommandLine, refuse, type Terminal } from '../command.js';
import { printable } from '../outside-text.js';
import { compareFiles, type FileChange, readLastRecord } from './file-changes.js';
import { unifiedDiff } from './file-diff.js';
import { type InitParameters, isPlatform, type Platform, resolveParameters } from './init-parameters.js';
import { nextSteps } from './next-steps.js';
import { replaceFiles } from './replace-files.js';
import { checkFolder } from './safe-folder.js';
import { filesFor } from './stack-files.js';
import { RECORD_PATH, recordOf, type WrittenRecord } from './written-record.js';

const USAGE = `Usage: npx llm-edge-monitoring init [folder] [flags]

Writes dashboards, rules, and the files of Prometheus, Alertmanager, Collector and Grafana into a
folder of this project: monitoring, or monitoring/kubernetes with --kubernetes. Run it again to
update them, with only the flags that change: the others are remembered. If you have changed one of
the files since, nothing is written.

  --job <name>                   name of the service, as in OTEL_SERVICE_NAME
                                 (default: that, or the name in package.json)
  --objective <percent>          share of the operations that should succeed (default: 99.5)
  --target <host:port>           what Prometheus scrapes; may be repeated
                                 (default: host.docker.internal:9464)
  --without-docker               for programs on this machine instead of containers
                                 (default target: localhost:9464)

  --kubernetes                   manifests for a cluster with the Prometheus operator
  --without-operator             with --kubernetes: annotations and a scrape job instead
  --namespace <name>             where the service runs (default: default)
  --monitoring-namespace <name>  where Prometheus and Grafana run (default: monitoring)
  --port <port>                  where the service is scraped (default: 9464)

  --dry-run                      list what would be written, and write nothing
  --diff                         show how existing files would change, and write nothing
  --force                        overwrite files that were changed
  --help                         show this

Exit code: 0 done, 1 nothing was written, 2 the command line is wrong.
`;

const FLAGS = {
  job: { type: 'string' },
  objective: { type: 'string' },
  target: { type: 'string', multiple: true },
  'without-docker': { type: 'boolean' },
  kubernetes: { type: 'boolean' },
  'without-operator': { type: 'boolean' },
  namespace: { type: 'string' },
  'monitoring-namespace': { type: 'string' },
  port: { type: 'string' },
  'dry-run': { type: 'boolean' },
  diff: { type: 'boolean' },
  force: { type: 'boolean' },
} as const;

/** Writes the files of a monitoring stack into a project. */
export const init: Command = { usage: USAGE, run };

async function run(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const line = readCommandLine(args, FLAGS);
  if (!line.ok) return refuse(terminal, line.problem, USAGE);
  const { flags, values } = line;
  if (values.length > 1) return refuse(terminal, 'Give one folder at most.', USAGE);
  const platform = platformOf(flags);
  if (platform === undefined) {
    const problem =
      '--without-docker cannot be combined with --kubernetes, and --without-operator requires it.';
    return refuse(terminal, problem, USAGE);
  }
  const isForCluster = platform === 'operator' || platform === 'annotations';
  const folder = resolve(
    terminal.folder,
    values[0] ?? (isForCluster ? join('monitoring', 'kubernetes') : 'monitoring'),
  );
  try {
    await checkFolder(terminal.folder, folder);
    const record = await readLastRecord(folder);
    const { platform: last = platform, ...remembered } = record?.parameters ?? {};
    // What the last run was for needs no repetition.
    const isGiven = flags['without-docker'] || flags.kubernetes;
    if (!isPlatform(last) || (isGiven && last !== platform)) {
      terminal.stderr.write(
        'Nothing was written: the folder holds the files for another platform. Name another folder.\n',
      );
      return EXIT.failed;
    }
    const resolved = resolveParameters(last, flags, remembered, await jobDefault(terminal));
    if (!resolved.ok) return refuse(terminal, resolved.problem, USAGE);
    return await write(folder, resolved.parameters, record, flags, terminal);
  } catch (error) {
    terminal.stderr.write(`Nothing was written: ${printable((error as Error).message)}\n`);
    return EXIT.failed;
  }
}

type InitFlags = Readonly<
  Partial<Record<keyof typeof FLAGS, string | boolean | readonly string[] | undefined>>
>;

function platformOf(flags: InitFlags): Platform | undefined {
  if (flags.kubernetes) {
    if (flags['without-docker']) return undefined;
    return flags['without-operator'] ? 'annotations' : 'operator';
  }
  if (flags['without-operator']) return undefined;
  return flags['without-docker'] ? 'programs' : 'compose';
}

/** The name that the service gives itself, or else that of its package without the scope. */
async function jobDefault({ env, folder }: Terminal): Promise<string | undefined> {
  if (env['OTEL_SERVICE_NAME']) return env['OTEL_SERVICE_NAME'];
  try {
    const { name } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as { name?: unknown };
    return typeof name === 'string' ? name.replace(/^@[^/]*\//, '') : undefined;
  } catch {
    // A project without a package.json that can be read is one without a name.
    return undefined;
  }
}

async function write(
  folder: string,
  parameters: InitParameters,
  record: WrittenRecord | undefined,
  flags: InitFlags,
  terminal: Terminal,
): Promise<ExitCode> {
  const { stdout, stderr } = terminal;
  const files = filesFor(parameters);
  const changes = await compareFiles(folder, [...files, recordOf(files, parameters)], record);
  const name = printable(relative(terminal.folder, folder) || '.');
  const due = changes.filter(({ action }) => action !== 'keep');
  const lost = due.filter(({ action }) => action === 'overwrite');
  const isTrial = flags['dry-run'] === true || flags.diff === true;

  if (flags.diff) {
    const shown = due.filter(({ path }) => path !== RECORD_PATH);
    stdout.write(shown.map((it) => (it.former === undefined ? listed(name, it) : unifiedDiff(it))).join(''));
  }
  if (flags['dry-run']) stdout.write(changes.map((change) => listed(name, change)).join(''));
  if (lost.length > 0 && !flags.force) {
    const paths = lost.map(({ path }) => `  ${name}/${path}\n`).join('');
    stderr.write(
      `Nothing was written: these files are not as init left them. --diff shows how they would change, --force overwrites them.\n${paths}`,
    );
    return EXIT.failed;
  }
  if (isTrial) return EXIT.ok;
  if (due.length === 0) {
    stdout.write(`${name} is up to date.\n`);
    return EXIT.ok;
  }
  await replaceFiles(folder, due);
  stdout.write(due.map((change) => listed(name, change)).join(''));
  const paths = new Set(changes.map(({ path }) => path));
  const dropped = Object.keys(record?.files ?? {}).filter((path) => !paths.has(path) && !isOutside(path));
  for (const path of dropped) stdout.write(`no longer used: ${name}/${printable(path)}\n`);
  stdout.write(`\n${nextSteps(name, parameters)}`);
  return EXIT.ok;
}

/** A record from outside may name any path; nobody should be led to delete it. */
const isOutside = (path: string): boolean => path.startsWith('/') || path.split(/[\\/]/).includes('..');

const ACTION_WIDTH = 'overwrite'.length;

function listed(folder: string, { action, path }: FileChange): string {
  return `${action.padEnd(ACTION_WIDTH)}  ${folder}/${path}\n`;
}
