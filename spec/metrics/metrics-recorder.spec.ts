import { DiagLogLevel, diag } from '@opentelemetry/api';
import fc from 'fast-check';
import { ERROR_TYPES, METRICS } from '../../lib/index.js';
import { createRecorderHarness, RECORD_HELPERS } from '../support/recorder-harness.js';

const DROPPED = 'llm_edge_monitoring_dropped_total';

describe('MetricsRecorder', () => {
  describe('with good values', () => {
    it('counts a success and records its duration', async () => {
      const { recorder, collect } = createRecorderHarness();
      recorder.recordRequestSuccess('openai', 'gpt-4', 245);
      recorder.recordRequestSuccess('openai', 'gpt-4', 55);
      const metrics = await collect();
      expect(metrics['llm_edge_requests_total']).toEqual({ 'model=gpt-4,provider=openai,status=success': 2 });
      expect(metrics['llm_edge_request_duration_ms']).toEqual({
        'model=gpt-4,provider=openai': { count: 2, sum: 300 },
      });
    });

    it('counts a failure by its cause, with a duration where one is given', async () => {
      const { recorder, collect } = createRecorderHarness();
      recorder.recordRequestFailure('anthropic', 'claude-3', 'rate_limit');
      recorder.recordRequestFailure('anthropic', 'claude-3', 'timeout', 30_000);
      const metrics = await collect();
      expect(metrics['llm_edge_requests_total']).toEqual({
        'error_type=rate_limited,model=claude-3,provider=anthropic,status=error': 1,
        'error_type=timeout,model=claude-3,provider=anthropic,status=error': 1,
      });
      expect(metrics['llm_edge_request_duration_ms']).toEqual({
        'model=claude-3,provider=anthropic': { count: 1, sum: 30_000 },
      });
    });

    it('adds tokens, and keeps their subsets out of the sum', async () => {
      const { recorder, collect } = createRecorderHarness();
      const details = { cacheReadTokens: 100, cacheWriteTokens: 20, reasoningTokens: 300 };
      recorder.recordTokenUsage('openai', 'gpt-4', 150, 500, details);
      recorder.recordTokenUsage('openai', 'gpt-4', 1, 2);
      const metrics = await collect();
      expect(metrics['llm_edge_tokens_total']).toEqual({
        'model=gpt-4,provider=openai,type=input': 151,
        'model=gpt-4,provider=openai,type=output': 502,
      });
      expect(metrics['llm_edge_token_details_total']).toEqual({
        'model=gpt-4,provider=openai,type=cache_read': 100,
        'model=gpt-4,provider=openai,type=cache_write': 20,
        'model=gpt-4,provider=openai,type=reasoning': 300,
      });
    });

    it('adds each unit that a usage counts beside tokens, and makes no series of what it does not count', async () => {
      const { recorder, collect } = createRecorderHarness();
      const { unit: units } = METRICS.llm_edge_billed_units_total.labels;
      const usage = { inputTokens: 0, outputTokens: 0 };
      const counts = units.map((unit, index) => [
        unit.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase()),
        index + 0.5,
      ]);
      recorder.recordUsage('cohere', 'rerank', { ...usage, ...Object.fromEntries(counts) });
      recorder.recordUsage('cohere', 'rerank', { ...usage, searchUnits: 0 });
      recorder.recordUsage('cohere', 'command', { ...usage, webSearches: 0, searchUnits: Number.NaN });
      const metrics = await collect();
      expect(metrics['llm_edge_billed_units_total']).toEqual(
        Object.fromEntries(
          units.map((unit, index) => [`model=rerank,provider=cohere,unit=${unit}`, index + 0.5]),
        ),
      );
      expect(metrics[DROPPED]).toMatchObject({ 'reason=invalid_value': 1 });
    });

    it('adds exactly the cost given: the Rust crate cast it to an integer', async () => {
      const { recorder, collect } = createRecorderHarness();
      recorder.recordCost('openai', 'gpt-4', 0.0075);
      expect((await collect())['llm_edge_cost_usd_total']).toEqual({ 'model=gpt-4,provider=openai': 0.0075 });
    });

    it('counts cache lookups and savings by tier', async () => {
      const { recorder, collect } = createRecorderHarness();
      recorder.recordCacheHit('L1');
      recorder.recordCacheMiss('L1');
      recorder.recordCacheHit('L2');
      recorder.recordCacheSavings('L2', 0.25);
      const metrics = await collect();
      expect(metrics['llm_edge_cache_hits_total']).toEqual({ 'tier=L1': 1, 'tier=L2': 1, 'tier=L3': 0 });
      expect(metrics['llm_edge_cache_misses_total']).toEqual({ 'tier=L1': 1, 'tier=L2': 0, 'tier=L3': 0 });
      expect(metrics['llm_edge_cache_savings_usd_total']).toEqual({
        'tier=L1': 0,
        'tier=L2': 0.25,
        'tier=L3': 0,
      });
    });

    it('tells health, circuit state and budgets as gauges', async () => {
      const { recorder, collect } = createRecorderHarness();
      recorder.recordProviderHealth('openai', true);
      recorder.recordProviderHealth('anthropic', false);
      recorder.recordCircuitState('openai', 'closed');
      recorder.recordCircuitState('anthropic', 'open');
      recorder.recordCircuitState('google', 'half_open');
      recorder.recordBudget('team-a', 100, 12.5);
      const metrics = await collect();
      expect(metrics['llm_edge_provider_available']).toEqual({
        'provider=anthropic': 0,
        'provider=openai': 1,
      });
      expect(metrics['llm_edge_circuit_breaker_state']).toEqual({
        'provider=anthropic': 2,
        'provider=google': 1,
        'provider=openai': 0,
      });
      expect(metrics['llm_edge_budget_limit_usd']).toEqual({ 'budget=team-a': 100 });
      expect(metrics['llm_edge_budget_spent_usd']).toEqual({ 'budget=team-a': 12.5 });
    });

    it('counts retries, and failovers with the blame on the failing provider', async () => {
      const { recorder, collect } = createRecorderHarness();
      recorder.recordRetry('openai', 'gpt-4', 'overloaded');
      recorder.recordFailover('openai', 'anthropic', 'timeout');
      const metrics = await collect();
      expect(metrics['llm_edge_retries_total']).toEqual({
        'error_type=overloaded,model=gpt-4,provider=openai': 1,
      });
      expect(metrics['llm_edge_failovers_total']).toEqual({
        'error_type=timeout,from_provider=openai,to_provider=anthropic': 1,
      });
    });

    it('tells rate limits until they are stale', async () => {
      const { recorder, clock, collect } = createRecorderHarness();
      recorder.recordRateLimit('openai', 'gpt-4', 'requests', { remaining: 9, limit: 10, resetMs: 90_000 });
      recorder.recordRateLimit('openai', 'gpt-4', 'tokens', { remaining: 500, resetMs: 20 });
      clock.nowMs = 59_999;
      const fresh = await collect();
      expect(fresh['llm_edge_rate_limit_remaining']).toEqual({
        'limit=requests,model=gpt-4,provider=openai': 9,
        'limit=tokens,model=gpt-4,provider=openai': 500,
      });
      expect(fresh['llm_edge_rate_limit_limit']).toEqual({
        'limit=requests,model=gpt-4,provider=openai': 10,
      });
      clock.nowMs = 60_000;
      expect((await collect())['llm_edge_rate_limit_remaining']).toEqual({
        'limit=requests,model=gpt-4,provider=openai': 9,
      });
      clock.nowMs = 90_000;
      expect((await collect())['llm_edge_rate_limit_remaining'] ?? {}).toEqual({});
    });

    it('records operations with their overhead', async () => {
      const { recorder, collect } = createRecorderHarness();
      recorder.recordOperation(undefined, 200, 3);
      recorder.recordOperation('overloaded', 400, 5);
      const metrics = await collect();
      expect(metrics['llm_edge_operations_total']).toMatchObject({
        'status=success': 1,
        'error_type=overloaded,status=error': 1,
        'error_type=timeout,status=error': 0,
      });
      expect(metrics['llm_edge_operation_duration_ms']).toEqual({ '': { count: 2, sum: 600 } });
      expect(metrics['llm_edge_overhead_ms']).toEqual({ '': { count: 2, sum: 8 } });
    });
  });

  describe('with the same model at several providers', () => {
    it('keeps their series apart, whichever came first', async () => {
      const { recorder, collect } = createRecorderHarness();
      for (const provider of ['openai', 'azure', 'openrouter', 'openai', 'azure', 'openai']) {
        recorder.recordCost(provider, 'gpt-4o', 1);
      }
      recorder.recordCost('azure', 'gpt-4', 5);
      expect((await collect())['llm_edge_cost_usd_total']).toEqual({
        'model=gpt-4o,provider=openai': 3,
        'model=gpt-4o,provider=azure': 2,
        'model=gpt-4o,provider=openrouter': 1,
        'model=gpt-4,provider=azure': 5,
      });
    });
  });

  describe('with active requests', () => {
    it('adds tracked requests to the base a caller sets, and never falls below zero', async () => {
      const { recorder, collect } = createRecorderHarness();
      const active = async () => (await collect())['llm_edge_active_requests'];
      expect(await active()).toEqual({ '': 0 });
      recorder.recordActiveRequests(42);
      recorder.addActiveRequests(1);
      expect(await active()).toEqual({ '': 43 });
      recorder.recordActiveRequests(0);
      recorder.addActiveRequests(-1);
      recorder.addActiveRequests(-1);
      expect(await active()).toEqual({ '': 0 });
    });
  });

  describe('with declared providers', () => {
    it('shows their counters at zero before the first request', async () => {
      const { collect } = createRecorderHarness({ providers: { openai: ['gpt-4o'] } });
      const metrics = await collect();
      const requests = Object.entries(metrics['llm_edge_requests_total'] ?? {});
      const errorTypes = ERROR_TYPES.length;
      expect(requests).toHaveLength(1 + errorTypes);
      expect(requests.every(([, value]) => value === 0)).toBe(true);
      expect(metrics['llm_edge_cost_usd_total']).toEqual({ 'model=gpt-4o,provider=openai': 0 });
    });
  });

  describe('with more names than the limits allow', () => {
    it('folds models into other, keeps the provider and counts the overflow', async () => {
      const { recorder, collect } = createRecorderHarness({ limits: { models: 2 } });
      for (const model of ['a', 'b', 'c', 'd', 'a']) recorder.recordCost('openai', model, 1);
      recorder.recordCost('anthropic', 'e', 1);
      const metrics = await collect();
      expect(metrics['llm_edge_cost_usd_total']).toEqual({
        'model=a,provider=openai': 2,
        'model=b,provider=openai': 1,
        'model=other,provider=openai': 2,
        'model=other,provider=anthropic': 1,
      });
      expect(metrics['llm_edge_monitoring_series_overflow_total']).toMatchObject({ 'label=model': 3 });
    });

    it('counts every record of a folded model, also when the same one comes several times in a row', async () => {
      const { recorder, collect } = createRecorderHarness({ limits: { models: 1 } });
      for (const model of ['a', 'a', 'b', 'b', 'b', 'a']) recorder.recordCost('openai', model, 1);
      const metrics = await collect();
      expect(metrics['llm_edge_cost_usd_total']).toEqual({
        'model=a,provider=openai': 3,
        'model=other,provider=openai': 3,
      });
      expect(metrics['llm_edge_monitoring_series_overflow_total']).toMatchObject({ 'label=model': 3 });
    });

    it('folds providers into other once their limit is reached', async () => {
      const { recorder, collect } = createRecorderHarness({ limits: { providers: 1 } });
      recorder.recordProviderHealth('openai', true);
      recorder.recordProviderHealth('anthropic', true);
      recorder.recordCost('google', 'gemini', 1);
      const metrics = await collect();
      expect(metrics['llm_edge_provider_available']).toEqual({ 'provider=openai': 1, 'provider=other': 1 });
      expect(metrics['llm_edge_cost_usd_total']).toEqual({ 'model=other,provider=other': 1 });
      expect(metrics['llm_edge_monitoring_series_overflow_total']).toMatchObject({ 'label=provider': 2 });
    });

    it('never exceeds the budget of a metric, whatever callers invent', async () => {
      const { recorder, collect } = createRecorderHarness();
      for (let index = 0; index < 3000; index += 1) {
        const provider = `provider-${index % 40}`;
        recorder.recordRequestSuccess(provider, `model-${index}`, 1);
        for (const errorType of ERROR_TYPES) {
          recorder.recordRequestFailure(provider, `model-${index}`, errorType);
          recorder.recordRetry(provider, `model-${index}`, errorType);
          recorder.recordFailover(provider, `provider-${index}`, errorType);
        }
        recorder.recordTokenUsage(provider, `model-${index}`, 1, 1, {
          cacheReadTokens: 1,
          reasoningTokens: 1,
        });
        recorder.recordBudget(`budget-${index}`, 1, 1);
      }
      const metrics = await collect();
      const exceeded = Object.entries(METRICS).filter(
        ([name, { seriesBudget }]) => Object.keys(metrics[name] ?? {}).length > seriesBudget,
      );
      expect(exceeded).toEqual([]);
      const requests = Object.values(metrics['llm_edge_requests_total'] ?? {}) as number[];
      expect(requests.reduce((sum, value) => sum + value, 0)).toBe(3000 * (1 + ERROR_TYPES.length));
    });
  });

  describe('with bad values', () => {
    it('counts each by its reason and tells diag once for each reason', async () => {
      const lines: string[] = [];
      const log = (...args: unknown[]) => void lines.push(args.join(' '));
      diag.setLogger(
        { error: log, warn: log, info: log, debug: log, verbose: log },
        { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
      );
      const { recorder, collect } = createRecorderHarness();
      recorder.recordCost('openai', 'gpt-4', Number.NaN);
      recorder.recordCost('openai', 'gpt-4', -1);
      recorder.recordCost('', 'gpt-4', 1);
      recorder.recordRequestFailure('openai', 'gpt-4', 'boom');
      recorder.recordCacheHit('L4' as never);
      recorder.recordCircuitState('openai', 'ajar' as never);
      recorder.recordCost('openai', 'm'.repeat(10_000), 1);
      diag.disable();
      const metrics = await collect();
      expect(metrics[DROPPED]).toEqual({
        'reason=inconsistent_usage': 0,
        'reason=internal_error': 0,
        'reason=invalid_name': 1,
        'reason=invalid_value': 2,
        'reason=name_too_long': 1,
        'reason=over_limit': 0,
        'reason=unknown_error_type': 1,
        'reason=unknown_state': 1,
        'reason=unknown_tier': 1,
      });
      expect(metrics['llm_edge_cost_usd_total']).toEqual({ 'model=other,provider=openai': 1 });
      expect(metrics['llm_edge_requests_total']).toEqual({
        'error_type=unknown,model=gpt-4,provider=openai,status=error': 1,
      });
      expect(lines.filter((line) => line.includes('recordCost: invalid_value'))).toHaveLength(1);
      expect(lines).toHaveLength(6);
    });

    it('still counts a request whose duration is none', async () => {
      const { recorder, collect } = createRecorderHarness();
      recorder.recordRequestSuccess('openai', 'gpt-4', -5);
      const metrics = await collect();
      expect(metrics['llm_edge_requests_total']).toEqual({ 'model=gpt-4,provider=openai,status=success': 1 });
      expect(metrics['llm_edge_request_duration_ms']).toBeUndefined();
      expect(metrics[DROPPED]).toMatchObject({ 'reason=invalid_value': 1 });
    });

    it('survives objects whose getters throw', async () => {
      const { recorder, collect } = createRecorderHarness();
      const trap = Object.defineProperty({}, 'cacheReadTokens', {
        get: () => {
          throw new Error('trap');
        },
      });
      recorder.recordTokenUsage('openai', 'gpt-4', 1, 2, trap);
      recorder.recordRateLimit('openai', 'gpt-4', 'requests', null as never);
      const metrics = await collect();
      expect(metrics['llm_edge_tokens_total']).toEqual({
        'model=gpt-4,provider=openai,type=input': 1,
        'model=gpt-4,provider=openai,type=output': 2,
      });
      expect(metrics[DROPPED]).toMatchObject({ 'reason=invalid_value': 2 });
    });

    it.each(RECORD_HELPERS)(
      'never throws from %s, and every series stays a finite number',
      async (helper) => {
        const { recorder, collect } = createRecorderHarness();
        const anything = fc.oneof(
          fc.anything({ withBigInt: true, withNullPrototype: true, withSparseArray: true }),
          fc.double(),
          fc.string(),
          fc.constantFrom<unknown>('openai', 'L1', 'open', '__proto__', 'x'.repeat(10_000), Symbol('s'), -0),
        );
        fc.assert(
          fc.property(fc.array(anything, { maxLength: 6 }), (args) => {
            (recorder[helper] as (...args: unknown[]) => void)(...args);
          }),
        );
        for (const series of Object.values(await collect())) {
          for (const value of Object.values(series)) {
            const numbers = typeof value === 'number' ? [value] : [value.count, value.sum];
            expect(numbers.every((number) => Number.isFinite(number) && number >= 0)).toBe(true);
          }
        }
      },
    );
  });

  describe('with several collections', () => {
    it('adds up exactly: nothing twice, nothing lost', async () => {
      const { recorder, collect } = createRecorderHarness();
      await fc.assert(
        fc.asyncProperty(fc.array(fc.nat(1000), { maxLength: 20 }), async (amounts) => {
          const before = Number(
            (await collect())['llm_edge_tokens_total']?.['model=m,provider=p,type=input'] ?? 0,
          );
          for (const amount of amounts) recorder.recordTokenUsage('p', 'm', amount, 0);
          const after = Number(
            (await collect())['llm_edge_tokens_total']?.['model=m,provider=p,type=input'] ?? 0,
          );
          expect(after - before).toBe(amounts.reduce((sum, amount) => sum + amount, 0));
        }),
        { numRuns: 25 },
      );
    });
  });
});
