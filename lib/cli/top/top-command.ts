import { type Command, EXIT, type ExitCode, readCommandLine, refuse, type Terminal } from '../command.js';
import { createViewer } from './create-viewer.js';
import { createPrometheusSource, matcher } from './prometheus-source.js';
import type { Source } from './reading.js';
import { createScrapedFleet } from './scraped-fleet.js';
import { fixedTargets, resolvedTargets } from './target-lists.js';
import type { Keyboard } from './terminal-screen.js';
import { watch } from './watch.js';

const DEFAULT_URL = 'http://localhost:9464/metrics';
const AUTHORIZATION_VARIABLE = 'LLM_EDGE_METRICS_AUTHORIZATION';

const USAGE = `Usage: npx llm-edge-monitoring top [url ...] [flags]
       npx llm-edge-monitoring top --dns <name>[:<port>] [flags]
       npx llm-edge-monitoring top --prometheus <url> [flags]

Shows requests, errors, latency, tokens, cost, cache, providers and budgets of one process or of a
fleet, live. Several URLs form one fleet. The default URL is ${DEFAULT_URL}.
Quit with q or Ctrl-C.

  --dns <name>[:<port>]    scrape every address of the name, resolved again each time
                           (default port: 9464)
  --prometheus <url>       query Prometheus instead of scraping, such as http://localhost:9090
  --job <name>             with --prometheus, the job to show (default: all)
  --selector <matchers>    with --prometheus, further matchers, such as 'env="prod"'
  --interval <seconds>     time between updates (default: 2)
  --window <seconds>       window of rates and quantiles
                           (default: 10; with --prometheus 60)
  --authorization <value>  the Authorization header of the page or Prometheus, such as "Bearer ..."
                           (default, for pages: ${AUTHORIZATION_VARIABLE})
  --once                   print once and exit
  --json                   print JSON, one line per update
  --help                   show this

Exit code: 0 ended by you, 1 with --once if no target answers, 2 the command line is wrong.
`;

const FLAGS = {
  dns: { type: 'string' },
  prometheus: { type: 'string' },
  job: { type: 'string' },
  selector: { type: 'string' },
  interval: { type: 'string', default: '2' },
  window: { type: 'string' },
  authorization: { type: 'string' },
  json: { type: 'boolean', default: false },
  once: { type: 'boolean', default: false },
} as const;

const TIMEOUT_MILLIS_MAX = 5_000;

export const top: Command = {
  usage: USAGE,
  run: (args, terminal) => runTop(args, terminal, process.stdin),
};

/** Runs the command with a keyboard. */
export async function runTop(
  args: readonly string[],
  terminal: Terminal,
  stdin: Keyboard,
): Promise<ExitCode> {
  const line = readCommandLine(args, FLAGS);
  if (!line.ok) return refuse(terminal, line.problem, USAGE);
  const { flags, values } = line;
  const { dns, prometheus, json: isJson, once: isOnce } = flags;
  const intervalSeconds = secondsOf(flags.interval, 0.2, 3_600);
  const windowSeconds = secondsOf(flags.window ?? (prometheus === undefined ? '10' : '60'), 1, 86_400);
  const problem =
    (intervalSeconds === undefined ? '--interval takes seconds from 0.2 to 3600.' : undefined) ??
    (windowSeconds === undefined ? '--window takes seconds from 1 to 86400.' : undefined) ??
    conflict(values, flags);
  if (problem !== undefined || intervalSeconds === undefined || windowSeconds === undefined) {
    return refuse(terminal, problem ?? '', USAGE);
  }
  const timeoutMillis = Math.min(TIMEOUT_MILLIS_MAX, Math.max(1_000, intervalSeconds * 1_000));
  const source = prometheus === undefined ? scraped() : queried(prometheus, windowSeconds);
  if ('problem' in source) return refuse(terminal, source.problem, USAGE);
  const viewer = createViewer(source.title, windowSeconds);
  const code = await watch({
    source,
    viewer,
    intervalMillis: intervalSeconds * 1_000,
    isJson,
    isOnce,
    terminal,
    stdin,
  });
  if (code === EXIT.failed) terminal.stderr.write('No target answers.\n');
  return code;

  function scraped(): Source | { readonly problem: string } {
    const targets =
      dns === undefined ? fixedTargets(values.length === 0 ? [DEFAULT_URL] : values) : resolvedTargets(dns);
    if ('problem' in targets) return targets;
    const authorization = flags.authorization ?? (terminal.env[AUTHORIZATION_VARIABLE] || undefined);
    return createScrapedFleet({ targets, authorization, timeoutMillis });
  }

  function queried(text: string, rangeSeconds: number): Source | { readonly problem: string } {
    const url = /^https?:\/\//i.test(text) ? text : `http://${text}`;
    if (!URL.canParse(url))
      return { problem: `--prometheus ${text} is not a URL such as http://localhost:9090.` };
    const matchers = [flags.job === undefined ? '' : matcher('job', flags.job), flags.selector ?? ''];
    const selector = matchers.filter((text) => text.trim() !== '').join(', ');
    // Only the flag: the variable is the secret of the pages, which Prometheus need not learn.
    const { authorization } = flags;
    return createPrometheusSource({
      url,
      selector,
      authorization,
      windowSeconds: rangeSeconds,
      timeoutMillis,
    });
  }
}

interface SourceFlags {
  readonly dns?: string | undefined;
  readonly prometheus?: string | undefined;
  readonly job?: string | undefined;
  readonly selector?: string | undefined;
}

function conflict(
  urls: readonly string[],
  { dns, prometheus, job, selector }: SourceFlags,
): string | undefined {
  const sources = [urls.length > 0 ? 'urls' : undefined, dns && '--dns', prometheus && '--prometheus'];
  const named = sources.filter((source) => source !== undefined);
  if (named.length > 1) return `Use either ${named.join(' or ')}.`;
  if (prometheus === undefined && (job ?? selector) !== undefined) {
    return '--job and --selector need --prometheus.';
  }
  return undefined;
}

function secondsOf(text: string, min: number, max: number): number | undefined {
  const seconds = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  return seconds >= min && seconds <= max ? seconds : undefined;
}
