import { existsSync } from 'node:fs';
import { mkdir, rename } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { cachePath } from './cache.js';
import { runGo } from './go.js';

const FOLDER = 'deploy/check';
const SOURCES = ['go.mod', 'go.sum', 'main.go'].map((file) => `${FOLDER}/${file}`);

/** Path of the program that reads the deployment files, whether it is built or not. */
export function deployCheckPath(root: string, env: NodeJS.ProcessEnv): string {
  return cachePath(root, env, 'deploy-check', SOURCES);
}

/** Builds the program that reads the deployment files, unless it is there, and returns its path. */
export async function buildDeployCheck(root: string, env: NodeJS.ProcessEnv): Promise<string> {
  const path = deployCheckPath(root, env);
  if (existsSync(path)) return path;
  console.error(
    'Building the reader of the deployment files: about a minute on two cores, the first time only.',
  );
  await mkdir(dirname(path), { recursive: true });
  const unfinished = `${path}.${process.pid}`;
  await runGo(['build', '-trimpath', '-ldflags=-s -w', '-o', unfinished, '.'], {
    cwd: resolve(root, FOLDER),
    env,
  });
  await rename(unfinished, path);
  return path;
}
