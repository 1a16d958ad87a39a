import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

/**
 * Installs the packages of a manifest and its lock file in the cache, unless they are there, and returns their folder.
 * The cache is outside the repository; `PACKAGES_CACHE_DIR` moves it. The name of the folder changes with what is installed.
 */
export function installInCache(name: string, manifest: string, lock: string): string {
  const { dependencies, devDependencies, optionalDependencies } = JSON.parse(manifest);
  const wanted = JSON.stringify([
    process.platform,
    process.arch,
    dependencies,
    devDependencies,
    optionalDependencies,
    lock,
  ]);
  const hash = createHash('sha256').update(wanted).digest('hex').slice(0, 12);
  const cache = resolve(process.env['PACKAGES_CACHE_DIR'] || join(homedir(), '.cache/llm-edge-monitoring'));
  const folder = join(cache, `${name}-${hash}`);
  if (existsSync(folder)) return folder;

  mkdirSync(dirname(folder), { recursive: true });
  // Under another name until it is whole: another process may install the same, and this one may be ended.
  const unfinished = mkdtempSync(`${folder}.`);
  try {
    writeFileSync(join(unfinished, 'package.json'), manifest);
    writeFileSync(join(unfinished, 'package-lock.json'), lock);
    // The engines of some packages exclude the Node.js that installs them, not the one that runs them.
    execFileSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], {
      cwd: unfinished,
      stdio: ['ignore', 2, 2],
    });
    renameSync(unfinished, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
  return folder;
}
