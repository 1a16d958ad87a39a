import { initMonitoring } from '../../lib/index.js';
import { createMetricPushHarness } from '../support/metric-push.js';
import { type OtlpFault, startOtlpReceiver } from '../support/otlp-receiver.js';

describe('pushes of metrics', () => {
  it('are counted once each, by what became of them', () => {
    const { push, answer, outcomes } = createMetricPushHarness();
    push();
    expect(outcomes).toEqual([]);
    answer();
    push();
    answer(new Error('away'));
    expect(outcomes).toEqual(['success', 'failed']);
  });

  it('make a flush reject with what the last one failed with, until one succeeds', async () => {
    const { push, answer, flush } = createMetricPushHarness();
    const away = new Error('away');
    push();
    await expect(flush()).rejects.toThrow('did not answer a metrics push in time');
    answer(away);
    await expect(flush()).rejects.toBe(away);
    push();
    answer();
    await expect(flush()).resolves.toBeUndefined();
  });

  it('take no late answer to an earlier one for that of the last one', async () => {
    const { push, answer, flush } = createMetricPushHarness();
    push();
    push();
    answer();
    await expect(flush()).rejects.toThrow('did not answer a metrics push in time');
  });

  it('reach a real Collector, whose refusal a flush tells', async () => {
    let fault: OtlpFault | undefined = { code: 3, message: 'not like this' };
    const receiver = await startOtlpReceiver(() => fault);
    const monitoring = await initMonitoring({
      metrics: { exporters: ['otlp'], endpoint: receiver.endpoint, exportIntervalMillis: 3_600_000 },
      traces: { exporter: 'none' },
    });
    await expect(monitoring.forceFlush()).rejects.toThrow(/not like this/);
    fault = undefined;
    await monitoring.forceFlush();
    await monitoring.shutdown();
    await receiver.close();
    expect(receiver.pushes.at(-1)).toMatchObject({
      'llm_edge_monitoring_pushes_total{outcome="failed"}': 1,
      'llm_edge_monitoring_pushes_total{outcome="success"}': 1,
    });
  });
});
