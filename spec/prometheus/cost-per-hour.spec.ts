import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { METRICS } from '../../lib/index.js';
import { allDashboards } from '../../scripts/dashboards/dashboards.js';
import { collectQueries, documentQueries } from '../../scripts/promql/collect-queries.js';
import { expandGrafanaMacros } from '../../scripts/promql/grafana-macros.js';

const REPOSITORY = resolve(__dirname, '../..');
/** What was spent in each minute of the quarter of an hour that the service has run, in US dollars. */
const USD_PER_MINUTE = 0.1;

const panels = collectQueries(allDashboards(), []).filter(
  ({ query }) =>
    /^(3600|24 \* 3600) \* sum[^+]*llm_edge_cost_usd_total/.test(query) && !query.includes('savings'),
);
const documents = documentQueries(
  'docs/prometheus.md',
  readFileSync(join(REPOSITORY, 'docs/prometheus.md'), 'utf8'),
);
const examples = Object.values(METRICS).map(({ query }) => ({ source: 'the catalogue', query }));
const hourly = [...panels, ...documents, ...examples].filter(
  ({ query }) =>
    query.includes('llm_edge_cost_usd_total') && query.includes('3600') && !query.includes('savings'),
);

/** The value of the only series of a query, as Prometheus' own promtool has it at a time in minutes. */
function evaluate(query: string, series: Readonly<Record<string, string>>, atMinutes: number): string {
  const folder = mkdtempSync(join(tmpdir(), 'promtool-'));
  const file = join(folder, 'query.test.yml');
  const test = {
    evaluation_interval: '1m',
    tests: [
      {
        interval: '15s',
        input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
        // No such value: promtool says what it got instead.
        promql_expr_test: [
          { expr: query, eval_time: `${atMinutes}m`, exp_samples: [{ labels: '{none="1"}', value: -1 }] },
        ],
      },
    ],
  };
  writeFileSync(file, JSON.stringify(test));
  try {
    execFileSync('promtool', ['test', 'rules', file], { encoding: 'utf8', stdio: 'pipe' });
  } catch (error) {
    const text = String((error as { stderr?: unknown }).stderr) + (error as { stdout?: string }).stdout;
    return /got:\s*\{[^}]*\}\s*(\S+)/.exec(text)?.[1] ?? text;
  } finally {
    rmSync(folder, { recursive: true });
  }
  throw new Error('the value was the one that cannot be');
}

describe('the cost per hour', () => {
  const COST = 'llm_edge_cost_usd_total{job="gw",instance="a",provider="openai",model="gpt-4o"}';

  it('is asked for on two dashboards, in docs/prometheus.md and in the catalogue', () => {
    expect(panels.length).toBeGreaterThanOrEqual(5);
    expect(hourly.length).toBeGreaterThanOrEqual(panels.length + 2);
  });

  it.each(hourly.map(({ source, query }) => [source, query]))(
    'is right a quarter of an hour after the start: %s',
    (_, query) => {
      const value = Number(evaluate(query, { [COST]: `0+${USD_PER_MINUTE / 4}x60` }, 15));
      const hours = query.startsWith('24 *') ? 24 : 1;
      expect(value).toBeCloseTo(60 * USD_PER_MINUTE * hours, 6);
    },
  );
});

describe('firing alerts', () => {
  const [panel, annotation] = [...allDashboards().values()]
    .flatMap(({ panels = [], annotations }) => [...panels, ...(annotations.list ?? [])])
    .map((part) => JSON.stringify(part))
    .filter((text) => text.includes('ALERTS'))
    .map((text) =>
      (/"expr":"((?:[^"\\]|\\.)*ALERTS(?:[^"\\]|\\.)*)"/.exec(text)?.[1] ?? '').replaceAll('\\"', '"'),
    )
    .sort((first) => (first.startsWith('count') ? -1 : 1));

  it('are those of the services chosen, on the panel and as annotations', () => {
    const alerts = {
      'ALERTS{alertname="LlmEdgeProviderDown",alertstate="firing",job="mine"}': '1x60',
      'ALERTS{alertname="LlmEdgeProviderDown",alertstate="firing",job="other"}': '1x60',
      'ALERTS{alertname="LlmEdgeCostSpike",alertstate="firing",job="other"}': '1x60',
    };
    const chosen = (query: string | undefined, service: string): number => {
      const narrowed = expandGrafanaMacros((query ?? '').replace('$service', service));
      const counted = narrowed.startsWith('count') ? narrowed : `count(${narrowed})`;
      return Number(evaluate(counted, alerts, 5));
    };
    expect([chosen(panel, 'mine'), chosen(panel, 'other'), chosen(panel, '.*')]).toEqual([1, 2, 3]);
    expect([chosen(annotation, 'mine'), chosen(annotation, '.*')]).toEqual([1, 3]);
  });
});
