import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parse } from 'yaml';

/** The Collector that the manifest describes, and where its binary belongs. */
export interface Distribution {
  readonly manifestPath: string;
  readonly name: string;
  /** Version of the Collector, and of the builder that builds it. */
  readonly version: string;
  readonly cacheDir: string;
  /** Changes with the manifest and the platform, so that a stale binary is never taken for a current one. */
  readonly binaryPath: string;
}

/**
 * Reads `otel-collector/builder.yaml` beneath `root`.
 *
 * `OTELCOL_CACHE_DIR` moves the cache, which is `.cache/otelcol` otherwise.
 */
export function readDistribution(root: string, env: NodeJS.ProcessEnv): Distribution {
  const manifestPath = resolve(root, 'otel-collector/builder.yaml');
  const text = readFileSync(manifestPath, 'utf8');
  const { dist } = parse(text) as { dist: { name: string; version: string } };
  const hash = createHash('sha256')
    .update(`${process.platform}/${process.arch}\n${text}`)
    .digest('hex')
    .slice(0, 12);
  const cacheDir = resolve(root, env['OTELCOL_CACHE_DIR'] || '.cache/otelcol');
  return {
    manifestPath,
    name: dist.name,
    version: dist.version,
    cacheDir,
    binaryPath: resolve(cacheDir, `otelcol-${hash}`),
  };
}
