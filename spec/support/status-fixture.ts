import type {
  ChartPanel,
  StatusDocument,
  StatusPanel,
  StatusSeries,
  StatusUnit,
  TablePanel,
} from '../../lib/status/status-document.js';

/** A name that runs a script where it is taken for markup. */
export const HOSTILE = '<img src=x onerror=alert(1)>';

/** Which document is made. */
export interface StatusFixture {
  /** Seconds since 1970 of the latest point. */
  readonly lastTime: number;
  /** @defaultValue 300 */
  readonly points?: number;
  /** Panels beside the usual ones. */
  readonly more?: readonly StatusPanel[];
  readonly members?: Partial<StatusDocument>;
}

/** The status of a busy gateway, of which one provider fails; the same for the same time, so that tails fit. */
export function statusFixture({
  lastTime,
  points = 300,
  more = [],
  members = {},
}: StatusFixture): StatusDocument {
  const times = Array.from({ length: points }, (_, index) => lastTime - points + 1 + index);
  return {
    schemaVersion: 1,
    title: 'edge-gateway · host-7 · pid 4711 · one of 1',
    process: {
      serviceName: 'edge-gateway',
      serviceVersion: '3.2.0',
      environment: 'production',
      instanceId: '4f1c2d0e-6a3b-4c9d-9d55-0a1b2c3d4e5f',
      hostName: 'host-7',
      pid: 4711,
      shown: 1,
      members: 1,
      startedAt: (lastTime - (lastTime % 100_000) - 11_640) * 1000,
      nodeVersion: 'v20.20.0',
      packageVersion: '0.1.0',
    },
    collectedAt: lastTime * 1000 + 180,
    hasRecorded: true,
    hints: [],
    times,
    panels: [...charts(times), ...tables(lastTime * 1000), ...more],
    ...members,
  };
}

/** The status of a process that has just started. */
export function emptyStatusFixture(lastTime: number): StatusDocument {
  const full = statusFixture({ lastTime, points: 5 });
  return {
    ...full,
    hasRecorded: false,
    hints: [
      {
        text: 'Wrap the client that your program makes its calls with.',
        code: "import { instrumentFetch } from 'llm-edge-monitoring/fetch';\n\nconst openai = new OpenAI({ fetch: instrumentFetch() });",
      },
      {
        text: 'Or change no code: start the program with the preload, which sees every call to a known provider.',
        code: 'NODE_OPTIONS="--import llm-edge-monitoring/register" npm start',
      },
      {
        text: 'Still nothing? The command says why.',
        code: 'npx llm-edge-monitoring doctor http://localhost:9464',
      },
    ],
    panels: full.panels.map((panel) =>
      panel.kind === 'table'
        ? { ...panel, rows: [] }
        : {
            ...panel,
            series: panel.series.map((series) => ({ ...series, values: series.values.map(() => null) })),
          },
    ),
  };
}

/** A chart of many lines and a table of many rows. */
export function largePanels(times: readonly number[], series: number, rows: number): readonly StatusPanel[] {
  return [
    chart('requests_by_model', 'Requests by model', 'per_second', times, [
      ...Array.from({ length: series }, (_, index) => line(`model-${index}`, index / 10 + 0.1)),
    ]),
    table(
      'users',
      'Top users',
      'Users with the highest cost.',
      { User: 'text', Cost: 'usd' },
      Array.from({ length: rows }, (_, index) => [`user-${index}`, rows - index]),
    ),
  ];
}

/** A line around a value, which waves and jitters. */
type Line = (times: readonly number[]) => StatusSeries;

/** Between 0 and 1, as smooth as a rate over some seconds, and the same for the same time and name. */
function noise(time: number, name: string): number {
  const step = Math.floor(time / 8);
  const share = (1 - Math.cos((Math.PI * (time % 8)) / 8)) / 2;
  return random(step, name) * (1 - share) + random(step + 1, name) * share;
}

function random(step: number, name: string): number {
  let hash = step % 100_003;
  for (const letter of name) hash = Math.imul(hash ^ letter.charCodeAt(0), 2_654_435_761) >>> 0;
  hash ^= hash >>> 15;
  return (hash % 10_000) / 10_000;
}

function line(name: string, level: number, tone: StatusSeries['tone'] = 'neutral', jitter = 0.25): Line {
  return (times) => ({
    name,
    tone,
    values: times.map((time) => {
      const wave = 1 + 0.2 * Math.sin(time / 70 + name.length);
      return Math.max(0, level * (wave + jitter * (noise(time, name) - 0.5)));
    }),
  });
}

/** The same line with nothing in it for some of the time. */
function broken(whole: Line, every: number, length: number): Line {
  return (times) => {
    const series = whole(times);
    return {
      ...series,
      values: series.values.map((value, at) => ((times[at] ?? 0) % every < length ? null : value)),
    };
  };
}

function chart(
  id: string,
  title: string,
  unit: StatusUnit,
  times: readonly number[],
  lines: readonly Line[],
  help = title === 'Requests'
    ? 'Requests to providers per second, by outcome; each retry and failover counts as a request.'
    : `${title} of this process over the last minutes.`,
): ChartPanel {
  return { kind: 'chart', id, title, help, unit, series: lines.map((make) => make(times)) };
}

function charts(times: readonly number[]): ChartPanel[] {
  return [
    chart('requests', 'Requests', 'per_second', times, [
      line('success', 41, 'good'),
      line('error', 1.6, 'bad', 1),
    ]),
    chart('errors', 'Errors', 'per_second', times, [
      line('rate_limit', 0.9, 'neutral', 1),
      line('timeout', 0.42, 'neutral', 1),
      line('server_error', 0.21, 'neutral', 1),
    ]),
    chart('latency', 'Latency', 'milliseconds', times, [
      line('p50', 840),
      line('p95', 2400),
      broken(line('p99', 4700), 150, 20),
    ]),
    chart('first_token', 'Time to first token', 'milliseconds', times, [line('p50', 210), line('p95', 520)]),
    chart('tokens', 'Tokens', 'tokens_per_second', times, [line('input', 38_400), line('output', 11_900)]),
    chart('cost', 'Cost', 'usd_per_second', times, [
      line('openai', 0.0122),
      line('anthropic', 0.0084),
      line('bedrock', 0.0011),
    ]),
    chart('cache', 'Cache hit rate', 'ratio', times, [line('L1', 0.31), line('L2', 0.58)]),
    chart('overhead', 'Overhead', 'milliseconds', times, [line('p50', 0.31), line('p95', 1.9)]),
  ];
}

/** The usual tables, with the names that they are about. */
function tables(now: number): TablePanel[] {
  return [
    table(
      'providers',
      'Providers',
      'Each provider in the last minute; the headroom is that of the tightest rate limit it reported.',
      {
        Provider: 'text',
        Requests: 'per_second',
        Errors: 'ratio',
        p95: 'milliseconds',
        Health: 'state',
        Circuit: 'state',
        'Rate limit left': 'ratio',
      },
      [
        ['openai', 24.1, 0.004, 1840, HEALTHY, { text: 'closed', tone: 'good' }, 0.82],
        [
          'anthropic',
          0.4,
          0.91,
          12_400,
          { text: 'unhealthy', tone: 'bad' },
          { text: 'open', tone: 'bad' },
          0.04,
        ],
        ['bedrock', 3.2, 0, 2210, HEALTHY, { text: 'half open', tone: 'warning' }, null],
        ['ollama', 0, null, null, null, null, null],
      ],
    ),
    table(
      'models',
      'Models',
      'Requests, tokens and cost of each model since the start, the most expensive first.',
      {
        Model: 'text',
        Provider: 'text',
        Requests: 'count',
        'Input tokens': 'count',
        'Output tokens': 'count',
        Cost: 'usd',
      },
      [
        ['gpt-4o', 'openai', 61_204, 91_830_412, 18_002_377, 409.6],
        ['claude-sonnet-4-5', 'anthropic', 8123, 12_004_000, 3_910_555, 94.67],
        ['anthropic.claude-3-5-haiku-20241022-v1:0', 'bedrock', 410, 402_000, 99_000, 0.7176],
        [HOSTILE, 'openai', 1312, 20_992, 5248, null],
        ['llama3.2', 'ollama', 12, null, null, null],
      ],
    ),
    table(
      'budgets',
      'Budgets',
      'What this process has spent of each budget in its current window.',
      { Budget: 'text', Spent: 'usd', Limit: 'usd', Share: 'ratio' },
      [
        ['trial / month', 50.31, 50, 1.0062],
        ['team-chat / day', 91.03, 100, 0.9103],
        ['team-search / day', 41.2, 200, 0.206],
      ],
    ),
    table(
      'failures',
      'Last failures',
      'The last failed requests, with the traces that show what happened.',
      { Time: 'time', Provider: 'text', Model: 'text', Error: 'text', Trace: 'trace' },
      [
        ['anthropic', 'claude-sonnet-4-5', 'overloaded', '4bf92f3577b34da6a3ce929d0e0e4736'],
        ['anthropic', 'claude-sonnet-4-5', 'timeout', '0af7651916cd43dd8448eb211c80319c'],
        ['openai', HOSTILE, 'invalid_request', '5b8aa5a2d2c872e8321cf37308d69df2'],
        ['bedrock', 'anthropic.claude-3-5-haiku-20241022-v1:0', 'rate_limit', null],
      ].map((row, index) => [now - index * 17_000 - 4000, ...row]),
    ),
    table(
      'unseen',
      'Unseen traffic',
      'Requests that look like calls to a model and were not recognised, so no other metric counts them.',
      { Host: 'text', 'Seen by': 'text', Requests: 'count' },
      [],
    ),
    table(
      'unpriced',
      'Unpriced traffic',
      'Requests with usage whose price is unknown: the cost does not include them.',
      { Provider: 'text', Model: 'text', Reason: 'text', Requests: 'count' },
      [['openai', HOSTILE, 'unknown_model', 1312]],
    ),
    table(
      'dropped',
      'Dropped',
      'Values that could not be recorded as given, and spans that were lost, since the start.',
      { What: 'text', Reason: 'text', Count: 'count', Rate: 'per_second' },
      [['values', 'invalid_value', 3, 0]],
    ),
  ];
}

const HEALTHY = { text: 'healthy', tone: 'good' } as const;

function table(
  id: string,
  title: string,
  help: string,
  units: Readonly<Record<string, TablePanel['columns'][number]['unit']>>,
  rows: TablePanel['rows'],
): TablePanel {
  const columns = Object.entries(units).map(([title, unit]) => ({ title, unit }));
  return { kind: 'table', id, title, help, columns, rows, rowsLeftOut: 0, empty: 'Nothing so far.' };
}
