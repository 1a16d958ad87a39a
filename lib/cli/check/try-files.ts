import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Environment } from '../../config/issues.js';
import { endpointText } from '../../config/otlp-endpoint.js';
import { PRICING_VARIABLES } from '../../config/pricing-variables.js';
import type { TelemetryConfig } from '../../config/resolve.js';
import { readPriceList } from '../../cost/price-list-document.js';
import type { PriceListConfig } from '../../cost/price-list-options.js';
import { isUrl, readSource } from '../../cost/price-list-source.js';
import { messageOf } from '../../errors.js';
import type { MonitoringConfig } from '../../monitoring/resolve-config.js';
import { ok, skipped, type Trial, wrong } from './trial.js';

const { overrides: PRICES_FILE, list: PRICE_LIST } = PRICING_VARIABLES;

function amount(count: number, unit: string): string {
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}

/** The price file, whose problems the configuration has found. */
export function tryPriceFile({ pricing, warnings }: MonitoringConfig, env: Environment): Trial {
  const subject = 'price file';
  if ((env[PRICES_FILE] ?? '').trim() === '') return skipped(subject, `${PRICES_FILE} is not set`);
  const { size } = pricing.overrides;
  const problems = warnings.filter(({ variable }) => variable === PRICES_FILE).length;
  if (problems === 0 && size > 0) return ok(subject, amount(size, 'price'));
  const reason = problems === 0 ? 'there is no price in it' : `${amount(problems, 'problem')}, see above`;
  return wrong(subject, `${PRICES_FILE}: ${reason}; ${amount(size, 'price')} of it in use`);
}

/** The price list, read as at a start. */
export async function tryPriceList({ pricing }: MonitoringConfig, env: Environment): Promise<Trial> {
  const subject = 'price list';
  if ((env[PRICE_LIST] ?? '').trim() === '') return skipped(subject, `${PRICE_LIST} is not set`);
  const { list } = pricing;
  if (list === undefined) return wrong(subject, `${PRICE_LIST} is not used, see above`);
  const place = isUrl(list.from) ? endpointText(list.from) : list.from;
  try {
    return ok(subject, `${place} has ${amount(await countModels(list), 'model')}`);
  } catch (error) {
    return wrong(subject, `${place}: ${messageOf((error as Error).cause ?? error)}`);
  }
}

async function countModels({ from, sha256 }: PriceListConfig): Promise<number> {
  const document = await readSource(from);
  if (document === undefined) return 0;
  if (sha256 !== undefined && document.sha256 !== sha256) {
    throw new Error(`its SHA-256 is ${document.sha256}, not the one of ${PRICING_VARIABLES.listDigest}`);
  }
  const providers = readPriceList(document.text) as readonly { readonly models: readonly unknown[] }[];
  return providers.reduce((count, { models }) => count + models.length, 0);
}

/** The certificates and keys that the settings name. That they can be read, the configuration has checked. */
export function tryCertificates(config: TelemetryConfig, now: Date): readonly Trial[] {
  const trials = (['traces', 'metrics'] as const).flatMap((signal) => {
    const { certificateFile, clientCertificateFile, clientKeyFile } = config[signal];
    return [
      ...(certificateFile === undefined ? [] : [tryCertificate(certificateFile, now)]),
      ...(clientCertificateFile === undefined
        ? []
        : [tryCertificate(clientCertificateFile, now, clientKeyFile)]),
    ];
  });
  if (trials.length === 0) return [skipped('certificates', 'none is set')];
  // Both signals mostly have the same files.
  return [...new Map(trials.map((trial) => [trial.text, trial])).values()];
}

function tryCertificate(file: string, now: Date, keyFile?: string): Trial {
  const subject = 'certificates';
  try {
    const certificate = new X509Certificate(readFileSync(file));
    if (new Date(certificate.validTo) < now)
      return wrong(subject, `${file} expired on ${certificate.validTo}`);
    if (new Date(certificate.validFrom) > now) {
      return wrong(subject, `${file} is not valid before ${certificate.validFrom}`);
    }
    if (keyFile !== undefined && !certificate.checkPrivateKey(createPrivateKey(readFileSync(keyFile)))) {
      return wrong(subject, `${keyFile} is not the key of ${file}`);
    }
    return ok(subject, `${file} is valid until ${certificate.validTo}`);
  } catch (error) {
    // The reason of OpenSSL names the kind of file, and nothing of its content.
    const { code = messageOf(error) } = error as NodeJS.ErrnoException;
    return wrong(
      subject,
      `${file}${keyFile === undefined ? '' : ` or ${keyFile}`} is not a PEM certificate or key (${code})`,
    );
  }
}
