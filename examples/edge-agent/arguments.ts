import { parseArgs } from 'node:util';
import { isProvider, PROVIDERS, type Provider } from './chat.js';

/** What the command line says. */
export interface Arguments {
  /** Stop after this many requests to the gateway; run until interrupted where absent. */
  readonly requests: number | undefined;
  /** Requests to the gateway per second, or as many as `concurrency` callers can send. */
  readonly rate: number | 'max';
  readonly concurrency: number;
  readonly seed: number;
  /** Address that the gateway listens on. */
  readonly host: string;
  readonly port: number;
  /** Absent: `OTEL_EXPORTER_PROMETHEUS_PORT`, or 9464. */
  readonly metricsPort: number | undefined;
  /** Stop the callers once standard input ends. */
  readonly isUntilEof: boolean;
  readonly isJson: boolean;
  readonly isDetailed: boolean;
  readonly isHeld: boolean;
  readonly isInstant: boolean;
  /** Whether the providers fail now and then, by themselves. */
  readonly isFaulty: boolean;
  /** The providers that are down from the start. */
  readonly outages: readonly Provider[];
  readonly isMonitored: boolean;
}

export type ParsedArguments =
  | { readonly kind: 'run'; readonly arguments: Arguments }
  | { readonly kind: 'help' }
  | { readonly kind: 'wrong'; readonly problem: string };

export const USAGE = `Usage: npx llm-edge-monitoring demo [flags]
       npm start -- [flags]                  in the repository

Runs a gateway, two simulated providers and callers, and shows what is measured. Ctrl-C ends it.

  --outage <provider>  openai or anthropic: down from the start. While it runs, the keys o and a
                       begin and end an outage, and so do PUT and DELETE of /outages/<provider>
  --faults             providers refuse, fail and go down now and then, as real ones do
  --requests <n>       stop after the callers have sent n requests to the gateway
  --until-eof          stop the callers once standard input ends
  --rate <n|max>       requests per second (default: 20), or as many as the callers can
  --concurrency <n>    concurrent callers, at most (default: 64)
  --seed <n>           seed of the prompts, latencies and faults (default: 1)
  --host <address>     address the gateway listens on (default: 127.0.0.1); 0.0.0.0 in a container
  --port <n>           port of the gateway (default: 8787); 0 takes a free one
  --metrics-port <n>   port of the status page and /metrics (default: 9464); 0 takes a free one
  --json               print JSON, the totals in one line, and nothing else
  --details            with --json, also the operations, the retries and each model separately
  --hold               keep the ports open after the last request, until Ctrl-C
  --instant            providers answer at once and never fail, to measure the gateway itself
  --no-monitoring      run without monitoring, for comparison
  --help               show this

Exit code: 0 ended by you or by --requests, 1 a failure, 2 the command line is wrong.
`;

/** Reads the flags after the script's name. Says what is wrong rather than guessing. */
export function parseArguments(args: readonly string[]): ParsedArguments {
  let values: ReturnType<typeof readFlags>;
  try {
    values = readFlags(args);
  } catch (error) {
    return { kind: 'wrong', problem: (error as Error).message.replace(/\p{Cc}/gu, '?') };
  }
  if (values.help) return { kind: 'help' };

  const problems: string[] = [];
  const number = (flag: string, text: string, least: number, most: number): number => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (value >= least && value <= most) return value;
    problems.push(`--${flag} must be a whole number from ${least} to ${most}, not "${text}"`);
    return least;
  };
  const port = (flag: string, text: string) => number(flag, text, 0, 65_535);
  const outages = values.outage.filter(isProvider);
  const strangers = values.outage.filter((name) => !isProvider(name));
  if (strangers.length > 0) {
    problems.push(`--outage must be ${PROVIDERS.join(' or ')}, not "${strangers.join('", "')}"`);
  }
  if (values.instant && values.faults) problems.push('--instant and --faults cannot be combined');
  const parsed: Arguments = {
    requests:
      values.requests === undefined ? undefined : number('requests', values.requests, 1, 1_000_000_000),
    rate: values.rate === 'max' ? 'max' : number('rate', values.rate, 1, 100_000),
    concurrency: number('concurrency', values.concurrency, 1, 10_000),
    seed: number('seed', values.seed, 0, Number.MAX_SAFE_INTEGER),
    host: values.host,
    port: port('port', values.port),
    metricsPort:
      values['metrics-port'] === undefined ? undefined : port('metrics-port', values['metrics-port']),
    isUntilEof: values['until-eof'],
    isJson: values.json,
    isDetailed: values.details,
    isHeld: values.hold,
    isInstant: values.instant,
    isFaulty: values.faults,
    outages,
    isMonitored: !values['no-monitoring'],
  };
  return problems.length > 0
    ? { kind: 'wrong', problem: problems.join('\n') }
    : { kind: 'run', arguments: parsed };
}

function readFlags(args: readonly string[]) {
  const { values } = parseArgs({
    args: [...args],
    options: {
      requests: { type: 'string' },
      rate: { type: 'string', default: '20' },
      concurrency: { type: 'string', default: '64' },
      seed: { type: 'string', default: '1' },
      host: { type: 'string', default: '127.0.0.1' },
      port: { type: 'string', default: '8787' },
      'metrics-port': { type: 'string' },
      json: { type: 'boolean', default: false },
      'until-eof': { type: 'boolean', default: false },
      details: { type: 'boolean', default: false },
      hold: { type: 'boolean', default: false },
      faults: { type: 'boolean', default: false },
      outage: { type: 'string', multiple: true, default: [] },
      instant: { type: 'boolean', default: false },
      'no-monitoring': { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
    strict: true,
    allowPositionals: false,
  });
  return values;
}
