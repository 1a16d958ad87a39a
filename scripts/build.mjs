// Builds both module formats with plain tsc, and adds what tsc does not: the CommonJS leaf and its types.
import { execFileSync } from 'node:child_process';
import { copyFileSync, rmSync, writeFileSync } from 'node:fs';

rmSync('dist', { recursive: true, force: true });
for (const project of ['tsconfig.json', 'tsconfig.cjs.json']) {
  execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', project], { stdio: 'inherit' });
}
for (const format of ['esm', 'cjs']) {
  for (const file of ['lazy.cjs', 'lazy.d.cts']) copyFileSync(`lib/${file}`, `dist/${format}/${file}`);
}
writeFileSync('dist/cjs/package.json', '{ "type": "commonjs" }\n');
