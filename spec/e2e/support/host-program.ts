import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { installInCache } from '../../../scripts/install-in-cache.js';
import { installNode24 } from '../../../scripts/node-24.js';
import { startModelServer } from '../../support/model-server.js';
import type { Line } from '../hosts/hosts.js';
import {
  type ReceivedSpan,
  type SpanReceiver,
  startGrpcReceiver,
  startHttpReceiver,
} from './span-receivers.js';

const ROOT = resolve(__dirname, '../../..');
const API = '@opentelemetry/api';

/** A program with another SDK and with ours. */
export interface HostProgram {
  /** Starts the other SDK; see `Host.start`. */
  readonly start: string;
  /** With `late`, something is observed before the other SDK starts. */
  readonly first: 'host' | 'ours' | 'late';
  readonly format: 'esm' | 'cjs';
  /** Further options of `initMonitoring`, and of its `traces`, as JavaScript. */
  readonly options?: string;
  readonly traces?: string | undefined;
}

/** What became of the spans of a program. */
export interface Outcome {
  /** Each span that the backend of the other SDK got, and the Collector of ours, with its parent: `chat m < checkout`. */
  readonly host: readonly string[];
  readonly ours: readonly string[];
  /** How many spans were exported more than once. */
  readonly twice: number;
  /** How many values of `traceparent` came with each call of the model, and whose span they name. */
  readonly sent: readonly string[];
  readonly stderr: string;
}

/** A folder with the packages of a host and with this one, as npm installs them. */
export interface HostFolder {
  run(program: HostProgram): Promise<Outcome>;
  remove(): void;
}

interface Manifest {
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

const readManifest = (folder: string): Manifest =>
  JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;

/** The part of a version that ranges with a caret hold fixed. */
const lineOf = (version: string): string => version.replace(/^(0\.\d+|\d+).*/, '$1');

/**
 * Installs a host of one line of the SDK, and this package beneath it with another or the same. As npm does, it nests
 * in this package what the host has in another line, and shares the API, which is a peer dependency.
 */
export function createHostFolder(host: Line, ours: Line): HostFolder {
  const source = join(ROOT, `spec/e2e/hosts/sdk-${host}`);
  const [manifest, lock] = ['package.json', 'package-lock.json'].map((name) =>
    readFileSync(join(source, name), 'utf8'),
  ) as [string, string];
  const installed = installInCache(`hosts-sdk-${host}`, manifest, lock);
  const folder = mkdtempSync(join(installed, 'run-'));
  const us = join(folder, 'node_modules/llm-edge-monitoring');
  mkdirSync(us, { recursive: true });
  if (!existsSync(join(ROOT, 'dist'))) throw new Error('The package is not built: run `npm run build`.');
  cpSync(join(ROOT, 'package.json'), join(us, 'package.json'));
  cpSync(join(ROOT, 'dist'), join(us, 'dist'), { recursive: true });

  const from = ours === 2 ? join(ROOT, 'node_modules') : installNode24().modules;
  const wanted = new Set(Object.keys(readManifest(us).dependencies ?? {}));
  for (const name of wanted) {
    const shared = join(installed, 'node_modules', name);
    const { version, dependencies = {} } = readManifest(join(from, name));
    if (existsSync(shared) && lineOf(readManifest(shared).version) === lineOf(version)) continue;
    cpSync(join(from, name), join(us, 'node_modules', name), { recursive: true });
    for (const further of Object.keys(dependencies)) if (further !== API) wanted.add(further);
  }
  const node = host === 2 && ours === 2 ? process.execPath : join(installNode24().bin, 'node');
  return {
    run: (program) => runProgram(folder, node, program),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

const STEPS: Readonly<Record<HostProgram['first'], string>> = {
  host: 'await startHost(); await startOurs();',
  ours: 'await startOurs(); await startHost();',
  late: 'await startOurs(); await observe("early"); await startHost();',
};

const programText = ({ start, first, format, options = '', traces = '' }: HostProgram): string => `
async function main(load) {
  const { HOST_URL: url, OURS_URL, MODEL_URL } = process.env;
  let flush;
  const startHost = async () => {
    flush = await (async () => {${start}
    })();
  };
  let monitoring;
  const startOurs = async () => {
    const { initMonitoring } = await load('llm-edge-monitoring');
    monitoring = await initMonitoring({
      metrics: { exporters: [] },
      traces: { endpoint: OURS_URL, protocol: 'grpc', ${traces} },
      ${options}
    });
  };
  const observe = async (name) => {
    const { observeOperation } = await load('llm-edge-monitoring');
    const { instrumentFetch } = await load('llm-edge-monitoring/fetch');
    const hosts = { [new URL(MODEL_URL).host]: { provider: 'vllm' } };
    const ask = instrumentFetch(fetch, { hosts, propagate: true });
    await observeOperation({ name }, async () => {
      const body = JSON.stringify({ model: 'm', messages: [] });
      await (await ask(MODEL_URL, { method: 'POST', body })).json();
    });
  };

  ${STEPS[first]}

  const { trace } = await load('${API}');
  await trace.getTracer('app').startActiveSpan('checkout', async (span) => {
    await observe('answer');
    span.end();
  });
  await flush();
  await monitoring.shutdown();
  process.exit();
}
${format === 'esm' ? 'await main((name) => import(name));' : 'main(async (name) => require(name));'}
`;

let programs = 0;

async function runProgram(folder: string, node: string, program: HostProgram): Promise<Outcome> {
  const file = join(folder, `program-${programs++}.${program.format === 'esm' ? 'mjs' : 'cjs'}`);
  writeFileSync(file, programText(program));
  const model = await startModelServer((_call, response) => {
    const usage = { prompt_tokens: 1, completion_tokens: 1 };
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ model: 'm', choices: [{ message: { content: 'hi' } }], usage }));
  });
  const [host, ours] = await Promise.all([startHttpReceiver(), startGrpcReceiver()]);
  try {
    const { stderr } = await promisify(execFile)(node, [file], {
      timeout: 60_000,
      env: {
        PATH: process.env['PATH'],
        HOST_URL: host.endpoint,
        OURS_URL: ours.endpoint,
        MODEL_URL: model.url,
        OTEL_EXPORTER_OTLP_ENDPOINT: host.endpoint,
        OTEL_METRICS_EXPORTER: 'none',
        OTEL_LOGS_EXPORTER: 'none',
        OTEL_NODE_ENABLED_INSTRUMENTATIONS: 'http,undici',
        OTEL_NODE_RESOURCE_DETECTORS: 'none',
        TRACELOOP_TELEMETRY: 'false',
      },
    });
    return outcomeOf(
      host,
      ours,
      model.calls.map(({ request }) => request.headersDistinct['traceparent'] ?? []),
      stderr,
    );
  } finally {
    await Promise.all([host.close(), ours.close(), model.close()]);
  }
}

function outcomeOf(
  host: SpanReceiver,
  ours: SpanReceiver,
  traceparents: readonly (readonly string[])[],
  stderr: string,
): Outcome {
  // Sentry names a call by its URL, whose port changes.
  const plain = (spans: readonly ReceivedSpan[]): ReceivedSpan[] =>
    spans.map((span) => ({ ...span, name: span.name.replace(/ http:.*/, '') }));
  const [theirs, own] = [plain(host.spans()), plain(ours.spans())];
  const all = [...theirs, ...own];
  const names = new Map(all.map(({ spanId, name }) => [spanId, name]));
  const nameOf = (spanId: string): string =>
    names.get(spanId) ?? (spanId === '' ? '' : 'a span that was not exported');
  const named = (spans: readonly ReceivedSpan[]): string[] =>
    spans.map(({ name, parentSpanId }) => `${name} < ${nameOf(parentSpanId)}`.trimEnd()).sort();
  return {
    host: named(theirs),
    ours: named(own),
    twice: all.length - names.size,
    sent: traceparents.flat().map((value) =>
      value
        .split(',')
        .map((one) => nameOf(one.split('-')[2] ?? ''))
        .join(', '),
    ),
    stderr,
  };
}
