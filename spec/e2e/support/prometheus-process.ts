import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { eventually } from './eventually.js';
import type { Sample } from './exposition.js';
import { isUp, readText } from './http.js';
import { startProgram } from './program.js';

/** Where a scrape job of prometheus.yml finds its target in a test. */
interface TestTarget {
  /** `host:port`. */
  readonly address: string;
  /** @defaultValue /metrics */
  readonly path?: string;
}

/** What a Prometheus for a test needs. */
export interface PrometheusOptions {
  /** The root of this repository, whose configuration and rules it runs. */
  readonly repository: string;
  /** Where it keeps its configuration and its data: the same folder again is the same Prometheus, restarted. */
  readonly folder: string;
  readonly port: number;
  /** By job of prometheus.yml; a job that is not named is left out. */
  readonly targets: Readonly<Record<string, TestTarget>>;
  /** Between two scrapes, and between two evaluations of the rules. @defaultValue 1 */
  readonly intervalSeconds?: number;
}

/** An exemplar, and the series that it belongs to. */
export interface StoredExemplar {
  readonly series: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A running Prometheus. */
export interface PrometheusProcess {
  readonly url: string;
  /** The series that an instant query yields. */
  query(query: string): Promise<readonly Sample[]>;
  /** The exemplars of the last hour. */
  exemplars(query: string): Promise<readonly StoredExemplar[]>;
  /** Resolves when a query yields at least one series. */
  waitFor(query: string, deadlineMs: number): Promise<void>;
  stop(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>;
}

interface VectorData {
  readonly result: readonly {
    readonly metric: Readonly<Record<string, string>>;
    readonly value: readonly [number, string];
  }[];
}

type ExemplarData = readonly {
  readonly seriesLabels: Readonly<Record<string, string>>;
  readonly exemplars: readonly {
    readonly labels: Readonly<Record<string, string>>;
    readonly value: string;
  }[];
}[];

interface PrometheusConfig {
  global: Record<string, string>;
  alerting: unknown;
  rule_files: string[];
  scrape_configs: { job_name: string }[];
}

/**
 * Starts the `prometheus` on the PATH with the configuration and the rules of this repository. Only what a test
 * cannot have is changed: the addresses of the targets, and the intervals, which become one second or as
 * many as it is given.
 */
export async function startPrometheus(options: PrometheusOptions): Promise<PrometheusProcess> {
  const { folder, port } = options;
  const url = `http://127.0.0.1:${port}`;
  const configFile = join(folder, 'prometheus.yml');
  writeFileSync(configFile, testConfig(options));
  const program = await startProgram({
    name: 'Prometheus (Debian: apt-get install prometheus)',
    command: 'prometheus',
    args: [
      `--config.file=${configFile}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--enable-feature=exemplar-storage',
      '--log.level=warn',
    ],
    isReady: () => isUp(`${url}/-/ready`),
  });
  const ask = async <T>(path: string, parameters: Record<string, string>): Promise<T> => {
    const answer = await readText(`${url}/api/v1/${path}?${new URLSearchParams(parameters)}`);
    return (JSON.parse(answer) as { data: T }).data;
  };
  const query = async (expression: string) => {
    const { result } = await ask<VectorData>('query', { query: expression });
    return result.map(({ metric: { __name__: name = '', ...labels }, value: [, text] }) => {
      return { name, labels, value: Number(text) };
    });
  };
  return {
    url,
    query,
    async exemplars(expression) {
      const nowSeconds = Date.now() / 1000;
      const found = await ask<ExemplarData>('query_exemplars', {
        query: expression,
        start: `${nowSeconds - 3600}`,
        end: `${nowSeconds + 60}`,
      });
      return found.flatMap(({ seriesLabels: series, exemplars }) =>
        exemplars.map(({ labels, value }) => ({ series, labels, value: Number(value) })),
      );
    },
    async waitFor(expression, deadlineMs) {
      const look = async () => ((await query(expression)).length > 0 ? true : undefined);
      await eventually(look, { what: expression, deadlineMs });
    },
    async stop(signal = 'SIGTERM') {
      await program.stop(signal);
    },
  };
}

function testConfig(options: PrometheusOptions): string {
  const { repository, folder, port, targets, intervalSeconds = 1 } = options;
  const interval = `${intervalSeconds}s`;
  const source = join(repository, 'prometheus');
  // No Alertmanager runs in these tests.
  const { alerting: _, ...config } = parse(
    readFileSync(join(source, 'prometheus.yml'), 'utf8'),
  ) as PrometheusConfig;
  const addresses: PrometheusOptions['targets'] = {
    prometheus: { address: `127.0.0.1:${port}` },
    ...targets,
  };
  return stringify({
    ...config,
    global: { scrape_interval: interval, scrape_timeout: interval, evaluation_interval: interval },
    rule_files: readdirSync(join(source, 'rules'))
      .filter((file) => file.endsWith('.yml'))
      .map((file) => copyWithoutIntervals(join(source, 'rules', file), join(folder, file))),
    scrape_configs: config.scrape_configs.flatMap((job) => {
      const target = addresses[job.job_name];
      if (target === undefined) return [];
      return [
        { ...job, metrics_path: target.path ?? '/metrics', static_configs: [{ targets: [target.address] }] },
      ];
    }),
  });
}

/** Groups with an interval of their own would make a test wait for minutes. */
function copyWithoutIntervals(from: string, to: string): string {
  const { groups } = parse(readFileSync(from, 'utf8')) as { groups: { interval?: string }[] };
  writeFileSync(to, stringify({ groups: groups.map(({ interval: _, ...group }) => group) }));
  return to;
}
