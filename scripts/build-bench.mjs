// Makes plain JavaScript of the benchmarks and of the example they drive, so that Node runs them, and the built
// package beneath them, as it runs a user's program: a loader would rewrite every file and slow some of them down.
// `npm run typecheck` is what checks their types.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';

const FOLDERS = { bench: '.cache/bench', 'examples/edge-agent': '.cache/edge-agent' };
const compilerOptions = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  verbatimModuleSyntax: true,
};

for (const [from, to] of Object.entries(FOLDERS)) {
  rmSync(to, { recursive: true, force: true });
  for (const file of readdirSync(from, { recursive: true }).filter((name) => name.endsWith('.ts'))) {
    const { outputText } = ts.transpileModule(readFileSync(join(from, file), 'utf8'), { compilerOptions });
    const target = join(to, file.replace(/ts$/, 'js'));
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, outputText);
  }
}
