// The server of another example, in several processes with one port for callers and one metrics page. Nothing in that
// server knows of the others.
import cluster from 'node:cluster';
import { availableParallelism } from 'node:os';

const WORKERS = Number(process.env['WORKERS'] ?? availableParallelism());

if (cluster.isPrimary) {
  // Only a worker that has served is replaced: one that cannot start would not be able to a second time either.
  cluster.on('fork', (worker) => {
    worker.once('listening', () => worker.once('exit', () => cluster.fork()));
  });
  for (let count = 0; count < WORKERS; count += 1) cluster.fork();
} else {
  await import('../express/server.js');
}
