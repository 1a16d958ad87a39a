// Checks in the build what makes a start fast and keeps state whole: `.` loads few files, and none that it can load
// lazily; a module exists once in each format. Reads the files and their source maps, and runs nothing.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { build } from 'esbuild';

/** The entry itself, the chunk that holds it all, and `lazy.cjs`. */
const FILES_MAX = 3;
/** Everything that `.` imports from elsewhere. Slow modules, `node:http` included, load with a start that needs them. */
const PACKAGES = [
  '@opentelemetry/api',
  '@opentelemetry/context-async-hooks',
  'node:async_hooks',
  'node:crypto',
  'node:fs',
  'node:net',
  'node:stream',
  'node:util',
  'node:zlib',
];
const read = (file) => readFileSync(file, 'utf8');

/** The files that an entry point loads at import, without what `lazy.cjs` loads, and the packages they import. */
async function load(entry) {
  const { metafile } = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    packages: 'external',
    external: ['*/lazy.cjs'],
    outdir: '.',
  });
  const { imports } = Object.values(metafile.outputs)[0];
  const names = [...new Set(imports.map(({ path }) => path))];
  const leaves = names.filter((name) => name.endsWith('/lazy.cjs'));
  return {
    files: [...Object.keys(metafile.inputs), ...leaves],
    packages: names.filter((name) => !leaves.includes(name)).sort(),
  };
}

/** The modules of `lib` that a file of the build is made of. */
function modulesOf(file) {
  if (file.endsWith('.cjs')) return [];
  const { sources } = JSON.parse(read(`${file}.map`));
  return sources
    .map((source) => relative('.', resolve(dirname(file), source)))
    .filter((source) => source.startsWith('lib/'));
}

for (const format of ['esm', 'cjs']) {
  const { files, packages } = await load(`dist/${format}/index.js`);
  assert.ok(files.length <= FILES_MAX, `${format}: . loads too many files: ${files.join(', ')}`);
  assert.deepEqual(packages, PACKAGES, `${format}: . loads other packages`);
  const atStart = files.flatMap(modulesOf);
  assert.ok(
    atStart.includes('lib/monitoring/runtime.ts'),
    `${format}: the source maps do not show what . loads`,
  );
  const clients = atStart.filter((path) => path.startsWith('lib/clients/'));
  assert.deepEqual(clients, [], `${format}: . loads these, which only ./fetch and ./bedrock need`);

  const all = readdirSync(`dist/${format}`)
    .filter((name) => name.endsWith('.js') && name !== 'edge.js')
    .flatMap((name) => modulesOf(`dist/${format}/${name}`));
  const twice = all.filter((path, position) => all.indexOf(path) !== position);
  assert.deepEqual(twice, [], `${format}: these modules are in two files`);
}
const edge = await load('dist/esm/edge.js');
assert.deepEqual(
  edge,
  { files: ['dist/esm/edge.js'], packages: ['@opentelemetry/api'] },
  'edge runtimes load other modules',
);

console.log(`. loads ${FILES_MAX} files`);
