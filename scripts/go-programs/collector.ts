import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parse } from 'yaml';
import { cachePath } from './cache.js';
import { runGo } from './go.js';

const MANIFEST = 'otel-collector/builder.yaml';

/** Path of the Collector that the manifest beneath `root` describes, whether it is built or not. */
export function collectorPath(root: string, env: NodeJS.ProcessEnv): string {
  return cachePath(root, env, 'otelcol', [MANIFEST]);
}

/** Builds the Collector of the manifest, unless it is there, and returns its path. */
export async function buildCollector(root: string, env: NodeJS.ProcessEnv): Promise<string> {
  const path = collectorPath(root, env);
  if (existsSync(path)) return path;
  const manifest = resolve(root, MANIFEST);
  const { dist } = parse(readFileSync(manifest, 'utf8')) as { dist: { name: string; version: string } };
  console.error(
    `Building the Collector ${dist.version}: about five minutes on two cores, the first time only.`,
  );
  const cache = resolve(path, '..');
  await mkdir(cache, { recursive: true });
  const sources = await mkdtemp(join(cache, 'sources-'));
  try {
    await runGo(
      [
        'run',
        `go.opentelemetry.io/collector/cmd/builder@v${dist.version}`,
        `--config=${manifest}`,
        '--skip-strict-versioning=false',
      ],
      // The builder reads its settings from the environment too; this one keeps parallel builds apart.
      { cwd: root, env: { ...env, 'dist.output_path': sources } },
    );
    // A rename is atomic: whoever looks meanwhile finds a whole binary or none.
    await rename(join(sources, dist.name), path);
  } finally {
    await rm(sources, { recursive: true, force: true });
  }
  return path;
}
