// Fails when a check left something behind: generated files must be committed, and nothing else may be written.
import { execFileSync } from 'node:child_process';

const status = execFileSync('git', ['status', '--porcelain'], { encoding: 'utf8' });
if (status !== '') {
  console.error(`the tree is not clean:\n${status}`);
  process.exitCode = 1;
}
