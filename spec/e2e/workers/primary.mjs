// The primary of a cluster: `WORKERS` workers of `PROGRAM`, each replaced when it ends. With `IS_WORKER` it is a program
// of that kind itself.
import cluster from 'node:cluster';
import { fileURLToPath } from 'node:url';

const { PROGRAM, WORKERS, IS_WORKER } = process.env;
const program = new URL(PROGRAM, import.meta.url);
cluster.setupPrimary({ exec: fileURLToPath(program) });
for (let count = 0; count < Number(WORKERS); count += 1) cluster.fork();
cluster.on('exit', () => cluster.fork());
if (IS_WORKER === 'true') await import(program);
