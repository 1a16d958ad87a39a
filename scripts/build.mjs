// Builds the package: tsc writes the types and checks them, esbuild the JavaScript, in few files that start fast.
//
//   dist/esm, dist/cjs  the entry points over shared chunks, so that a module and its state exist once in each format
//   dist/esm/edge.js    what edge runtimes get instead: one file, without modules of Node.js
//   dist/cli            the command line, with the libraries that only it uses
//   dist/lazy.cjs       what is loaded lazily: one file for both formats
import { execFileSync } from 'node:child_process';
import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { build } from 'esbuild';

const { exports, dependencies, peerDependencies } = JSON.parse(readFileSync('package.json', 'utf8'));
const INDEX = resolve('lib/index.ts');
const INTERNALS = 'bench-internals';

const entryPoints = { [INTERNALS]: 'bench/internals.ts' };
for (const target of Object.values(exports)) {
  const name = /dist\/esm\/(.*)\.js$/.exec(target.import?.default ?? '')?.[1];
  if (name !== undefined) entryPoints[name] = `lib/${name}.ts`;
}

const common = {
  platform: 'node',
  target: 'node20.6',
  packages: 'external',
  sourcemap: true,
  sourcesContent: false,
  logLevel: 'warning',
};

/** Leaves the import of `lazy.cjs` in place, at its path from the written file. */
const external = {
  name: 'external',
  setup: ({ onResolve }) =>
    onResolve({ filter: /\/lazy\.cjs$/ }, () => ({ path: '../lazy.cjs', external: true })),
};

/**
 * Lets each entry load what `.` loads. A module then belongs to `.` or it does not: without this there would be a chunk
 * for every set of entries that share something, and `.` would be spread over many files.
 */
const onOneChunk = {
  name: 'on-one-chunk',
  setup: ({ onLoad }) =>
    onLoad({ filter: /\.ts$/ }, ({ path }) => {
      const isEntry = Object.values(entryPoints).some((entry) => resolve(entry) === path);
      if (!isEntry || path === INDEX) return undefined;
      const index = JSON.stringify(INDEX);
      return { contents: `${readFileSync(path, 'utf8')}\nimport ${index};\n`, loader: 'ts' };
    }),
};

rmSync('dist', { recursive: true, force: true });
for (const project of ['tsconfig.json', 'tsconfig.cjs.json']) {
  execFileSync(
    process.execPath,
    ['node_modules/typescript/bin/tsc', '-p', project, '--emitDeclarationOnly'],
    {
      stdio: 'inherit',
    },
  );
}

const { metafile } = await build({
  ...common,
  entryPoints,
  outdir: 'dist/esm',
  bundle: true,
  splitting: true,
  format: 'esm',
  // `sideEffects` would drop the import that the plugin adds.
  ignoreAnnotations: true,
  metafile: true,
  plugins: [external, onOneChunk],
});
const files = Object.keys(metafile.outputs).filter((file) => file.endsWith('.js'));
const shipped = files.filter((file) => !file.includes(INTERNALS));

// esbuild splits ES modules only: the CommonJS files are those, one by one.
await build({ ...common, entryPoints: shipped, outdir: 'dist/cjs', format: 'cjs' });

await build({
  ...common,
  entryPoints: ['lib/edge.ts'],
  outdir: 'dist/esm',
  bundle: true,
  format: 'esm',
  platform: 'neutral',
  target: 'es2022',
});

// The command line, apart from the package: it holds its libraries, so that a program that uses the package installs
// none of them.
await build({
  ...common,
  entryPoints: ['lib/cli.ts'],
  outdir: 'dist/cli',
  bundle: true,
  splitting: true,
  format: 'esm',
  packages: 'bundle',
  external: [...Object.keys(dependencies), ...Object.keys(peerDependencies)],
  // Libraries in CommonJS load the modules of Node.js by `require`.
  banner: {
    js: "import { createRequire } from 'node:module';\nconst require = createRequire(import.meta.url);",
  },
  plugins: [external],
});

copyFileSync('lib/lazy.cjs', 'dist/lazy.cjs');
writeFileSync('dist/cjs/package.json', '{ "type": "commonjs" }\n');
