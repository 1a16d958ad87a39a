import { METRICS } from '../../lib/index.js';
import { labelProblems } from '../../scripts/promql/labels.js';
import { metricsIn, parseProblems } from '../../scripts/promql/promql.js';
import { createMetricSchema } from '../../scripts/promql/schema.js';

const schema = createMetricSchema();

describe('the example queries of the catalogue', () => {
  it.each(Object.entries(METRICS).map(([name, { query }]) => [name, query]))(
    'use metrics, labels and values that exist, for %s',
    (name, query) => {
      expect([...parseProblems(query), ...labelProblems(query, schema)]).toEqual([]);
      expect(metricsIn(query).some((use) => use.name.startsWith(name))).toBe(true);
    },
  );
});
