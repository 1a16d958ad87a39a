import { observeOperation, startRequest } from '../../lib/index.js';
import { startTestMonitoring } from '../../lib/testing.js';

describe('an operation within another', () => {
  it('is counted, however many requests it has made', async () => {
    const test = await startTestMonitoring();
    observeOperation({ name: 'outer' }, () =>
      observeOperation({ name: 'inner' }, () => {
        for (let made = 0; made < 150_000; made += 1) startRequest({ provider: 'openai', model: 'm' }).end();
      }),
    );
    expect(await test.value('llm_edge_operations_total', { status: 'success' })).toBe(2);
    expect(await test.value('llm_edge_monitoring_dropped_total', { reason: 'internal_error' })).toBe(0);
    await test.shutdown();
  });
});
