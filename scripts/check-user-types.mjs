// Compiles a program that imports every entry point of the build, as an ES module and as CommonJS, and has the compiler
// check all declarations that it reaches, those of the SDK included: users may not skip that check.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import ts from 'typescript';

const FOLDER = resolve('.cache/user-types');
const { exports } = JSON.parse(readFileSync('package.json', 'utf8'));
const imports = Object.keys(exports)
  .filter((subpath) => subpath !== './package.json')
  .map((subpath, position) => {
    const name = subpath.replace('.', 'llm-edge-monitoring');
    return `import * as entry${position} from '${name}';\nexport { entry${position} };\n`;
  });

rmSync(FOLDER, { recursive: true, force: true });
mkdirSync(FOLDER, { recursive: true });
const files = ['user.mts', 'user.cts'].map((name) => join(FOLDER, name));
for (const file of files) writeFileSync(file, imports.join(''));

const program = ts.createProgram(files, {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  types: ['node'],
  strict: true,
  noEmit: true,
  skipLibCheck: false,
});
const diagnostics = ts.getPreEmitDiagnostics(program);
if (diagnostics.length > 0) {
  const host = {
    getCurrentDirectory: () => FOLDER,
    getCanonicalFileName: (name) => name,
    getNewLine: () => '\n',
  };
  console.error(ts.formatDiagnostics(diagnostics, host));
  process.exitCode = 1;
} else {
  console.log('users can check all types');
}
