import { type ExportResult, ExportResultCode } from '@opentelemetry/core';
import type { PushMetricExporter, ResourceMetrics } from '@opentelemetry/sdk-metrics';

/** What became of a push. */
export type PushOutcome = 'success' | 'failed';

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
  exporter.export = (metrics: ResourceMetrics, done: (result: ExportResult) => void) => {
    // Until there is an answer: the SDK leaves a push behind that takes too long.
    failure = new Error('a push of metrics was not answered in time');
    send(metrics, (result) => {
      failure =
        result.code === ExportResultCode.SUCCESS
          ? undefined
          : (result.error ?? new Error('a push of metrics failed'));
      onPush(failure === undefined ? 'success' : 'failed');
      done(result);
    });
  };
  exporter.forceFlush = async () => {
    await flush();
    if (failure !== undefined) throw failure;
  };
  return exporter;
}
