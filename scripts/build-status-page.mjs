// Builds the page that the status server serves: one script and one style sheet, which load nothing from elsewhere.
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/**
 * Writes `dist/status-page` and returns what it was made of. Each file appears whole, for another process may serve it at
 * this moment.
 */
export function buildStatusPage(folder = join(ROOT, 'dist/status-page')) {
  const licence = `/*! uPlot\n${readFileSync(join(ROOT, 'node_modules/uplot/LICENSE'), 'utf8')}*/`;
  const { outputFiles, metafile } = buildSync({
    absWorkingDir: ROOT,
    entryPoints: ['lib/status-page/page.ts', 'lib/status-page/page.css'],
    outdir: folder,
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    format: 'esm',
    target: ['es2022', 'chrome111', 'firefox115', 'safari16.4'],
    banner: { js: licence, css: licence },
    legalComments: 'none',
    logLevel: 'warning',
  });
  const copies = ['index.html', 'icon.svg'].map((name) => ({
    path: join(folder, name),
    contents: readFileSync(join(ROOT, 'lib/status-page', name)),
  }));
  for (const { path, contents } of [...outputFiles, ...copies]) {
    mkdirSync(dirname(path), { recursive: true });
    const draft = `${path}.${process.pid}`;
    writeFileSync(draft, contents);
    renameSync(draft, path);
  }
  return metafile;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) buildStatusPage();
