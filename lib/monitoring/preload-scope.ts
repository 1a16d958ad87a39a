import cluster from 'node:cluster';
import { basename, dirname } from 'node:path';
import { isMainThread } from 'node:worker_threads';
import type { WorkerThreads } from '../clients/preload-settings.js';

// Programs that start the program to monitor in a further process. `NODE_OPTIONS` preloads into both, and the launcher
// would take the port first.

/** Recognised by the name of their script, wherever it lies: corepack keeps them in folders named after versions. */
const PACKAGE_MANAGERS: readonly string[] = ['npm', 'npx', 'yarn', 'yarnpkg', 'pnpm', 'pnpx', 'corepack'];
/** Recognised by the package that their script lies in, or by its name in a folder of binaries. */
const LAUNCHERS: readonly string[] = [
  ...['npm-run-all', 'npm-run-all2', 'run-s', 'run-p', 'concurrently', 'turbo', 'nx', 'lerna', 'wireit'],
  ...['cross-env', 'cross-env-shell', 'dotenv', 'dotenv-cli', 'env-cmd', 'dotenvx', '@dotenvx/dotenvx'],
  ...['nodemon', 'tsx', 'ts-node-dev', 'tsnd', 'tsc-watch', 'forever', 'pm2', 'pm2-runtime', 'pm2-dev'],
];

/** `npm-cli.js`, `yarn-4.9.2.cjs` and `pnpm.cjs` without what is not their name. */
const SUFFIX = /(?:-cli)?(?:-\d[\w.+-]*?)?(?:\.[cm]?js)?$/;
const PACKAGE = /^.*[\\/]node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+)[\\/]/;
const BINARIES = /[\\/]\.?bin$/;
/** pm2 loads these into the process of the program itself. */
const PM2_CONTAINER = /[\\/]ProcessContainer\w*\.js$/;

/** Whether a script only starts others. */
function isLauncher(script: string): boolean {
  if (PM2_CONTAINER.test(script)) return false;
  const name = basename(script).replace(SUFFIX, '');
  const packageName = PACKAGE.exec(script)?.[1]?.replace('\\', '/') ?? '';
  if (PACKAGE_MANAGERS.includes(name) || LAUNCHERS.includes(packageName)) return true;
  return LAUNCHERS.includes(name) && BINARIES.test(dirname(script));
}

/** Whether Node.js itself only starts the program in a further process, as with `--watch` and `--test`. */
function startsItself(): boolean {
  const isChild = ['WATCH_REPORT_DEPENDENCIES', 'NODE_TEST_CONTEXT'].some((name) => name in process.env);
  return !isChild && process.execArgv.some((option) => /^--(?:watch|test)(?:-path)?(?:=|$)/.test(option));
}

/** Whether this is a process, or a thread, that the preload monitors: from its start, from its first call, or never. */
export function whenMonitored(workerThreads: WorkerThreads): 'start' | 'call' | 'never' {
  if (isMainThread) return startsItself() || isLauncher(process.argv[1] ?? '') ? 'never' : 'start';
  // Most threads are helpers that call no model, such as those of loggers and of pools.
  if (workerThreads === 'called') return 'call';
  return workerThreads ? 'start' : 'never';
}

/** Set by each preload in its environment, which child processes inherit. */
const MARK = 'LLM_EDGE_PRELOADED_BY';

/**
 * Marks this process for its children, and returns whether it is itself a child of a monitored process. Such a child
 * has the environment of its parent, and most are helpers that call no model: what the parent has reported is not
 * repeated. The workers of a cluster are the program itself.
 */
export function markProcess(): boolean {
  const isChild = process.env[MARK] !== undefined && !cluster.isWorker;
  process.env[MARK] = String(process.pid);
  return isChild;
}
