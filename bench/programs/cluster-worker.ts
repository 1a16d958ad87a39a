import { initMonitoring, recordRequestSuccess } from 'llm-edge-monitoring';
import { AggregatorRegistry } from 'prom-client';
import { answerOrders } from '../cluster-orders.js';
import { createPromClient } from '../peers.js';
import { recordAll } from '../scraping.js';
import { createTargets } from '../workload.js';

/** What the victim records beside all others; the case looks for it on the page. */
const VICTIM = { provider: 'provider-0', model: 'victim' } as const;
/** A lost record is told from a lost series by it. */
export const VICTIM_RECORDS = 1000;

const [subject, targetCount, port] = process.argv.slice(2);
const targets = createTargets(Number(targetCount));

/** Starts what the subject measures with, and returns how it records into every series, and as the victim. */
async function start(): Promise<{ readonly record: () => void; readonly recordAsVictim: () => void }> {
  switch (subject) {
    case 'ours':
      await initMonitoring({
        metrics: { port: Number(port) },
        limits: { models: targets.length + 2 },
        traces: { exporter: 'none' },
      });
      return {
        record: () => recordAll.ours(targets, true),
        recordAsVictim: () => recordRequestSuccess(VICTIM.provider, VICTIM.model, 1),
      };
    case 'promClient': {
      const prom = createPromClient();
      // Its constructor is what makes a worker answer the primary.
      new AggregatorRegistry();
      AggregatorRegistry.setRegistries(prom.registry);
      return {
        record: () => recordAll.promClient(prom, targets, true),
        recordAsVictim: () => prom.requests.inc({ ...VICTIM, status: 'success' }),
      };
    }
    default:
      return { record: () => undefined, recordAsVictim: () => undefined };
  }
}

const { record, recordAsVictim } = await start();
record();
answerOrders({
  record: () => {
    record();
    return 0;
  },
  recordAsVictim: () => {
    for (let count = 0; count < VICTIM_RECORDS; count += 1) recordAsVictim();
    return VICTIM_RECORDS;
  },
});
