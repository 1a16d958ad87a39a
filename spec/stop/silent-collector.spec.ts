import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { runScript } from '../support/run-script.js';

/** What an export would take if no shutdown capped it: far more than a busy machine needs to end a process. */
const TIMEOUT_MILLIS = 120_000;
const BUSY_MILLIS = 30_000;

let server: Server;
let endpoint: string;
const sockets = new Set<Socket>();
/** A server that accepts connections and never says a word. */
beforeEach(async () => {
  server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  for (const socket of sockets) socket.destroy();
  sockets.clear();
  server.close();
});

const spans = (protocol = 'grpc'): string => `
  const monitoring = await initMonitoring({
    metrics: { exporters: [] },
    traces: {
      endpoint: '${endpoint}',
      protocol: '${protocol}',
      timeoutMillis: ${TIMEOUT_MILLIS},
      batch: { exportTimeoutMillis: ${TIMEOUT_MILLIS}, scheduledDelayMillis: 1 },
    },
  });
  trace.getTracer('spec').startSpan('one').end();`;
const pushes = (protocol = 'grpc'): string => `
  const monitoring = await initMonitoring({
    metrics: {
      exporters: ['otlp'],
      endpoint: '${endpoint}',
      protocol: '${protocol}',
      exportIntervalMillis: ${TIMEOUT_MILLIS},
      exportTimeoutMillis: ${TIMEOUT_MILLIS},
    },
    traces: { exporter: 'none' },
  });`;

describe('shutdown() with a Collector that accepts connections and stays silent', () => {
  it.each([
    ['spans', 'grpc', 'its own deadline', spans, ''],
    ['spans', 'grpc', 'a given deadline', spans, '{ timeoutMillis: 500 }'],
    ['pushes', 'grpc', 'its own deadline', pushes, ''],
    ['pushes', 'grpc', 'a given deadline', pushes, '{ timeoutMillis: 500 }'],
    ['spans', 'http/protobuf', 'a given deadline', spans, '{ timeoutMillis: 500 }'],
    ['pushes', 'http/protobuf', 'a given deadline', pushes, '{ timeoutMillis: 500 }'],
    // A connection on which TLS is never agreed.
    ['spans', 'http/protobuf over TLS', 'a given deadline', spans, '{ timeoutMillis: 500 }'],
    ['pushes', 'http/protobuf over TLS', 'a given deadline', pushes, '{ timeoutMillis: 500 }'],
  ])('that gets %s over %s ends the process by %s', async (_signal, how, _deadline, start, deadline) => {
    const [protocol = '', overTls] = how.split(' ');
    if (overTls !== undefined) endpoint = endpoint.replace('http:', 'https:');
    const { code, stdout, stderr } = await runScript(`
      import { trace } from '@opentelemetry/api';
      import { initMonitoring } from '#lib/index.js';
      ${start(protocol)}
      const startedAt = performance.now();
      process.on('exit', () => console.log(Math.round(performance.now() - startedAt)));
      await monitoring.shutdown(${deadline}).catch((error) => console.log(error.code));
    `).end();
    const [reason, exitMillis] = stdout.trim().split('\n');
    expect([code, stderr]).toEqual([0, '']);
    expect(reason).toMatch(/^ERR_(SHUTDOWN_FAILED|DEADLINE_EXCEEDED)$/);
    expect(Number(exitMillis)).toBeLessThan(BUSY_MILLIS);
  });

  it.each(['grpc', 'http/protobuf'])(
    'ends the process too where an export over %s is under way, and says what was lost',
    async (protocol) => {
      const script = runScript(`
      import { trace } from '@opentelemetry/api';
      import { initMonitoring } from '#lib/index.js';
      ${spans(protocol)}
      process.once('SIGUSR2', async () => {
        const startedAt = performance.now();
        process.on('exit', () => console.log(Math.round(performance.now() - startedAt)));
        await monitoring.shutdown({ timeoutMillis: 500 }).catch((error) => console.log(error.code, error.message));
      });
      console.log('ready');
    `);
      await Promise.all([once(server, 'connection'), script.line('ready')]);
      script.child.kill('SIGUSR2');
      const { code, stdout } = await script.end();
      expect(code).toBe(0);
      const [, reason, exitMillis] = stdout.trim().split('\n');
      expect(reason).toMatch(/^ERR_SHUTDOWN_FAILED .*spans were not delivered.*start a Collector there/);
      expect(Number(exitMillis)).toBeLessThan(BUSY_MILLIS);
    },
  );
});
