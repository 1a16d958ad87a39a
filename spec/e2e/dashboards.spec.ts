import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join, resolve } from 'node:path';
import { freePorts } from '../../bench/ports.js';
import { METRICS } from '../../lib/index.js';
import { allDashboards } from '../../scripts/dashboards/dashboards.js';
import { collectQueries, documentQueries, type ShippedQuery } from '../../scripts/promql/collect-queries.js';
import { emptyQueries, evaluateQueries, failedQueries } from '../../scripts/promql/evaluate-queries.js';
import { loadRules } from '../../scripts/promql/rules.js';
import {
  renderFixtureCollector,
  renderFixtureGateway,
  renderFixtureTargetInfo,
} from './support/fixture-exposition.js';
import { type PrometheusProcess, startPrometheus } from './support/prometheus-process.js';
import { createWorkspace } from './support/workspace.js';

const REPOSITORY = resolve(__dirname, '../..');
/** The slowest rule to have data: it adds up what another rule recorded at full minutes. */
const LAST_RULE = 'job:llm_edge_slo_events:increase3d';

const rules = loadRules(join(REPOSITORY, 'prometheus/rules'));
const queries = collectQueries(allDashboards(), rules, { rateInterval: '30s', range: '1h' });
const documents = ['docs/prometheus.md', 'docs/runbooks.md'].flatMap((file) =>
  documentQueries(file, readFileSync(join(REPOSITORY, file), 'utf8')),
);
const examples = Object.entries(METRICS).map(([name, { query }]): ShippedQuery => {
  return { source: `example of ${name}`, kind: 'document', query };
});

describe('dashboards, rules and runbooks on a real Prometheus', () => {
  const workspace = createWorkspace();
  let server: Server;
  let prometheus: PrometheusProcess;

  beforeAll(async () => {
    const startedMs = Date.now();
    const pages: Record<string, (elapsedSeconds: number) => string> = {
      '/gateway': (elapsed) => renderFixtureGateway(elapsed) + renderFixtureTargetInfo(),
      '/collector': renderFixtureCollector,
      // A Collector that was sent the catalogue of the gateway above as well, and of one that only pushes.
      '/pushed': (elapsed) => renderFixtureGateway(elapsed, { job: 'pushing-agent', instance: '0a7e' }),
      '/pushed-twice': (elapsed) =>
        renderFixtureGateway(elapsed, { job: 'llm-edge-agent', instance: '6f1c0a7e' }),
    };
    server = createServer((request, response) => {
      // An hour old from the start: counters have values, and rates have something to compare with.
      const elapsedSeconds = 3600 + (Date.now() - startedMs) / 1000;
      const text = (request.url ?? '').split('+').map((path) => pages[path]?.(elapsedSeconds) ?? '');
      response.setHeader('content-type', 'text/plain; version=0.0.4');
      response.end(mergeExpositions(text));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    const at = (path: string) => ({ address: `127.0.0.1:${address.port}`, path });
    const { port } = await freePorts(['port']);
    prometheus = await startPrometheus({
      repository: REPOSITORY,
      folder: workspace.path,
      port,
      targets: {
        'llm-edge-agent': at('/gateway'),
        'otel-collector': at('/collector'),
        'otel-collector-metrics': at('/pushed+/pushed-twice'),
      },
    });
    await prometheus.waitFor(`${LAST_RULE} and ${LAST_RULE} offset 3s`, 90_000);
  }, 120_000);

  afterAll(async () => {
    await prometheus?.stop();
    server?.close();
    workspace.remove();
  });

  it('accepts every query', async () => {
    const outcomes = await evaluateQueries(prometheus.url, [...queries, ...documents, ...examples]);
    expect(failedQueries(outcomes)).toEqual([]);
  }, 60_000);

  it('has data for every panel, variable, recording rule and example of the catalogue', async () => {
    const wanted = queries.filter(({ kind }) => ['panel', 'variable', 'recording rule'].includes(kind));
    expect(emptyQueries(await evaluateQueries(prometheus.url, [...wanted, ...examples]))).toEqual([]);
  }, 60_000);

  it('evaluates every rule without an error', async () => {
    const response = await fetch(`${prometheus.url}/api/v1/rules`);
    const { data } = (await response.json()) as {
      data: { groups: { rules: { name: string; health: string; lastError?: string }[] }[] };
    };
    const unhealthy = data.groups.flatMap((group) => group.rules).filter(({ health }) => health !== 'ok');
    expect(unhealthy).toEqual([]);
    expect(data.groups.flatMap((group) => group.rules)).toHaveLength(rules.length);
  });

  it('counts a service once that is scraped and also pushes', async () => {
    const [outcome] = await evaluateQueries(prometheus.url, [
      { source: 'spec', kind: 'document', query: 'count by (job) (llm_edge_active_requests)' },
    ]);
    expect(outcome?.values).toEqual([1, 1]);
  });
});

/** One exposition must name each metric once, so the second text gives its samples only. */
function mergeExpositions(texts: readonly string[]): string {
  const families = new Map<string, string[]>();
  let family: string[] = [];
  for (const line of texts.join('').split('\n')) {
    const name = /^# (?:HELP|TYPE) (\S+)/.exec(line)?.[1];
    if (name !== undefined) {
      const known = families.get(name);
      family = known ?? [];
      if (known === undefined) families.set(name, family);
      if (!family.includes(line)) family.push(line);
    } else if (line !== '') family.push(line);
  }
  return `${[...families.values()].flat().join('\n')}\n`;
}
