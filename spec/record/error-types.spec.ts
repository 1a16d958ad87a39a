import { ERROR_TYPES, recordRequestFailure } from '../../lib/index.js';
import { startTestMonitoring, type TestMonitoring } from '../../lib/testing.js';
import { ERROR_TYPE_ALIASES } from '../support/catalogue.js';

describe('an error type that a caller names', () => {
  let test: TestMonitoring;
  beforeEach(async () => {
    test = await startTestMonitoring();
  });
  afterEach(() => test.shutdown());

  /** What each of these was recorded as. */
  async function recordedAs(errorTypes: readonly unknown[]): Promise<readonly unknown[]> {
    for (const [index, errorType] of errorTypes.entries()) {
      recordRequestFailure('openai', `model-${index}`, errorType as string);
    }
    const series = await test.series('llm_edge_requests_total');
    const byModel = new Map(series.map(({ labels }) => [labels['model'], labels['error_type']]));
    return errorTypes.map((_, index) => byModel.get(`model-${index}`));
  }

  const dropped = () => test.value('llm_edge_monitoring_dropped_total', { reason: 'unknown_error_type' });

  it('is kept where it is one of the closed set', async () => {
    expect(await recordedAs(ERROR_TYPES)).toEqual(ERROR_TYPES);
    expect(await dropped()).toBe(0);
  });

  it('is mapped where it is an alias, those of the Rust crate among them', async () => {
    const aliases = {
      ...ERROR_TYPE_ALIASES,
      rate_limit: 'rate_limited',
      timeout: 'timeout',
      api_error: 'api_error',
    };
    expect(await recordedAs(Object.keys(aliases))).toEqual(Object.values(aliases));
    expect(await dropped()).toBe(0);
  });

  it('is unknown, and counted, where it is anything else', async () => {
    const values = ['', 'boom', '__proto__', 'constructor', 7, null, undefined, {}];
    expect(await recordedAs(values)).toEqual(values.map(() => 'unknown'));
    expect(await dropped()).toBe(values.length);
  });
});
