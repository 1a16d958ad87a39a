import {
  countOperation,
  countRequest,
  createTotals,
  detail,
  percentile,
  summarize,
} from '../../../examples/edge-agent/totals.js';

describe('summarize()', () => {
  it('adds the rows up, and the cost without the dust of floating point', () => {
    const totals = createTotals();
    const usage = { inputTokens: 10, outputTokens: 5 };
    const request = {
      provider: 'openai' as const,
      model: 'gpt-4o-mini',
      durationMs: 1,
      isError: false,
      usage,
    };
    countRequest(totals, { ...request, costUsd: 0.1 });
    countRequest(totals, { ...request, costUsd: 0.2 });
    countRequest(totals, {
      ...request,
      provider: 'anthropic',
      isError: true,
      usage: undefined,
      costUsd: undefined,
    });
    expect(summarize(totals)).toEqual({
      requests: 3,
      errors: 1,
      inputTokens: 20,
      outputTokens: 10,
      costUsd: 0.3,
    });
  });
});

describe('detail()', () => {
  it('tells the operations and each model by itself', () => {
    const totals = createTotals();
    const usage = { inputTokens: 10, outputTokens: 5 };
    const request = { provider: 'openai' as const, model: 'gpt-4o-mini', durationMs: 1, isError: false };
    countRequest(totals, { ...request, usage, costUsd: 0.1 });
    countOperation(totals, 1, true);
    totals.retries += 1;
    const counts = { requests: 1, errors: 0, inputTokens: 10, outputTokens: 5, costUsd: 0.1 };
    expect(detail(totals)).toEqual({
      operations: 1,
      failedOperations: 1,
      retries: 1,
      models: [{ provider: 'openai', model: 'gpt-4o-mini', ...counts }],
    });
  });
});

describe('countOperation()', () => {
  it('keeps the latest thousand durations', () => {
    const totals = createTotals();
    for (let durationMs = 0; durationMs < 1500; durationMs += 1)
      countOperation(totals, durationMs, durationMs === 3);
    expect([totals.operations, totals.failedOperations]).toEqual([1500, 1]);
    expect([totals.durationsMs.length, totals.durationsMs[0], totals.durationsMs.at(-1)]).toEqual([
      1000, 500, 1499,
    ]);
  });
});

describe('percentile()', () => {
  it.each([
    [[], 0.5, undefined],
    [[7], 0.95, 7],
    [[3, 1, 2], 0.5, 2],
    [[10, 9, 8, 7, 6, 5, 4, 3, 2, 1], 0.95, 10],
    [[10, 9, 8, 7, 6, 5, 4, 3, 2, 1], 0.5, 5],
  ])('of %j at %d is %s', (values, share, expected) => {
    expect(percentile(values, share)).toBe(expected);
  });
});
