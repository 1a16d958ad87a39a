import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus, totalmem } from 'node:os';
import { dirname, join } from 'node:path';

const require = createRequire(import.meta.url);

const PACKAGES = [
  '@opentelemetry/api',
  '@opentelemetry/sdk-metrics',
  '@opentelemetry/sdk-trace',
  '@opentelemetry/exporter-prometheus',
  'prom-client',
  'openai',
];

/** The version of an installed package, whatever its exports hide. */
function versionOf(name: string): string {
  let folder = dirname(require.resolve(name));
  while (!folder.endsWith(join('node_modules', ...name.split('/')))) folder = dirname(folder);
  return (JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string }).version;
}

/** One line on what the numbers were measured with. */
export function describeMachine(): string {
  const processors = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  const versions = PACKAGES.map((name) => `${name} ${versionOf(name)}`).join(', ');
  return `${new Date().toISOString().slice(0, 10)}, Node.js ${process.version}, ${processors.length} × ${processors[0]?.model ?? 'unknown'}, ${memory} GB, ${versions}`;
}
