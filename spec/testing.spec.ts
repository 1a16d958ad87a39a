import { observeRequest, recordCost } from '../lib/index.js';
import { startTestMonitoring } from '../lib/testing.js';

describe('startTestMonitoring()', () => {
  it('tells values, series and spans, and starts afresh after shutdown', async () => {
    const first = await startTestMonitoring();
    const result = await observeRequest({ provider: 'openai', model: 'gpt-4o' }, async () => 'answer');
    recordCost('openai', 'gpt-4o', 0.5);
    expect(result).toBe('answer');
    expect(await first.value('llm_edge_cost_usd_total', { provider: 'openai', model: 'gpt-4o' })).toBe(0.5);
    expect(
      await first.value('llm_edge_requests_total', {
        provider: 'openai',
        model: 'gpt-4o',
        status: 'success',
      }),
    ).toBe(1);
    expect(await first.series('llm_edge_request_duration_ms')).toMatchObject([
      { labels: { provider: 'openai', model: 'gpt-4o' }, value: { count: 1 } },
    ]);
    expect((await first.spans()).map(({ name }) => name)).toEqual(['chat gpt-4o']);
    await first.shutdown();

    const second = await startTestMonitoring();
    expect(
      await second.value('llm_edge_cost_usd_total', { provider: 'openai', model: 'gpt-4o' }),
    ).toBeUndefined();
    expect(await second.spans()).toEqual([]);
    await second.shutdown();
  });
});
