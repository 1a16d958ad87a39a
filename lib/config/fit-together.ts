import { COMPONENTS } from './components.js';
import type { Draft } from './draft.js';
import type { ResolvedField } from './resolve-field.js';

const BATCH_SIZE = 'traces.batch.maxExportBatchSize';
const QUEUE_SIZE = 'traces.batch.maxQueueSize';
const KEY = 'traces.clientKeyFile';
const CERTIFICATE = 'traces.clientCertificateFile';

/**
 * A batch cannot be larger than the queue. A smaller queue takes the default of the batch with it: nobody asked for a
 * batch that does not fit. Where a variable is at fault the batch shrinks, where the options are they are refused.
 */
export function fitBatch({ settings, fields, problems, warnings, isUsed }: Draft): void {
  const batch = settings.traces.batch as { maxExportBatchSize: number; readonly maxQueueSize: number };
  const { maxExportBatchSize, maxQueueSize } = batch;
  if (maxExportBatchSize <= maxQueueSize) return;
  const { isGiven, variable, unsupported } = fields.get(BATCH_SIZE) as ResolvedField;
  const queueVariable = fields.get(QUEUE_SIZE)?.variable;
  const faulty = variable ?? queueVariable;
  const fault = {
    option: BATCH_SIZE,
    seen: String(maxExportBatchSize),
    remedy: `write at most ${QUEUE_SIZE} (OTEL_BSP_MAX_QUEUE_SIZE), which is ${maxQueueSize}`,
  } as const;
  if (isGiven && faulty === undefined) {
    problems.push({ ...fault, variable: 'OTEL_BSP_MAX_EXPORT_BATCH_SIZE' });
    return;
  }
  batch.maxExportBatchSize = maxQueueSize;
  const isDefault = !isGiven && (variable === undefined || unsupported !== undefined);
  if (faulty === undefined || isDefault || !isUsed('spans')) return;
  warnings.push({ ...fault, variable: faulty, effect: `it counts as ${maxQueueSize}` });
}

/** The key and the certificate of the client go together; half of them would be no client that the Collector knows. */
export function fitClientCertificate(draft: Draft): void {
  const { settings, fields, problems, warnings, isUsed, switchOff } = draft;
  const { clientKeyFile, clientCertificateFile } = settings.traces;
  if ((clientKeyFile === undefined) === (clientCertificateFile === undefined)) return;
  const key = fields.get(KEY) as ResolvedField;
  const certificate = fields.get(CERTIFICATE) as ResolvedField;
  const fault = {
    option: KEY,
    seen: clientKeyFile === undefined ? 'a certificate without a key' : 'a key without a certificate',
    remedy: `give both the key and the certificate (${CERTIFICATE}), or neither`,
  };
  // A half that is not supported was told of already.
  if ((key.unsupported ?? certificate.unsupported) !== undefined) return;
  const variable = key.variable ?? certificate.variable;
  if (key.isGiven || certificate.isGiven || variable === undefined) {
    problems.push({ ...fault, variable: 'OTEL_EXPORTER_OTLP_CLIENT_KEY' });
    return;
  }
  if (!isUsed('export')) return;
  switchOff('export');
  warnings.push({ ...fault, variable, effect: COMPONENTS.export.offText ?? '' });
}
