// Has both pages of a hostile process read by the strict parser of PyPI's `prometheus_client`, and sees to it that the
// check itself works: it must refuse the same pages with a series that appears twice.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hostilePages } from './hostile-pages.js';

/** A Python that has `prometheus_client`; `.ci/run` makes one. */
const python = process.env['PYTHON'] || 'python3';
const folder = mkdtempSync(join(tmpdir(), 'pages-'));

function check(pages: Readonly<Record<string, string>>): {
  readonly status: number | null;
  readonly text: string;
} {
  const files = Object.entries(pages).map(([name, page]) => {
    const file = join(folder, name);
    writeFileSync(file, page);
    return file;
  });
  const { status, stdout, stderr, error } = spawnSync(python, ['scripts/check_pages.py', ...files], {
    encoding: 'utf8',
  });
  return { status, text: error?.message ?? stdout + stderr };
}

/** The same page with one sample of a gauge a second time: one that differs in nothing but its value. */
function withTwin(page: string): string {
  return page.replace(/^(llm_edge_provider_available\{.*\}) (\S+)$/m, '$1 $2\n$1 0');
}

try {
  const { text, openMetrics } = await hostilePages();
  const good = check({ 'page.txt': text, 'page.openmetrics': openMetrics });
  process.stdout.write(good.text);
  if (good.status !== 0) process.exitCode = 1;
  for (const [name, page] of Object.entries({ 'twin.txt': text, 'twin.openmetrics': openMetrics })) {
    const twin = check({ [name]: withTwin(page) });
    if (twin.status === 1 && /twice|duplicate/i.test(twin.text)) continue;
    process.exitCode = 1;
    process.stdout.write(`${name}, in which a series appears twice, was not refused for it: ${twin.text}\n`);
  }
} finally {
  rmSync(folder, { recursive: true });
}
