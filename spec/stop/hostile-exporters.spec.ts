import { initMonitoring, MonitoringError } from '../../lib/index.js';

const silent = new Error('nothing');
Object.defineProperty(silent, 'message', {
  get: () => {
    throw new Error('no message');
  },
});
const hostile = new Proxy(
  {},
  {
    get: () => {
      throw new Error('no member');
    },
    getPrototypeOf: () => {
      throw new Error('no prototype');
    },
  },
);

describe('shutdown() with a span exporter of the user', () => {
  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['a symbol', Symbol('no')],
    ['an object without a prototype', Object.create(null)],
    ['a list of such', [Object.create(null)]],
    ['an error whose message cannot be read', silent],
    ['a Proxy that throws at every question', hostile],
  ])('says that it failed where the exporter rejects with %s', async (_what, reason) => {
    const monitoring = await initMonitoring({
      metrics: { exporters: [] },
      traces: { spanExporter: { export: () => undefined, shutdown: () => Promise.reject(reason) } },
    });
    const error = await monitoring.shutdown().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(MonitoringError);
    expect(error).toMatchObject({
      code: 'ERR_SHUTDOWN_FAILED',
      message: expect.stringMatching(/^shutdown failed: ./),
    });
    expect((error as MonitoringError).message).not.toMatch(/primitive|no message|no member|no prototype/);
  });
});
