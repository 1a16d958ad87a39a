import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Distribution, readDistribution } from './collector/distribution.js';
import { findGo, runGo } from './collector/go.js';

/**
 * Builds the Collector of `otel-collector/builder.yaml`, unless it is in the cache, and prints the path of its binary.
 */
async function main(): Promise<void> {
  const root = process.cwd();
  const distribution = readDistribution(root, process.env);
  if (!existsSync(distribution.binaryPath)) await build(distribution, root);
  console.log(distribution.binaryPath);
}

async function build(distribution: Distribution, root: string): Promise<void> {
  const go = findGo(process.env);
  if (go === undefined) {
    throw new Error(
      'Go builds the Collector and was not found: install it from https://go.dev/dl (1.25 or later) and put it on PATH.',
    );
  }
  console.error(
    `Building the Collector ${distribution.version}: five minutes or so on two cores, the first time only.`,
  );
  await mkdir(distribution.cacheDir, { recursive: true });
  const sourceDir = await mkdtemp(join(distribution.cacheDir, 'sources-'));
  try {
    await runGo(
      go,
      [
        'run',
        `go.opentelemetry.io/collector/cmd/builder@v${distribution.version}`,
        `--config=${distribution.manifestPath}`,
        '--skip-strict-versioning=false',
      ],
      // The builder reads its settings from the environment too; this one keeps parallel builds apart.
      { cwd: root, env: { ...process.env, 'dist.output_path': sourceDir } },
    );
    // A rename is atomic: whoever looks meanwhile finds a whole binary or none.
    await rename(join(sourceDir, distribution.name), distribution.binaryPath);
  } finally {
    await rm(sourceDir, { recursive: true, force: true });
  }
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
