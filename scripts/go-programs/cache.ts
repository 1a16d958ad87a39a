import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

/**
 * Where the program called `name` that is built from `sources` is kept between runs.
 *
 * The path changes with the sources and the platform, so that a stale binary is never taken for a current one.
 * `OTELCOL_CACHE_DIR` moves the cache, which is `.cache/otelcol` otherwise.
 */
export function cachePath(
  root: string,
  env: NodeJS.ProcessEnv,
  name: string,
  sources: readonly string[],
): string {
  const hash = createHash('sha256').update(`${process.platform}/${process.arch}`);
  for (const source of sources) hash.update(readFileSync(resolve(root, source)));
  return resolve(
    root,
    env['OTELCOL_CACHE_DIR'] || '.cache/otelcol',
    `${name}-${hash.digest('hex').slice(0, 12)}`,
  );
}
