import { SETTINGS } from '../../config/settings.js';
import { resolveConfig } from '../../monitoring/resolve-config.js';
import { type Command, EXIT, type ExitCode, readCommandLine, refuse, type Terminal } from '../command.js';
import { printable } from '../outside-text.js';
import { examine, type Findings } from './findings.js';
import { countWrong, renderCheck } from './render-check.js';
import { configUrl, readRunningConfig } from './running-config.js';

/** The better place for the header: a secret on a command line can be read by other users of the machine. */
const [AUTHORIZATION_VARIABLE = ''] = SETTINGS['statusPage.authorization'].variables;

const USAGE = `Usage: npx llm-edge-monitoring check [url] [flags]

Shows every setting with its value and its origin, and what is wrong. Without a URL, it reads
this shell's environment and tests what the settings point to: the Collector on its protocol, the
scrape port, price file, price list and certificates. With a URL (localhost:9464), it reads the
settings of that running process. Secrets are not shown.

  --authorization <value>  the Authorization header of the status page, such as "Bearer ..."
                           (default: ${AUTHORIZATION_VARIABLE})
  --json                   print JSON
  --help                   show this

Exit code: 0 nothing is wrong, 1 something is, 2 the command line is wrong.
`;

export const check: Command = {
  usage: USAGE,
  async run(args, terminal) {
    const line = readCommandLine(args, { json: { type: 'boolean' }, authorization: { type: 'string' } });
    if (!line.ok) return refuse(terminal, line.problem, USAGE);
    const { flags, values } = line;
    const [target, ...others] = values;
    if (others.length > 0) return refuse(terminal, 'check takes one URL.', USAGE);
    if (target === undefined) return checkShell(terminal, flags.json === true);
    const url = configUrl(target);
    if (url === undefined) {
      return refuse(terminal, 'Write a URL such as http://localhost:9464, without user and password.', USAGE);
    }
    const authorization = flags.authorization ?? (terminal.env[AUTHORIZATION_VARIABLE]?.trim() || undefined);
    const running = await readRunningConfig(url, authorization);
    if (running.ok) return report(running.findings, 'in the process', terminal, flags.json === true);
    terminal.stderr.write(`${url.origin}: ${printable(running.problem)}\n`);
    return EXIT.failed;
  },
};

async function checkShell(terminal: Terminal, isJson: boolean): Promise<ExitCode> {
  const resolved = resolveConfig({}, terminal.env);
  if (!resolved.ok) {
    terminal.stderr.write(`${resolved.error.message}\n`);
    return EXIT.failed;
  }
  return report(await examine(resolved.value, terminal.env), 'in this shell', terminal, isJson);
}

function report(findings: Findings, source: string, { stdout }: Terminal, isJson: boolean): ExitCode {
  const isOk = countWrong(findings) === 0;
  stdout.write(
    isJson
      ? `${JSON.stringify({ schemaVersion: 1, ok: isOk, ...findings }, null, 2)}\n`
      : renderCheck(findings, source),
  );
  return isOk ? EXIT.ok : EXIT.failed;
}
