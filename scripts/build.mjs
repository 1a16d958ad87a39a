// Builds the package: tsc writes the types and checks them, esbuild the JavaScript, in few files that start fast.
//
//   dist/esm, dist/cjs  the entry points over shared chunks, so that a module and its state exist once in each format
//   dist/esm/edge.js    what edge runtimes get instead: one file, without modules of Node.js
//   dist/cli            the command line, with the libraries that only it uses
//   dist/demo           the example gateway that `demo` runs, with the clients that it calls its providers with
//   dist/status-page    the page of the status server, for browsers
//   dist/lazy.cjs       what is loaded lazily: one file for both formats
import { execFileSync } from 'node:child_process';
import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { build } from 'esbuild';
import { buildStatusPage } from './build-status-page.mjs';
import { thirdPartyLicenses } from './third-party-licenses.mjs';

const { name, exports, dependencies, peerDependencies } = JSON.parse(readFileSync('package.json', 'utf8'));
const INDEX = resolve('lib/index.ts');
const INTERNALS = 'bench-internals';

const entryPoints = { [INTERNALS]: 'bench/internals.ts' };
for (const target of Object.values(exports)) {
  const entry = /dist\/esm\/(.*)\.js$/.exec(target.import?.default ?? '')?.[1];
  if (entry !== undefined) entryPoints[entry] = `lib/${entry}.ts`;
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

// Programs apart from the package: they hold their libraries, so that whoever uses the package installs none of them.
const withLibraries = {
  ...common,
  bundle: true,
  splitting: true,
  format: 'esm',
  packages: 'bundle',
  metafile: true,
};
const installed = [...Object.keys(dependencies), ...Object.keys(peerDependencies)];
const programs = await Promise.all([
  build({
    ...withLibraries,
    entryPoints: ['lib/cli.ts'],
    outdir: 'dist/cli',
    external: installed,
    // Libraries in CommonJS load the modules of Node.js by `require`.
    banner: {
      js: "import { createRequire } from 'node:module';\nconst require = createRequire(import.meta.url);",
    },
    plugins: [external],
  }),
  // The demo uses the package as a program does that has installed it.
  build({
    ...withLibraries,
    entryPoints: { demo: 'examples/edge-agent/command.ts' },
    outdir: 'dist/demo',
    external: [...installed, name],
    // The clients are large. Names stay, since errors are recognised by them.
    minifyWhitespace: true,
    sourcemap: false,
  }),
]);
const bundles = [...programs.map((program) => program.metafile), buildStatusPage()];
writeFileSync('dist/THIRD-PARTY-LICENSES.txt', thirdPartyLicenses(bundles));

copyFileSync('lib/lazy.cjs', 'dist/lazy.cjs');
writeFileSync('dist/cjs/package.json', '{ "type": "commonjs" }\n');
