import { collectQueries, documentQueries } from '../../scripts/promql/collect-queries.js';
import { expandGrafanaMacros } from '../../scripts/promql/grafana-macros.js';

describe('collectQueries()', () => {
  it('lists panels, variables, annotations and rules', () => {
    const dashboard = {
      panels: [
        { title: 'Row' },
        { title: 'Graph', targets: [{ refId: 'A', expr: 'rate(a{job=~"$service"}[$__rate_interval])' }] },
      ],
      templating: {
        list: [
          { name: 'datasource', type: 'datasource' },
          { name: 'model', type: 'query', definition: 'label_values(a{job=~"$service"}, model)' },
        ],
      },
      annotations: { list: [{ name: 'Alerts', expr: 'ALERTS' }] },
    };
    const rule = { file: 'r.yml', group: 'g', labels: {}, annotations: {} };
    const rules = [
      { ...rule, record: 'job:a:rate5m', expr: 'sum by (job) (rate(a[5m]))' },
      { ...rule, alert: 'Down', expr: 'up == 0' },
    ];
    expect(collectQueries(new Map([['d.json', dashboard]]), rules)).toEqual([
      { source: 'd.json: Graph A', kind: 'panel', query: 'rate(a{job=~".*"}[1m])' },
      { source: 'd.json: $model', kind: 'variable', query: 'group by (model) (a{job=~".*"})' },
      { source: 'd.json: Alerts', kind: 'annotation', query: 'ALERTS' },
      { source: 'r.yml: job:a:rate5m', kind: 'recording rule', query: 'sum by (job) (rate(a[5m]))' },
      { source: 'r.yml: Down', kind: 'alert', query: 'up == 0' },
    ]);
  });
});

describe('documentQueries()', () => {
  it('reads the promql blocks alone, with their lines', () => {
    const markdown = 'Text\n\n```promql\nup\n```\n\n```ts\nlet a;\n```\n\n```promql\nsum(\n  a\n)\n```\n';
    expect(documentQueries('README.md', markdown)).toEqual([
      { source: 'README.md:3', kind: 'document', query: 'up' },
      { source: 'README.md:11', kind: 'document', query: 'sum(\n  a\n)' },
    ]);
  });
});

describe('expandGrafanaMacros()', () => {
  it('gives macros the values asked for and leaves the rest alone', () => {
    const query = 'label_replace(increase(a{m=~"$model|x"}[$__range]), "b", "$1", "c", "(.+)")';
    expect(expandGrafanaMacros(query, { rateInterval: '30s', range: '6h' })).toBe(
      'label_replace(increase(a{m=~".*|x"}[6h]), "b", "$1", "c", "(.+)")',
    );
  });
});
