/**
 * Builds the Go programs that the end-to-end tests run, unless they are in the cache, and prints their paths: the
 * Collector of otel-collector/builder.yaml, and the reader of the deployment files.
 */
import { buildCollector } from './go-programs/collector.js';
import { buildDeployCheck } from './go-programs/deploy-check.js';

try {
  console.log(await buildCollector(process.cwd(), process.env));
  console.log(await buildDeployCheck(process.cwd(), process.env));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
