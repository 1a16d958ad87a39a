// A program that starts monitoring in code, and records by hand. Nothing in it knows of other workers.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { initMonitoring, recordCost, recordRequestSuccess } from 'llm-edge-monitoring';
import { openLedger } from './ledger.mjs';

const EVERY_MS = 10;
const AT_ONCE = 10;

const tally = { requests: 0, costUsd: 0 };
let timer;
let monitoring;
const ledger = openLedger({
  record: () => {
    timer ??= setInterval(recordMany, EVERY_MS);
  },
  pause: () => {
    clearInterval(timer);
    timer = undefined;
  },
  shutdown: () => monitoring.shutdown(),
});

/**
 * Each request is recorded once for all workers, and once under the name of this one. Its cost has few bits, so that
 * any sum of them is exact, and is recorded beside as one that has no end in binary.
 */
function record() {
  const costUsd = (1 + (tally.requests % 7)) / 1024;
  recordRequestSuccess('openai', 'gpt-4o', 20 + (tally.requests % 900));
  recordCost('openai', 'gpt-4o', costUsd);
  recordRequestSuccess('worker', ledger.name, 1);
  recordCost('worker', 'any', costUsd / 10);
  tally.requests += 1;
  tally.costUsd += costUsd;
}

function recordMany() {
  for (let count = 0; count < AT_ONCE; count += 1) record();
  ledger.write(tally);
}

try {
  monitoring = await initMonitoring({ traces: { exporter: 'none' } });
} catch (error) {
  ledger.hello({ refusal: error.code });
}
if (monitoring !== undefined) {
  const server = createServer((_request, response) => {
    record();
    ledger.write(tally);
    response.end();
  });
  // PM2 takes a worker that listens as ready.
  await once(server.listen(Number(process.env.APP_PORT ?? 0), '127.0.0.1'), 'listening');
  ledger.hello({ metricsUrl: monitoring.metricsUrl });
}
