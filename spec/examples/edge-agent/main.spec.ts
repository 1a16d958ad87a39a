import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { labelsOf, scrape } from '../../support/scrape.js';

const ROOT = join(__dirname, '..', '..', '..');
const FREE_PORTS = ['--port', '0', '--metrics-port', '0'];

const running = new Set<ChildProcess>();
afterEach(() => {
  for (const child of running) child.kill('SIGTERM');
});

/** Starts the example as `npm start` does. No Collector is looked for unless the environment names one. */
function start(flags: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const { start: script } = require(join(ROOT, 'package.json')).scripts as { start: string };
  const [command, ...args] = script.split(' ');
  expect(command).toBe('node');
  const child = spawn(process.execPath, [...args, ...flags], {
    cwd: ROOT,
    env: { ...process.env, OTEL_TRACES_EXPORTER: 'none', ...env },
    stdio: 'pipe',
  });
  let stdout = '';
  let stderr = '';
  const closed = once(child, 'close') as Promise<[number | null]>;
  running.add(child);
  void closed.then(() => running.delete(child));
  child.stderr.on('data', (chunk) => {
    stderr += String(chunk);
  });
  const hasPrinted = (wanted: RegExp) =>
    new Promise<void>((resolve, reject) => {
      child.stdout.on('data', () => wanted.test(stdout) && resolve());
      void closed.then(() => reject(new Error(`ended without ${wanted}: ${stdout}${stderr}`)));
    });
  child.stdout.on('data', (chunk) => {
    stdout += String(chunk);
  });
  const end = async () => {
    const [code] = await closed;
    return { code, stdout, stderr };
  };
  return { child, end, hasPrinted, printed: () => stdout };
}

type Samples = Readonly<Record<string, number>>;

/** The sum of a metric's series that have these labels. */
function sumOf(samples: Samples, metric: string, labels: Readonly<Record<string, string>> = {}): number {
  const series = Object.entries(samples).filter(([text]) => {
    const has = labelsOf(text);
    return (
      text.split('{')[0] === metric && Object.entries(labels).every(([name, value]) => has[name] === value)
    );
  });
  return series.reduce((sum, [, value]) => sum + value, 0);
}

describe('npm start', () => {
  describe('with --requests and --json', () => {
    it('prints totals that /metrics agrees with, to the token and the fraction of a cent', async () => {
      const flags = ['--faults', '--requests', '300', '--rate', '120', '--json', '--hold', ...FREE_PORTS];
      const { child, hasPrinted, printed, end } = start(flags);
      await hasPrinted(/\n/);
      const totals = JSON.parse(printed());
      const samples = await scrape(totals.metricsUrl);
      child.kill('SIGTERM');
      const { code, stdout, stderr } = await end();

      expect(totals).toEqual({
        requests: sumOf(samples, 'llm_edge_requests_total'),
        errors: sumOf(samples, 'llm_edge_requests_total', { status: 'error' }),
        inputTokens: sumOf(samples, 'llm_edge_tokens_total', { type: 'input' }),
        outputTokens: sumOf(samples, 'llm_edge_tokens_total', { type: 'output' }),
        costUsd: Number(sumOf(samples, 'llm_edge_cost_usd_total').toFixed(9)),
        cacheHits: sumOf(samples, 'llm_edge_cache_hits_total', { tier: 'L1' }),
        cacheMisses: sumOf(samples, 'llm_edge_cache_misses_total', { tier: 'L1' }),
        failovers: sumOf(samples, 'llm_edge_failovers_total'),
        metricsUrl: expect.stringMatching(/^http:\/\/localhost:\d+\/metrics$/),
      });
      // The run has seen what it is meant to see; without errors and failovers the comparison would say little.
      expect(totals.cacheHits + totals.cacheMisses).toBe(300);
      expect(totals.errors).toBeGreaterThan(5);
      expect(totals.failovers).toBeGreaterThan(2);
      expect(totals.cacheHits).toBeGreaterThan(20);
      expect(sumOf(samples, 'llm_edge_operations_total')).toBe(300);
      expect(sumOf(samples, 'llm_edge_active_requests')).toBe(0);
      expect(sumOf(samples, 'llm_edge_unpriced_requests_total')).toBe(0);
      expect(sumOf(samples, 'llm_edge_monitoring_dropped_total')).toBe(0);
      expect([code, stdout.split('\n').length, stderr]).toEqual([0, 2, '']);
    });
  });

  describe('with --outage', () => {
    it('fails over from the provider that is down, and has no other error', async () => {
      const flags = ['--outage', 'anthropic', '--requests', '60', '--rate', 'max', '--json', '--details'];
      const { stdout } = await start([...flags, ...FREE_PORTS]).end();
      const { failedOperations, failovers, models } = JSON.parse(stdout);
      const failed = models.filter(({ errors }: { errors: number }) => errors > 0);
      expect(failed).toEqual([
        expect.objectContaining({ provider: 'anthropic', inputTokens: 0, costUsd: 0 }),
      ]);
      expect(failed[0].errors).toBe(failed[0].requests);
      expect([failedOperations, failovers > 0]).toEqual([0, true]);
    });
  });

  describe('without a terminal', () => {
    it('says what runs, shows the totals and ends by itself with 0', async () => {
      const { code, stdout, stderr } = await start([
        '--requests',
        '20',
        '--rate',
        'max',
        '--instant',
        ...FREE_PORTS,
      ]).end();
      expect(stdout).toMatch(/^status {5}http:\/\/localhost:\d+\/ /m);
      expect(stdout).toMatch(/^gateway {4}http:\/\/127\.0\.0\.1:\d+\/v1\/chat\/completions$/m);
      expect(stdout).toMatch(/^metrics {4}http:\/\/localhost:\d+\/metrics$/m);
      expect(stdout).toMatch(/^tracing {4}off \(OTEL_TRACES_EXPORTER=none\)$/m);
      expect(stdout).toMatch(/^callers {4}20 calls at [\d.]+\/s, 0 failed, p50 \d+ ms, p95 \d+ ms$/m);
      expect(stdout).not.toContain('\u001b');
      expect([code, stderr]).toEqual([0, '']);
    });
  });

  describe('with Ctrl-C', () => {
    it.each(['SIGINT', 'SIGTERM'] as const)(
      'ends on %s with 0 after the answers on their way',
      async (signal) => {
        const { child, hasPrinted, end } = start(['--rate', '50', ...FREE_PORTS]);
        await hasPrinted(/^callers/m);
        child.kill(signal);
        const { code, stdout, stderr } = await end();
        expect(stdout).toMatch(/^all providers /m);
        expect([code, stderr]).toEqual([0, '']);
      },
    );
  });

  describe('with --until-eof', () => {
    it('ends once standard input has, and tells each model by itself', async () => {
      const flags = ['--rate', 'max', '--instant', '--until-eof', '--json', '--details', ...FREE_PORTS];
      const { child, end } = start(flags);
      child.stdin.end();
      const { code, stdout } = await end();
      const { requests, operations, models } = JSON.parse(stdout);
      // Callers beyond the 64 of the default wait for the first answers.
      expect(operations).toBeGreaterThanOrEqual(64);
      expect(models.reduce((sum: number, model: { requests: number }) => sum + model.requests, 0)).toBe(
        requests,
      );
      expect(code).toBe(0);
    });

    it('ends on SIGTERM too', async () => {
      const { child, hasPrinted, end } = start(['--rate', '50', '--until-eof', ...FREE_PORTS]);
      await hasPrinted(/^callers/m);
      child.kill('SIGTERM');
      expect((await end()).code).toBe(0);
    });
  });

  describe('with a Collector', () => {
    it('says that spans go there, and at the end that they were not taken by what is none', async () => {
      const collector = createServer().listen(0, '127.0.0.1');
      await once(collector, 'listening');
      const address = collector.address();
      const endpoint = `http://127.0.0.1:${typeof address === 'object' ? address?.port : address}`;
      const env = {
        OTEL_TRACES_EXPORTER: 'otlp',
        OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
        LLM_EDGE_SHUTDOWN_TIMEOUT: '300',
      };
      const { code, stdout, stderr } = await start(
        ['--requests', '1', '--instant', ...FREE_PORTS],
        env,
      ).end();
      collector.close();
      expect(stdout).toContain(`tracing    on: spans go to ${endpoint}\n`);
      expect([code, stderr]).toEqual([0, expect.stringMatching(/^Not everything could be sent: .+\n$/)]);
    });

    it('says that none listens where none does', async () => {
      const env = { OTEL_TRACES_EXPORTER: 'otlp', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' };
      const { stdout } = await start(['--requests', '1', '--instant', ...FREE_PORTS], env).end();
      expect(stdout).toContain('tracing    off: no Collector listens on http://127.0.0.1:1\n');
    });
  });

  describe('with --no-monitoring', () => {
    it('has totals but no metrics', async () => {
      const flags = ['--requests', '5', '--instant', '--json', '--no-monitoring', '--port', '0'];
      const { code, stdout } = await start(flags).end();
      expect([code, JSON.parse(stdout).metricsUrl, JSON.parse(stdout).cacheMisses > 0]).toEqual([
        0,
        null,
        true,
      ]);
    });
  });

  describe('with variables of the package', () => {
    it.each([
      ['off; beyond this machine it needs LLM_EDGE_STATUS_AUTHORIZATION', undefined],
      ['http://localhost:', 'Bearer s'],
    ])('says of the status page beyond loopback: %s', async (said, authorization) => {
      const { stdout } = await start([...FREE_PORTS, '--requests', '1', '--instant'], {
        OTEL_EXPORTER_PROMETHEUS_HOST: '0.0.0.0',
        ...(authorization !== undefined && { LLM_EDGE_STATUS_AUTHORIZATION: authorization }),
      }).end();
      expect(stdout).toContain(`\nstatus     ${said}`);
    });

    it('says on standard error which of them cannot be used', async () => {
      const { code, stderr } = await start([...FREE_PORTS, '--requests', '1', '--instant', '--json'], {
        LLM_EDGE_METRICS_TIMEOUT: 'soon',
      }).end();
      expect([code, stderr]).toEqual([0, expect.stringMatching(/^LLM_EDGE_METRICS_TIMEOUT: saw .*\n$/)]);
    });
  });

  describe('with flags or ports that cannot be', () => {
    it('prints the usage and ends with 2', async () => {
      const { code, stdout, stderr } = await start(['--frobnicate']).end();
      expect([code, stdout]).toEqual([2, '']);
      expect(stderr).toContain('Usage: npx llm-edge-monitoring demo [flags]');
    });

    it('prints the usage and ends with 0 when asked for it', async () => {
      const { code, stdout } = await start(['--help']).end();
      expect([code, stdout.startsWith('Usage: npx llm-edge-monitoring demo [flags]')]).toEqual([0, true]);
    });

    it.each([
      ['--port', '--metrics-port', 'Choose another with --port'],
      ['--metrics-port', '--port', 'Here that is --metrics-port'],
    ])('says in one line which flag helps when the port of %s is taken', async (taken, other, advice) => {
      const server = createServer().listen(0, '127.0.0.1');
      await once(server, 'listening');
      const address = server.address();
      const port = String(typeof address === 'object' ? address?.port : address);
      const env = { OTEL_EXPORTER_PROMETHEUS_HOST: '127.0.0.1' };
      const { code, stdout, stderr } = await start([taken, port, other, '0'], env).end();
      server.close();
      expect([code, stdout, stderr.trim().split('\n').length]).toEqual([1, '', 1]);
      expect(stderr).toContain(port);
      expect(stderr).toContain(advice);
    });
  });
});
