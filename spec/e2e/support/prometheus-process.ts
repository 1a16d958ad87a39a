import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parse, stringify } from 'yaml';

/** Where a scrape job of prometheus.yml finds its target in a test. */
export interface TestTarget {
  readonly address: string;
  readonly path?: string;
}

/** A running Prometheus. */
export interface PrometheusProcess {
  readonly url: string;
  /** Resolves when a query yields something; rejects after the deadline. */
  waitFor(query: string, timeoutMs: number): Promise<void>;
  /** Stops it and removes its data. */
  stop(): Promise<void>;
}

interface ScrapeConfig {
  job_name: string;
  metrics_path?: string;
  static_configs?: unknown;
}

interface PrometheusConfig {
  global: Record<string, string>;
  rule_files: string[];
  scrape_configs: ScrapeConfig[];
}

const POLL_MS = 200;
const STARTUP_MS = 20_000;

/**
 * Starts the `prometheus` on the PATH with the configuration and the rules of this repository. Only what a test
 * cannot have is changed: the targets' addresses, and the intervals, which become one second.
 *
 * @param repository - The root of this repository.
 * @param targets - By job; a job that is not named is left out.
 */
export async function startPrometheus(
  repository: string,
  targets: Readonly<Record<string, TestTarget>>,
): Promise<PrometheusProcess> {
  const folder = mkdtempSync(join(tmpdir(), 'llm-edge-prometheus-'));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  writeFileSync(
    join(folder, 'prometheus.yml'),
    testConfig(repository, folder, { prometheus: { address: `127.0.0.1:${port}` }, ...targets }),
  );
  const child = spawn(
    'prometheus',
    [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--enable-feature=exemplar-storage',
      '--log.level=warn',
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const log: string[] = [];
  child.stderr.on('data', (chunk: Buffer) => log.push(chunk.toString()));
  const failed = once(child, 'error').then(([error]: unknown[]) => {
    throw new Error('prometheus is not on the PATH: apt-get install prometheus', { cause: error });
  });
  await Promise.race([untilReady(url, child, log), failed]);
  return {
    url,
    waitFor: (query, timeoutMs) => untilAnswered(url, query, timeoutMs),
    stop: () => stop(child, folder),
  };
}

/** A port of the loopback interface that nobody listens on. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

function testConfig(
  repository: string,
  folder: string,
  targets: Readonly<Record<string, TestTarget>>,
): string {
  const source = resolve(repository, 'prometheus');
  const config = parse(readFileSync(join(source, 'prometheus.yml'), 'utf8')) as PrometheusConfig;
  config.global = { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' };
  config.rule_files = readdirSync(join(source, 'rules'))
    .filter((file) => file.endsWith('.yml'))
    .map((file) => copyWithoutIntervals(join(source, 'rules', file), join(folder, file)));
  config.scrape_configs = config.scrape_configs.flatMap((job) => {
    const target = targets[job.job_name];
    if (target === undefined) return [];
    return [
      { ...job, metrics_path: target.path ?? '/metrics', static_configs: [{ targets: [target.address] }] },
    ];
  });
  return stringify(config);
}

/** Groups with an interval of their own would make a test wait for minutes. */
function copyWithoutIntervals(from: string, to: string): string {
  const { groups } = parse(readFileSync(from, 'utf8')) as { groups: { interval?: string }[] };
  writeFileSync(to, stringify({ groups: groups.map(({ interval: _, ...group }) => group) }));
  return to;
}

async function untilReady(url: string, child: ChildProcess, log: readonly string[]): Promise<void> {
  const deadline = Date.now() + STARTUP_MS;
  while (Date.now() < deadline) {
    if (child.exitCode !== null) throw new Error(`prometheus ended:\n${log.join('')}`);
    const ready = await fetch(`${url}/-/ready`).catch(() => undefined);
    if (ready?.ok) return;
    await delay(POLL_MS);
  }
  throw new Error(`prometheus is not ready after ${STARTUP_MS} ms:\n${log.join('')}`);
}

async function untilAnswered(url: string, query: string, timeoutMs: number): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (Date.now() < deadline) {
    const response = await fetch(`${url}/api/v1/query?${new URLSearchParams({ query })}`);
    const { data } = (await response.json()) as { data?: { result: unknown[] } };
    if (data !== undefined && data.result.length > 0) return;
    await delay(POLL_MS);
  }
  throw new Error(`nothing came of ${query} within ${timeoutMs} ms`);
}

async function stop(child: ChildProcess, folder: string): Promise<void> {
  if (child.exitCode === null) {
    child.kill('SIGTERM');
    await once(child, 'exit');
  }
  rmSync(folder, { recursive: true, force: true });
}
