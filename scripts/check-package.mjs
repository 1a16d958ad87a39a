// Loads both builds in one process, as a host with mixed dependencies does, and checks that they act as one.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';

const { exports } = createRequire(import.meta.url)('../package.json');
const require = createRequire(import.meta.url);

for (const subpath of Object.keys(exports)) {
  if (subpath === './package.json' || subpath === './register') continue;
  const name = subpath.replace('.', 'llm-edge-monitoring');
  const esm = await import(name);
  const cjs = require(name);
  const names = (copy) =>
    Object.keys(copy)
      .filter((key) => key !== 'default' && key !== '__esModule' && key !== 'module.exports')
      .sort();
  assert.deepEqual(names(esm), names(cjs), `${name}: the two builds export different names`);
}

const esm = await import('llm-edge-monitoring');
const cjs = require('llm-edge-monitoring');
assert.notEqual(
  esm.MonitoringError,
  cjs.MonitoringError,
  'the builds share a class: this check checks nothing',
);
assert.ok(new esm.MonitoringError('ERR_INVALID_CONFIG', 'x') instanceof cjs.MonitoringError);
assert.ok(new cjs.MonitoringError('ERR_INVALID_CONFIG', 'x') instanceof esm.MonitoringError);
assert.ok(!(new Error('x') instanceof esm.MonitoringError));

const monitoring = await esm.initMonitoring({ metrics: { port: 0 }, traces: { exporter: 'none' } });
cjs.recordCost('openai', 'gpt-4', 0.0075);
esm.recordCost('openai', 'gpt-4', 0.0025);
assert.equal(await cjs.initMonitoring({ metrics: { port: 0 }, traces: { exporter: 'none' } }), monitoring);
const text = await (await fetch(monitoring.metricsUrl)).text();
assert.match(text, /^llm_edge_cost_usd_total\{provider="openai",model="gpt-4"\} 0\.01$/m);
await monitoring.shutdown();
console.log('both builds act as one');
