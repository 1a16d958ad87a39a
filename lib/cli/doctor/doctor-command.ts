import { type Command, EXIT, type ExitCode, readCommandLine, refuse, type Terminal } from '../command.js';
import { printable } from '../outside-text.js';
import { pageUrl } from '../page-url.js';
import { ANSWER_DIAGNOSES } from './answer-diagnoses.js';
import { COUNT_DIAGNOSES } from './count-diagnoses.js';
import { type Evidence, gatherEvidence, hasOurMetrics } from './evidence.js';

const DEFAULT_URL = 'http://localhost:9464/metrics';
const AUTHORIZATION_VARIABLE = 'LLM_EDGE_METRICS_AUTHORIZATION';
const STATUS_VARIABLE = 'LLM_EDGE_STATUS_AUTHORIZATION';

const USAGE = `Usage: npx llm-edge-monitoring doctor [url] [flags]

Reads the metrics page of a running process and finds out why nothing, or not everything, is counted. The most likely
cause comes first. The default URL is ${DEFAULT_URL}. Exit code 0: nothing found; 1: something found.

  --service <name>                the service name to expect
  --authorization <value>         the Authorization header of the page; ${AUTHORIZATION_VARIABLE} otherwise
  --status-authorization <value>  the same for the status page; ${STATUS_VARIABLE} otherwise
  --json                          print JSON
  --help                          show this
`;

const FLAGS = {
  service: { type: 'string' },
  authorization: { type: 'string' },
  'status-authorization': { type: 'string' },
  json: { type: 'boolean', default: false },
} as const;

/** What the doctor found. */
interface Finding {
  readonly id: string;
  readonly text: string;
  readonly remedy: string;
}

export const doctor: Command = { usage: USAGE, run: runDoctor };

async function runDoctor(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const line = readCommandLine(args, FLAGS);
  if (!line.ok) return refuse(terminal, line.problem, USAGE);
  const { flags, values } = line;
  const [text = DEFAULT_URL, ...more] = values;
  if (more.length > 0) return refuse(terminal, 'Name one url.', USAGE);
  const url = pageUrl(text);
  if (url === undefined) {
    return refuse(terminal, `${printable(text)} is not a URL such as ${DEFAULT_URL}.`, USAGE);
  }
  const { env, stdout } = terminal;
  const evidence = await gatherEvidence(new URL(url), {
    env,
    expectedService: flags.service,
    authorization: flags.authorization ?? (env[AUTHORIZATION_VARIABLE] || undefined),
    statusAuthorization: flags['status-authorization'] ?? (env[STATUS_VARIABLE] || undefined),
  });
  const findings = findingsOf(evidence);
  stdout.write(flags.json ? `${JSON.stringify(document(evidence, findings))}\n` : report(evidence, findings));
  return findings.length === 0 ? EXIT.ok : EXIT.failed;
}

/** Without a page of this package, the causes of that are all there is to say. */
function findingsOf(evidence: Evidence): readonly Finding[] {
  const diagnoses = hasOurMetrics(evidence.families) ? COUNT_DIAGNOSES : ANSWER_DIAGNOSES;
  return diagnoses.flatMap(({ id, test, remedy }) => {
    const found = test(evidence);
    return found === undefined ? [] : [{ id, text: printable(found), remedy }];
  });
}

function document({ url, processes }: Evidence, findings: readonly Finding[]): object {
  const services = [...new Set(processes.map(({ serviceName }) => printable(serviceName)))];
  return { schemaVersion: 1, url: url.href, services, findings };
}

function report({ url, processes }: Evidence, findings: readonly Finding[]): string {
  const [first] = processes;
  const of =
    first === undefined
      ? ''
      : `: service ${printable(first.serviceName)}, instance ${printable(first.instanceId)}`;
  const listed = findings.map(({ text, remedy, id }, index) => {
    return `${index + 1}. ${text} [${id}]\n${wrapped(remedy)}\n`;
  });
  return `${url.href}${of}\n\n${listed.length === 0 ? 'Nothing found: requests are counted.\n' : listed.join('\n')}`;
}

const COLUMNS = 80;
const INDENT = '   ';

function wrapped(text: string): string {
  const lines = [''];
  for (const word of text.split(' ')) {
    const last = lines.at(-1) ?? '';
    if (last !== '' && INDENT.length + last.length + 1 + word.length > COLUMNS) lines.push(word);
    else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`;
  }
  return lines.map((line) => INDENT + line).join('\n');
}
