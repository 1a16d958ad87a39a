import { join } from 'node:path';
import { freePorts } from '../../bench/ports.js';
import { type Certificates, createCertificates } from '../support/certificates.js';
import { runScript } from '../support/run-script.js';
import { type Collector, prepareCollector } from './support/collector.js';
import { eventually } from './support/eventually.js';
import { parseExposition } from './support/exposition.js';
import { readText } from './support/http.js';
import { stopAllPrograms } from './support/program.js';
import { readStoredSpans } from './support/trace-store.js';
import { createWorkspace } from './support/workspace.js';

const workspace = createWorkspace();
const file = join(workspace.path, 'traces.jsonl');
const PORTS = ['TLS_GRPC', 'TLS_HTTP'] as const;
let certificates: Certificates;
let collector: Collector;
let tlsPorts: Readonly<Record<(typeof PORTS)[number], number>>;

beforeAll(async () => {
  certificates = createCertificates();
  tlsPorts = await freePorts(PORTS);
  collector = await prepareCollector('collector', 'spec/e2e/support/otlp-protocols.yaml', {
    ...Object.fromEntries(PORTS.map((port) => [`${port}_PORT`, String(tlsPorts[port])])),
    TLS_FOLDER: certificates.folder,
    TRACE_STORE_FILE: file,
  });
  await collector.start();
});

afterAll(async () => {
  await stopAllPrograms();
  certificates.remove();
  workspace.remove();
});

const spans = () => readStoredSpans(file);

/** Sends a span and a push with the options of a connection; resolves with why the shutdown rejected, or nothing. */
const PROGRAM = `
  import { trace } from '@opentelemetry/api';
  import { initMonitoring, recordCost } from '#lib/index.js';
  const { name, ...connection } = JSON.parse(process.env.CONNECTION);
  const monitoring = await initMonitoring({
    serviceName: name,
    metrics: { exporters: ['otlp'], ...connection },
    traces: connection,
  });
  recordCost('openai', 'gpt-4o', 0.5);
  trace.getTracer('e2e').startSpan(name).end();
  await monitoring.shutdown({ timeoutMillis: 4000 }).catch((error) => process.stdout.write(error.message));
`;

async function send(name: string, connection: object): Promise<string> {
  const { stdout, stderr } = await runScript(PROGRAM, {
    CONNECTION: JSON.stringify({ name, headers: { 'x-team': `team of ${name}` }, ...connection }),
  }).end();
  return stdout + stderr;
}

const HTTP = 'http/protobuf';
const http = () => ({ protocol: HTTP, endpoint: collector.otlpHttpUrl });
const grpc = () => ({ protocol: 'grpc', endpoint: `http://${collector.otlpGrpc}` });
const mutual = () => ({
  certificateFile: certificates.authorityFile,
  clientKeyFile: certificates.keyFile,
  clientCertificateFile: certificates.certificateFile,
});
const https = () => ({ protocol: HTTP, endpoint: `https://localhost:${tlsPorts.TLS_HTTP}`, ...mutual() });
const grpcTls = () => ({
  protocol: 'grpc',
  endpoint: `https://localhost:${tlsPorts.TLS_GRPC}`,
  ...mutual(),
});

/** The names and labels of what a service pushed, without its own labels. */
async function pushedBy(name: string): Promise<readonly string[]> {
  const samples = await eventually(
    async () => {
      const all = parseExposition(await readText(collector.metricsUrl));
      const mine = all.filter(({ labels }) => labels['job'] === name);
      return mine.length > 0 ? mine : undefined;
    },
    { what: `the metrics of ${name}` },
  );
  return samples
    .filter(({ name: metric }) => metric.startsWith('llm_edge_'))
    .map(({ name: metric, labels: { job: _, instance: __, ...labels } }) => metric + JSON.stringify(labels))
    .sort();
}

describe('OTLP to a Collector', () => {
  it.each([
    ['http', http],
    ['http-gzip', () => ({ ...http(), compression: 'gzip' })],
    ['https', https],
    ['https-gzip', () => ({ ...https(), compression: 'gzip' })],
    ['grpc', grpc],
    ['grpc-tls', grpcTls],
  ])('takes spans and metrics with headers over %s', async (name, connection) => {
    expect(await send(name, connection())).toBe('');
    const span = await eventually(() => spans().find((stored) => stored.name === name), { what: 'the span' });
    expect([span.attributes['team'], span.resource['service.name']]).toEqual([[`team of ${name}`], name]);
    expect(await pushedBy(name)).toContain('llm_edge_cost_usd_total{"model":"gpt-4o","provider":"openai"}');
  });

  it('has the same names over each protocol', async () => {
    const overGrpc = await pushedBy('grpc');
    expect(overGrpc.length).toBeGreaterThan(10);
    for (const name of ['http', 'https-gzip', 'grpc-tls']) expect(await pushedBy(name)).toEqual(overGrpc);
  });

  it('takes nothing without the client certificate that it demands', async () => {
    const { certificateFile } = mutual();
    const { protocol, endpoint } = https();
    expect(await send('stranger', { protocol, endpoint, certificateFile })).toMatch(/certificate required/i);
    expect(spans().map(({ name }) => name)).not.toContain('stranger');
  });

  it.each([
    [
      'HTTP',
      'gRPC',
      () => ({ ...http(), endpoint: grpc().endpoint }),
      /speaks OTLP over gRPC.*PROTOCOL=grpc/,
    ],
    [
      'HTTPS',
      'gRPC',
      () => ({ ...https(), endpoint: grpcTls().endpoint }),
      /speaks OTLP over gRPC.*PROTOCOL=grpc/,
    ],
    [
      'gRPC',
      'HTTP',
      () => ({ ...grpc(), endpoint: http().endpoint }),
      /speaks OTLP over HTTP.*=http\/protobuf/,
    ],
    [
      'gRPC',
      'HTTPS',
      () => ({ ...grpcTls(), endpoint: https().endpoint }),
      /speaks OTLP over HTTP.*=http\/protobuf/,
    ],
  ])(
    'says of %s to the port of %s what to change, for both signals',
    async (_used, _port, connection, text) => {
      const reason = await send('wrong', connection());
      const [pushes = '', exports = ''] = reason.split('; spans were not delivered to');
      expect(pushes).toMatch(text);
      expect(exports).toMatch(text);
      expect(reason).not.toContain('start a Collector');
    },
  );

  it('gets every span of an outage over HTTP when it is back', async () => {
    const script = runScript(
      `
      import { trace } from '@opentelemetry/api';
      import { initMonitoring } from '#lib/index.js';
      const { name, ...traces } = JSON.parse(process.env.CONNECTION);
      const batch = { scheduledDelayMillis: 50 };
      const monitoring = await initMonitoring({ metrics: { exporters: [] }, traces: { ...traces, batch } });
      let ended = 0;
      const timer = setInterval(() => {
        trace.getTracer('e2e').startSpan('outage ' + ended).end();
        ended += 1;
        console.log('ended ' + ended + '.');
      }, 20);
      process.once('SIGUSR2', async () => {
        clearInterval(timer);
        await monitoring.shutdown().catch((error) => console.log(error.message));
        console.log('total ' + ended);
      });
      `,
      { CONNECTION: JSON.stringify({ name: 'outage', ...https() }) },
    );
    const stored = () => new Set(spans().flatMap(({ name }) => (name.startsWith('outage') ? [name] : [])));
    await eventually(() => (stored().size > 5 ? true : undefined), { what: 'the first spans' });
    await collector.stop();
    await script.line(`ended ${stored().size + 50}.`);
    await collector.start();
    script.child.kill('SIGUSR2');
    const { stdout } = await script.end();
    const total = Number(/total (\d+)\n$/.exec(stdout)?.[1]);
    expect(stdout).not.toContain('not delivered');
    await eventually(() => (stored().size === total ? true : undefined), { what: 'all spans' });
  });
});
