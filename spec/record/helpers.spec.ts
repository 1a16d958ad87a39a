import * as entry from '../../lib/index.js';
import { initMonitoring, type Monitoring } from '../../lib/index.js';
import { startTestMonitoring } from '../../lib/testing.js';
import { RECORD_HELPERS } from '../support/recorder-harness.js';

type Helper = (...args: unknown[]) => void;

/** Calls every helper, with arguments that most of them record. */
function useAll(helpers: object): void {
  for (const name of RECORD_HELPERS) (helpers as Record<string, Helper>)[name]?.('L1', 'open', 1, 1);
}

describe('the record helpers', () => {
  it('are functions, and methods of a monitoring, that record the same', async () => {
    const test = await startTestMonitoring();
    const active = () => test.value('llm_edge_active_requests', {});
    const cost = () => test.value('llm_edge_cost_usd_total', { provider: 'p', model: 'm' });
    test.monitoring.recordActiveRequests(3);
    test.monitoring.recordCost('p', 'm', 1);
    expect([await active(), await cost()]).toEqual([3, 1]);
    entry.recordActiveRequests(5);
    entry.recordCost('p', 'm', 1);
    expect([await active(), await cost()]).toEqual([5, 2]);
    expect(RECORD_HELPERS.filter((name) => typeof test.monitoring[name] !== 'function')).toEqual([]);
    await test.shutdown();
  });

  it('do nothing before the start, where monitoring is off, and after shutdown', async () => {
    useAll(entry);
    const disabled = await initMonitoring({ enabled: false });
    useAll(disabled);
    useAll(entry);
    await disabled.shutdown();
    const first = await startTestMonitoring();
    await first.shutdown();
    const second = await startTestMonitoring();
    useAll(first.monitoring);
    expect(await second.series('llm_edge_provider_available')).toEqual([]);
    expect(await second.value('llm_edge_cache_hits_total', { tier: 'L1' })).toBe(0);
    useAll(second.monitoring);
    expect(await second.value('llm_edge_cache_hits_total', { tier: 'L1' })).toBe(1);
    await second.shutdown();
  });

  it('may be replaced on a monitoring, as a test does', async () => {
    const test = await startTestMonitoring();
    const spy = jest
      .spyOn(test.monitoring as Monitoring, 'recordCacheHit')
      .mockImplementation(() => undefined);
    test.monitoring.recordCacheHit('L1');
    expect(spy).toHaveBeenCalledWith('L1');
    expect(await test.value('llm_edge_cache_hits_total', { tier: 'L1' })).toBe(0);
    await test.shutdown();
  });
});
