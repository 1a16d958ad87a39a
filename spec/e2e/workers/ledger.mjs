// Tells the spec what this worker recorded, over a socket: what was written arrives even if the worker is killed in the
// next instant, since the kernel has it.
import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { isMainThread, parentPort } from 'node:worker_threads';

/**
 * Says hello, and has the worker do what the spec orders. `work` has `record()`, which starts to record, `pause()`, after
 * which nothing is recorded until the next `record()`, and `shutdown()`.
 */
export function openLedger(work) {
  const name = `${process.pid}-${randomBytes(4).toString('hex')}`;
  const socket = connect(Number(process.env.LEDGER_PORT), '127.0.0.1').setNoDelay();
  const tell = (facts) => socket.write(`${JSON.stringify(facts)}\n`);
  const end = async () => {
    await work.pause();
    await work.shutdown();
    process.exit();
  };
  const orders = {
    record: () => work.record(),
    pause: async () => {
      await work.pause();
      tell({ isPaused: true });
    },
    end,
    exit: () => process.exit(),
    terminate: () => parentPort.postMessage('terminate'),
  };
  createInterface({ input: socket })
    .on('error', () => undefined)
    .on('line', (order) => void orders[order]());
  // The spec is gone.
  socket.on('error', () => undefined).on('close', () => process.exit());
  // PM2 ends a process so.
  process.on('SIGINT', () => void end());
  return {
    name,
    hello: (facts) => tell({ name, pid: process.pid, isThread: !isMainThread, ...facts }),
    /** What was recorded in all; called in the turn of the event loop in which it was recorded. */
    write: (tally) => tell({ ...tally, atMs: performance.now() }),
  };
}
