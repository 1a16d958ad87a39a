import { initMonitoring } from '../../lib/index.js';

/** Longer than any deadline that has overflowed, and no longer than a spec may take. */
const SLOW_MILLIS = 20;

describe('shutdown() and forceFlush()', () => {
  it.each([Number.POSITIVE_INFINITY, 2 ** 31, 1e15])(
    'wait for what is slow with a deadline of %d ms',
    async (timeoutMillis) => {
      let stopped = 0;
      const slow = async () => {
        await new Promise((resolve) => setTimeout(resolve, SLOW_MILLIS));
        stopped += 1;
      };
      const monitoring = await initMonitoring({
        metrics: { exporters: [] },
        traces: { spanExporter: { export: () => undefined, shutdown: slow, forceFlush: slow } },
      });
      await monitoring.forceFlush({ timeoutMillis });
      await monitoring.shutdown({ timeoutMillis });
      expect(stopped).toBeGreaterThan(0);
    },
  );
});
