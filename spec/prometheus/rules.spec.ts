import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { documentQueries } from '../../scripts/promql/collect-queries.js';
import { labelProblems } from '../../scripts/promql/labels.js';
import { metricsIn, parseProblems } from '../../scripts/promql/promql.js';
import { alertRules, loadRules, loadRuleTests, recordingRules } from '../../scripts/promql/rules.js';
import { createMetricSchema } from '../../scripts/promql/schema.js';
import { runbookUrl } from '../../scripts/repository.js';

const REPOSITORY = resolve(__dirname, '../..');
const rules = loadRules(join(REPOSITORY, 'prometheus/rules'));
const tests = loadRuleTests(join(REPOSITORY, 'prometheus/rules/tests'));
const runbooks = readFileSync(join(REPOSITORY, 'docs/runbooks.md'), 'utf8');
const schema = createMetricSchema(rules);
const alerts = alertRules(rules);
const recordings = recordingRules(rules);

/** What `level` of level:metric:operation stands for: the labels that are left, or none. */
function labelsOfLevel(level: string): string[] {
  if (level === 'global') return [];
  return [...level.matchAll(/(?:from_|to_)?[a-z]+/g)].map(([label]) => label).sort();
}

describe('the rules', () => {
  it('are there', () => {
    expect(alerts.length).toBeGreaterThan(20);
    expect(recordings.length).toBeGreaterThan(40);
  });

  it.each(rules.map((rule) => [rule.record ?? rule.alert, rule.expr]))(
    '%s uses metrics, labels and values that exist',
    (_, expr) => {
      expect([...parseProblems(expr), ...labelProblems(expr, schema)]).toEqual([]);
    },
  );

  it('agree on which errors are the fault of the caller', () => {
    const excluded = rules.flatMap(({ expr }) =>
      metricsIn(expr).flatMap(({ matchers }) =>
        matchers.filter(({ operator }) => operator === '!~').map(({ label, value }) => `${label}: ${value}`),
      ),
    );
    expect([...new Set(excluded)]).toEqual([
      'error_type: client_cancelled|invalid_request|context_length|content_filter|budget_exceeded',
    ]);
  });
});

describe('the recording rules', () => {
  it.each(recordings.map(({ record }) => [record]))(
    '%s is named after the labels that it leaves',
    (record) => {
      const [level = '', metric, operation, ...rest] = record.split(':');
      expect([metric, operation, rest]).toEqual([
        expect.stringMatching(/^llm_edge_\w+$/),
        expect.stringMatching(/^\w+$/),
        [],
      ]);
      expect([...(schema.labelsOf(record)?.keys() ?? [])].sort()).toEqual(labelsOfLevel(level));
    },
  );

  it('have unique names', () => {
    const names = recordings.map(({ record }) => record);
    expect(names).toEqual([...new Set(names)]);
  });

  it('have a value test each', () => {
    const tested = new Set(tests.expressions.flatMap(({ expr }) => metricsIn(expr).map(({ name }) => name)));
    expect(recordings.map(({ record }) => record).filter((record) => !tested.has(record))).toEqual([]);
  });
});

describe('the alerts', () => {
  it.each(alerts.map((alert) => [alert.alert, alert] as const))('%s says what it must', (name, alert) => {
    expect(name).toMatch(/^LlmEdge[A-Z]\w+$/);
    expect(alert.for).toMatch(/^\d+m$/);
    expect(alert.labels).toEqual({ severity: expect.stringMatching(/^(?:critical|warning)$/) });
    expect(alert.annotations).toEqual({
      summary: expect.stringMatching(/\{\{ \$labels\.\w+ \}\}/),
      description: expect.stringMatching(/\.$/),
      runbook_url: runbookUrl(name),
    });
  });

  it.each(alerts.map((alert) => [alert.alert, alert] as const))(
    '%s names only labels that it has',
    (_, alert) => {
      const texts = Object.values(alert.annotations).join(' ');
      const used = [...texts.matchAll(/\$labels\.(\w+)/g)].map(([, label]) => label);
      const alertSchema = createMetricSchema([...rules, { ...alert, record: 'alert' }]);
      const labels = [...(alertSchema.labelsOf('alert')?.keys() ?? [])];
      expect(used.filter((label) => label === undefined || !labels.includes(label))).toEqual([]);
    },
  );

  it('have a test in which they fire and one in which they stay silent', () => {
    const firing = new Set(tests.alerts.filter(({ fires }) => fires).map(({ alertname }) => alertname));
    const silent = new Set(tests.alerts.filter(({ fires }) => !fires).map(({ alertname }) => alertname));
    const untested = alerts
      .map(({ alert }) => alert)
      .filter((name) => !firing.has(name) || !silent.has(name));
    expect(untested).toEqual([]);
  });

  it('are the only ones that are tested', () => {
    const known = new Set(alerts.map(({ alert }) => alert));
    expect(tests.alerts.filter(({ alertname }) => !known.has(alertname))).toEqual([]);
  });
});

describe('the runbooks', () => {
  const sections = runbooks.split(/^## /m).slice(1);

  it('have one section for each alert, and no other', () => {
    const headings = sections.map((section) => section.split('\n')[0]);
    expect([...headings].sort()).toEqual(alerts.map(({ alert }) => alert).sort());
  });

  it('say in each what it means, what to look at and what to do', () => {
    const incomplete = sections.filter(
      (section) =>
        !/^\*\*Means\.\*\*/m.test(section) ||
        !/^\*\*Look at\.\*\*/m.test(section) ||
        !/^```promql$/m.test(section) ||
        !/^\*\*Do\.\*\*/m.test(section),
    );
    expect(incomplete.map((section) => section.split('\n')[0])).toEqual([]);
  });

  it('link only to sections that exist', () => {
    const anchors = new Set(alerts.map(({ alert }) => alert.toLowerCase()));
    const links = [...runbooks.matchAll(/\]\(#([^)]+)\)/g)].map(([, anchor]) => anchor);
    expect(links.filter((anchor) => anchor === undefined || !anchors.has(anchor))).toEqual([]);
  });

  it.each(documentQueries('runbooks.md', runbooks).map(({ source, query }) => [source, query]))(
    'have a correct query at %s',
    (_, query) => {
      expect([...parseProblems(query), ...labelProblems(query, schema)]).toEqual([]);
    },
  );
});
