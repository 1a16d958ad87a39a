import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DashboardBuilder, type Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { parse } from 'yaml';
import { METRICS, type MetricSpec } from '../../lib/index.js';
import { allDashboards, renderDashboard } from '../../scripts/dashboards/dashboards.js';
import { layoutProblems } from '../../scripts/dashboards/frame.js';
import { collectQueries } from '../../scripts/promql/collect-queries.js';
import { labelProblems } from '../../scripts/promql/labels.js';
import { metricsIn, parseProblems } from '../../scripts/promql/promql.js';
import { alertRules, loadRules } from '../../scripts/promql/rules.js';
import { createMetricSchema } from '../../scripts/promql/schema.js';
import { runbookUrl } from '../../scripts/repository.js';

const REPOSITORY = resolve(__dirname, '../..');
const FOLDER = join(REPOSITORY, 'grafana/dashboards');
const rules = loadRules(join(REPOSITORY, 'prometheus/rules'));
const schema = createMetricSchema(rules);
const dashboards = allDashboards();
const queries = collectQueries(dashboards, []);
const panels = [...dashboards].flatMap(([file, { panels = [] }]) =>
  panels.filter((panel): panel is Panel => panel.type !== 'row').map((panel) => ({ file, panel })),
);

describe('the committed dashboards', () => {
  it('are what the generator makes', () => {
    const committed = readdirSync(FOLDER).map((file) => [file, readFileSync(join(FOLDER, file), 'utf8')]);
    const generated = [...dashboards].map(([file, dashboard]) => [file, renderDashboard(dashboard)]);
    expect(Object.fromEntries(committed)).toEqual(Object.fromEntries(generated));
  });
});

describe('the dashboards', () => {
  it.each(queries.map(({ source, query }) => [source, query]))(
    '%s uses metrics, labels and values that exist',
    (_, query) => {
      expect([...parseProblems(query), ...labelProblems(query, schema)]).toEqual([]);
    },
  );

  it('show every metric of the catalogue', () => {
    const shown = new Set(queries.flatMap(({ query }) => metricsIn(query).map(({ name }) => name)));
    const metrics: [string, MetricSpec][] = Object.entries(METRICS);
    const hidden = metrics.filter(
      ([name, { kind }]) => !shown.has(kind === 'histogram' ? `${name}_bucket` : name),
    );
    expect(hidden.map(([name]) => name)).toEqual([]);
  });

  it.each([...dashboards])('%s fills its grid', (_, dashboard) => {
    expect(layoutProblems(dashboard)).toEqual([]);
  });

  it('have unique uids and titles', () => {
    const ids = [...dashboards.values()].flatMap(({ uid, title }) => [uid, title]);
    expect(ids).toEqual([...new Set(ids)]);
  });

  it.each([...dashboards])('%s can be narrowed to services, providers and models', (_, dashboard) => {
    const variables = dashboard.templating?.list ?? [];
    expect(
      variables.map(({ name, multi, includeAll, allValue }) => ({ name, multi, includeAll, allValue })),
    ).toEqual([
      { name: 'datasource', multi: false, includeAll: false },
      { name: 'service', multi: true, includeAll: true, allValue: '.*' },
      { name: 'provider', multi: true, includeAll: true, allValue: '.*' },
      { name: 'model', multi: true, includeAll: true, allValue: '.*' },
    ]);
  });

  it('describe, measure and place every panel', () => {
    const bare = panels.filter(({ panel }) => {
      // Tables have a unit for each column, heatmaps one for their axis, and a state has none.
      const isElsewhere = ['table', 'heatmap', 'state-timeline'].includes(panel.type);
      const isMeasured = isElsewhere || panel.fieldConfig?.defaults.unit !== undefined;
      return !panel.title || !panel.description || !isMeasured || panel.datasource?.uid !== '$datasource';
    });
    expect(bare.map(({ file, panel }) => `${file}: ${panel.title}`)).toEqual([]);
  });

  it('ask for exemplars wherever a latency is drawn over time', () => {
    const without = panels.filter(({ panel }) => {
      const targets = (panel.targets ?? []) as { expr?: string; exemplar?: boolean; instant?: boolean }[];
      const isGraph = panel.type === 'timeseries' || panel.type === 'heatmap';
      const drawsLatency = targets.some(({ expr }) =>
        /(duration|first_token|overhead)_ms_bucket/.test(expr ?? ''),
      );
      return isGraph && drawsLatency && targets.some(({ exemplar }) => exemplar !== true);
    });
    expect(without.map(({ file, panel }) => `${file}: ${panel.title}`)).toEqual([]);
  });

  it('link every alert from a panel, and to no runbook that does not exist', () => {
    const urls = panels.flatMap(({ panel }) => (panel.links ?? []).map(({ url }) => url));
    const expected = alertRules(rules).map(({ alert }) => runbookUrl(alert));
    expect([...new Set(urls)].sort()).toEqual(expected.sort());
  });
});

describe('layoutProblems()', () => {
  it('names lines that leave a gap or end unevenly', () => {
    const at = (y: number, x: number, w: number, h: number): Panel =>
      new PanelBuilder().gridPos({ x, y, w, h }).build();
    const panels = [at(0, 0, 12, 4), at(0, 12, 12, 4), at(4, 0, 20, 4), at(8, 0, 12, 4), at(8, 12, 12, 6)];
    expect(layoutProblems({ ...new DashboardBuilder('Test').build(), panels })).toEqual([
      'the line at 4 is 20 wide, not 24',
      'the panels of the line at 8 differ in height',
    ]);
  });
});

describe('the provisioning', () => {
  interface DataSource {
    readonly uid: string;
    readonly type: string;
    readonly jsonData: {
      readonly exemplarTraceIdDestinations?: readonly {
        readonly name: string;
        readonly datasourceUid: string;
      }[];
      readonly tracesToMetrics?: {
        readonly datasourceUid: string;
        readonly tags: readonly { readonly value: string }[];
        readonly queries: readonly { readonly query: string }[];
      };
    };
  }
  const file = join(REPOSITORY, 'grafana/provisioning/datasources/datasources.yml');
  const { datasources } = parse(readFileSync(file, 'utf8')) as { datasources: DataSource[] };

  it('leads from an exemplar to a trace store that is provisioned', () => {
    const prometheus = datasources.find(({ type }) => type === 'prometheus');
    expect(prometheus?.jsonData.exemplarTraceIdDestinations).toEqual([
      { name: 'trace_id', datasourceUid: 'traces' },
    ]);
    expect(datasources.map(({ uid }) => uid)).toEqual(['prometheus', 'traces', 'alertmanager']);
  });

  it('leads from a span to metrics that exist', () => {
    const links = datasources.flatMap(({ jsonData }) => jsonData.tracesToMetrics ?? []);
    const problems = links.flatMap(({ queries, tags }) =>
      queries.flatMap(({ query }) => {
        const matchers = tags.map(({ value }) => `${value}="x"`).join(',');
        const promql = query.replaceAll('$$__tags', matchers);
        return [...parseProblems(promql), ...labelProblems(promql, schema)];
      }),
    );
    expect(links.map(({ datasourceUid }) => datasourceUid)).toEqual(['prometheus']);
    expect(problems).toEqual([]);
  });
});
