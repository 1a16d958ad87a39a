// #region snippet
import assert from 'node:assert/strict';
import { recordCost } from 'llm-edge-monitoring';
import { startTestMonitoring } from 'llm-edge-monitoring/testing';

const test = await startTestMonitoring();
recordCost('openai', 'gpt-4o', 0.02); // The code under test.

const labels = { provider: 'openai', model: 'gpt-4o' };
assert.equal(await test.value('llm_edge_cost_usd_total', labels), 0.02);
await test.shutdown();
// #endregion
