import { toLogLine, toTable, type View } from '../../../examples/edge-agent/table.js';
import { countOperation, countRequest, createTotals } from '../../../examples/edge-agent/totals.js';

function createView(): View {
  const totals = createTotals(0);
  const usage = { inputTokens: 1_234_567, outputTokens: 890 };
  const request = { durationMs: 1234.5, isError: false, usage, costUsd: 0.12345 };
  countRequest(totals, { ...request, provider: 'openai', model: 'gpt-5-mini' });
  countRequest(totals, {
    ...request,
    provider: 'openai',
    model: 'gpt-4o-mini',
    durationMs: 200,
    isError: true,
  });
  countRequest(totals, { ...request, provider: 'anthropic', model: 'claude-sonnet-4-6' });
  countOperation(totals, 300, false);
  countOperation(totals, 400, true);
  Object.assign(totals, { cacheHits: 1, cacheMisses: 2, retries: 3, failovers: 4 });
  return { totals, circuits: { openai: { state: 'open' }, anthropic: { state: 'closed' } }, elapsedMs: 4000 };
}

describe('toTable()', () => {
  it('aligns the columns, sorts the rows and fits 80 columns', () => {
    expect(toTable(createView())).toEqual([
      'model             requests errors p50 ms p95 ms  tokens in tokens out   cost $',
      '------------------------------------------------------------------------------',
      'claude-sonnet-4-6        1      0   1235   1235  1,234,567        890   0.1235',
      'gpt-4o-mini              1      1    200    200  1,234,567        890   0.1235',
      'gpt-5-mini               1      0   1235   1235  1,234,567        890   0.1235',
      '------------------------------------------------------------------------------',
      'all providers            3      1   1235   1235  3,703,701      2,670   0.3704',
      '',
      'providers  openai DOWN, anthropic up',
      'recovery   3 retries, 4 failovers, those around an open circuit included',
      'cache L1   33.3% hits (1 of 3)',
      'callers    2 calls at 0.5/s, 1 failed, p50 300 ms, p95 400 ms',
    ]);
  });

  it('says nothing about what has not happened yet', () => {
    const view: View = { ...createView(), totals: createTotals(0), elapsedMs: 0 };
    expect(toTable(view).slice(-3)).toEqual([
      'recovery   0 retries, 0 failovers, those around an open circuit included',
      'cache L1   - hits (0 of 0)',
      'callers    0 calls at 0.0/s, 0 failed, p50 - ms, p95 - ms',
    ]);
  });
});

describe('toLogLine()', () => {
  it('says the same in one line', () => {
    expect(toLogLine(createView())).toBe(
      '4s requests=3 errors=1 p50=1235ms p95=1235ms tokens=3703701+2670 cost=$0.3704 cache=33.3% failovers=4 openai=DOWN anthropic=up',
    );
  });
});
