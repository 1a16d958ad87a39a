// Packs the package as npm would publish it and uses what is in the tarball alone: `init` must find there every file
// that it writes from, and nothing is in it that only this repository needs.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What must be at the top of the tarball. */
const REQUIRED = [
  'CHANGELOG.md',
  'LICENSE',
  'README.md',
  'SECURITY.md',
  'alertmanager',
  'deploy',
  'dist',
  'docker-compose.yml',
  'docs',
  'examples',
  'grafana',
  'lib',
  'otel-collector',
  'package.json',
  'prometheus',
];
const FORBIDDEN =
  /(^|\/)(spec|bench|scripts|tests|node_modules|\.next|\.cache)\/|\.spec\.ts$|bench-internals|package-lock/;
const BYTES_MAX = 2.5 * 1024 * 1024;

const folder = mkdtempSync(join(tmpdir(), 'llm-edge-tarball-'));
try {
  const pack = ['pack', '--ignore-scripts', '--json', `--pack-destination=${folder}`];
  const [{ filename, files, size }] = JSON.parse(execFileSync('npm', pack, { encoding: 'utf8' }));
  const paths = files.map(({ path }) => path);
  const top = new Set(paths.map((path) => path.split('/')[0]));
  assert.deepEqual(
    REQUIRED.filter((name) => !top.has(name)),
    [],
    'these are not in the tarball',
  );
  assert.deepEqual(
    paths.filter((path) => FORBIDDEN.test(path)),
    [],
    'the tarball holds what only this repository needs',
  );
  assert.ok(size < BYTES_MAX, `the tarball has ${size} bytes`);

  execFileSync('tar', ['-xzf', join(folder, filename), '-C', folder]);
  const project = join(folder, 'project');
  mkdirSync(project);
  const init = (...args) =>
    execFileSync(process.execPath, [join(folder, 'package/dist/cli/cli.js'), 'init', ...args], {
      cwd: project,
    });
  init('stack');
  init('programs', '--without-docker');
  init('operator', '--kubernetes');
  init('annotations', '--kubernetes', '--without-operator');
  for (const written of readdirSync(project)) {
    assert.ok(readdirSync(join(project, written)).length > 4, `init wrote too little into ${written}`);
  }
  console.log(
    `the tarball has ${(size / 1024).toFixed(0)} KiB in ${paths.length} files, and all that init needs`,
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
