import type { ConfigProblem, ConfigWarning } from '../errors.js';
import { COMPONENTS, type Component } from './definitions.js';
import type { ResolvedSetting } from './resolve-setting.js';
import type { SettingPath, Settings } from './settings.js';

/** The settings while they are put together. */
export interface Draft {
  readonly settings: Settings;
  /** Where the value of each setting comes from, and what is wrong with it. */
  readonly resolved: ReadonlyMap<SettingPath, ResolvedSetting>;
  readonly problems: ConfigProblem[];
  readonly warnings: ConfigWarning[];
  isUsed(component: Component | undefined): boolean;
  /** Stops a component once all of its settings are judged. */
  switchOff(component: Component): void;
}

const BATCH_SIZE = 'traces.batch.maxExportBatchSize';
const QUEUE_SIZE = 'traces.batch.maxQueueSize';
const KEY = 'traces.clientKeyFile';
const CERTIFICATE = 'traces.clientCertificateFile';

/**
 * A batch cannot be larger than the queue. The default of the batch shrinks with a smaller queue. A batch that was asked
 * for and does not fit is refused where the options are wrong, and shrinks where a variable is.
 */
export function fitBatch({ settings, resolved, problems, warnings, isUsed }: Draft): void {
  const batch = settings.traces.batch as { maxExportBatchSize: number; readonly maxQueueSize: number };
  const { maxExportBatchSize, maxQueueSize } = batch;
  if (maxExportBatchSize <= maxQueueSize) return;
  const { isGiven, variable, unsupported } = resolved.get(BATCH_SIZE) as ResolvedSetting;
  const queueVariable = resolved.get(QUEUE_SIZE)?.variable;
  const wrongVariable = variable ?? queueVariable;
  const issue = {
    option: BATCH_SIZE,
    seen: String(maxExportBatchSize),
    remedy: `write at most ${QUEUE_SIZE} (OTEL_BSP_MAX_QUEUE_SIZE), which is ${maxQueueSize}`,
  } as const;
  if (isGiven && wrongVariable === undefined) {
    problems.push({ ...issue, variable: 'OTEL_BSP_MAX_EXPORT_BATCH_SIZE' });
    return;
  }
  batch.maxExportBatchSize = maxQueueSize;
  const isDefault = !isGiven && (variable === undefined || unsupported !== undefined);
  if (wrongVariable === undefined || isDefault || !isUsed('spans')) return;
  warnings.push({ ...issue, variable: wrongVariable, effect: `it counts as ${maxQueueSize}` });
}

/** The key and the certificate of the client go together: with one alone the Collector cannot know the client. */
export function fitClientCertificate(draft: Draft): void {
  const { settings, resolved, problems, warnings, isUsed, switchOff } = draft;
  const { clientKeyFile, clientCertificateFile } = settings.traces;
  if ((clientKeyFile === undefined) === (clientCertificateFile === undefined)) return;
  const key = resolved.get(KEY) as ResolvedSetting;
  const certificate = resolved.get(CERTIFICATE) as ResolvedSetting;
  const issue = {
    option: KEY,
    seen: clientKeyFile === undefined ? 'a certificate without a key' : 'a key without a certificate',
    remedy: `give both the key and the certificate (${CERTIFICATE}), or neither`,
  };
  // There is a warning about the unsupported one already.
  if ((key.unsupported ?? certificate.unsupported) !== undefined) return;
  const variable = key.variable ?? certificate.variable;
  if (key.isGiven || certificate.isGiven || variable === undefined) {
    problems.push({ ...issue, variable: 'OTEL_EXPORTER_OTLP_CLIENT_KEY' });
    return;
  }
  if (!isUsed('export')) return;
  switchOff('export');
  warnings.push({ ...issue, variable, effect: COMPONENTS.export.offText ?? '' });
}
