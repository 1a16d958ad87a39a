import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { deployCheckPath } from '../../../scripts/go-programs/deploy-check.js';

const ROOT = process.cwd();

/** An image that names one version: no `latest`, no bare major. */
export const PINNED = /^[\w./-]+:v?\d+\.\d+\.\d+(-[\w.-]+)?$/;

/** A file of the repository. */
export function readRepositoryFile(path: string): string {
  return readFileSync(resolve(ROOT, path), 'utf8');
}

/** What the code of Compose, kustomize and Kubernetes understood of a file; throws with what it refused. */
export function readDeployment(kind: 'compose' | 'kustomize', path: string): unknown {
  const program = deployCheckPath(ROOT, process.env);
  if (!existsSync(program)) {
    throw new Error('The reader of the deployment files is missing: run "npm run collector:build".');
  }
  return JSON.parse(execFileSync(program, [kind, path], { maxBuffer: 64 * 2 ** 20 }).toString());
}
