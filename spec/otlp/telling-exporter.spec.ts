import { type ExportResult, ExportResultCode } from '@opentelemetry/core';
import type { PushMetricExporter, ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { withTellingFlush } from '../../lib/otlp/telling-exporter.js';

const PAGE = { scopeMetrics: [] } as unknown as ResourceMetrics;

/** An exporter whose pushes wait until the spec answers them. */
function setup() {
  const waiting: ((result: ExportResult) => void)[] = [];
  const outcomes: string[] = [];
  const inner: PushMetricExporter = {
    export: (_page, done) => void waiting.push(done),
    forceFlush: async () => undefined,
    shutdown: async () => undefined,
  };
  const exporter = withTellingFlush(inner, (outcome) => outcomes.push(outcome));
  const push = () => exporter.export(PAGE, () => undefined);
  const answer = (result: ExportResult) => waiting.shift()?.(result);
  return { exporter, push, answer, outcomes };
}

describe('withTellingFlush()', () => {
  it('tells once of each push what became of it', () => {
    const { push, answer, outcomes } = setup();
    push();
    expect(outcomes).toEqual([]);
    answer({ code: ExportResultCode.SUCCESS });
    push();
    answer({ code: ExportResultCode.FAILED });
    expect(outcomes).toEqual(['success', 'failed']);
  });

  it('rejects a flush with what the last push failed with, until one succeeds', async () => {
    const { exporter, push, answer } = setup();
    const away = new Error('away');
    push();
    await expect(exporter.forceFlush()).rejects.toThrow('not answered in time');
    answer({ code: ExportResultCode.FAILED, error: away });
    await expect(exporter.forceFlush()).rejects.toBe(away);
    push();
    answer({ code: ExportResultCode.SUCCESS });
    await expect(exporter.forceFlush()).resolves.toBeUndefined();
  });

  it('takes no late answer to an earlier push for that of the last one', async () => {
    const { exporter, push, answer } = setup();
    push();
    push();
    answer({ code: ExportResultCode.SUCCESS });
    await expect(exporter.forceFlush()).rejects.toThrow('not answered in time');
  });
});
