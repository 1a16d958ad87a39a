import { type ExportResult, ExportResultCode } from '@opentelemetry/core';
import type { PushMetricExporter, ResourceMetrics } from '@opentelemetry/sdk-metrics';
import type { LabelValueOf } from '../catalogue/labels.js';

/** What became of a push. */
export type PushOutcome = LabelValueOf<'llm_edge_monitoring_pushes_total', 'outcome'>;

/**
 * Tells of each push what became of it, and makes a flush reject when the push before it was not accepted. The SDK
 * only logs a push that failed, so that a flush, and the last one of a shutdown too, would say that all is well.
 */
export function withTellingFlush<Exporter extends PushMetricExporter>(
  exporter: Exporter,
  onPush: (outcome: PushOutcome) => void,
): Exporter {
  const send = exporter.export.bind(exporter);
  const flush = exporter.forceFlush.bind(exporter);
  let failure: Error | undefined;
  let pushes = 0;
  exporter.export = (metrics: ResourceMetrics, done: (result: ExportResult) => void) => {
    // Until there is an answer: the SDK leaves a push behind that takes too long.
    failure = new Error('a push of metrics was not answered in time');
    pushes += 1;
    const push = pushes;
    send(metrics, (result) => {
      const isAccepted = result.code === ExportResultCode.SUCCESS;
      onPush(isAccepted ? 'success' : 'failed');
      // The answer to an earlier push says nothing about the last one.
      if (push === pushes) {
        failure = isAccepted ? undefined : (result.error ?? new Error('a push of metrics failed'));
      }
      done(result);
    });
  };
  exporter.forceFlush = async () => {
    await flush();
    if (failure !== undefined) throw failure;
  };
  return exporter;
}
