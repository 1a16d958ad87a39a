import { type Command, EXIT, type ExitCode, readCommandLine, refuse, type Terminal } from '../command.js';
import { printable } from '../outside-text.js';
import { pageUrl } from '../page-url.js';
import { ANSWER_DIAGNOSES } from './answer-diagnoses.js';
import { COUNT_DIAGNOSES } from './count-diagnoses.js';
import { sumOf } from './diagnosis.js';
import { type Evidence, gatherEvidence, hasOurMetrics } from './evidence.js';

const DEFAULT_URL = 'http://localhost:9464/metrics';
const AUTHORIZATION_VARIABLE = 'LLM_EDGE_METRICS_AUTHORIZATION';
const STATUS_VARIABLE = 'LLM_EDGE_STATUS_AUTHORIZATION';

const USAGE = `Usage: npx llm-edge-monitoring doctor [url] [flags]

Reads the metrics page of a running process and finds out why nothing, or not everything, is
counted. The most likely cause comes first. The default URL is ${DEFAULT_URL}.

  --service <name>                the service name to expect
  --authorization <value>         the Authorization header of the page, such as "Bearer ..."
                                  (default: ${AUTHORIZATION_VARIABLE})
  --status-authorization <value>  the same for the status page
                                  (default: ${STATUS_VARIABLE})
  --json                          print JSON
  --help                          show this

Exit code: 0 nothing is wrong, 1 something is, 2 the command line is wrong.
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
  readonly severity: 'problem' | 'note';
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
    return refuse(terminal, `${text || 'An empty text'} is not a URL such as ${DEFAULT_URL}.`, USAGE);
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
  return findings.some(isProblem) ? EXIT.failed : EXIT.ok;
}

const isProblem = ({ severity }: Finding): boolean => severity === 'problem';

/** Problems before notes. Without a page of this package, the causes of that are all there is to say. */
function findingsOf(evidence: Evidence): readonly Finding[] {
  const diagnoses = hasOurMetrics(evidence.families) ? COUNT_DIAGNOSES : ANSWER_DIAGNOSES;
  const findings = diagnoses.flatMap(({ id, isNote, test, remedy }): readonly Finding[] => {
    const found = test(evidence);
    const severity = isNote ? 'note' : 'problem';
    return found === undefined ? [] : [{ id, severity, text: printable(found), remedy }];
  });
  return [...findings.filter(isProblem), ...findings.filter((finding) => !isProblem(finding))];
}

function document({ url, processes }: Evidence, findings: readonly Finding[]): object {
  const services = [...new Set(processes.map(({ serviceName }) => printable(serviceName)))];
  return { schemaVersion: 1, url: url.href, services, findings };
}

function report(evidence: Evidence, findings: readonly Finding[]): string {
  const {
    url,
    processes: [first],
  } = evidence;
  const of =
    first === undefined
      ? ''
      : `: service ${printable(first.serviceName)}, instance ${printable(first.instanceId)}`;
  const listed = findings.map(({ severity, text, remedy, id }, index) => {
    const bullet = severity === 'problem' ? `${index + 1}.` : 'Note:';
    return `${bullet} ${text} [${id}]\n${wrapped(remedy)}\n`;
  });
  const counted = sumOf(evidence, 'llm_edge_requests_total');
  const calm = findings.some(isProblem) ? [] : [`Nothing is wrong: ${counted} requests were counted.\n`];
  return `${url.href}${of}\n\n${[...calm, ...listed].join('\n')}`;
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
