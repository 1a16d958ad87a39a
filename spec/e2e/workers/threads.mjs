// A program whose work is done by its main thread and three others, each replaced when it ends.
import { Worker } from 'node:worker_threads';
import './app.mjs';

function start() {
  const worker = new Worker(new URL('app.mjs', import.meta.url));
  worker.on('message', () => void worker.terminate());
  worker.on('exit', start);
}

for (let count = 0; count < 3; count += 1) start();
