import { NOOP_RECORDER } from './noop-recorder.js';
import type {
  CacheTier,
  CircuitState,
  RateLimit,
  Recorder,
  RequestRecorder,
  TokenDetails,
} from './recorder.js';

/** Passes every helper on to a recorder that can be taken away: after that, recording is a harmless no-op. */
export class ForwardingRecorder implements Recorder {
  private recorder: RequestRecorder;

  constructor(recorder: RequestRecorder) {
    this.recorder = recorder;
  }

  protected stopRecording(): void {
    this.recorder = NOOP_RECORDER;
  }

  recordRequestSuccess(provider: string, model: string, latencyMs: number): void {
    this.recorder.recordRequestSuccess(provider, model, latencyMs);
  }

  recordRequestFailure(provider: string, model: string, errorType: string, latencyMs?: number): void {
    this.recorder.recordRequestFailure(provider, model, errorType, latencyMs);
  }

  recordTokenUsage(
    provider: string,
    model: string,
    inputTokens: number,
    outputTokens: number,
    details?: TokenDetails,
  ): void {
    this.recorder.recordTokenUsage(provider, model, inputTokens, outputTokens, details);
  }

  recordCost(provider: string, model: string, costUsd: number): void {
    this.recorder.recordCost(provider, model, costUsd);
  }

  recordCacheHit(tier: CacheTier): void {
    this.recorder.recordCacheHit(tier);
  }

  recordCacheMiss(tier: CacheTier): void {
    this.recorder.recordCacheMiss(tier);
  }

  recordCacheSavings(tier: CacheTier, savedUsd: number): void {
    this.recorder.recordCacheSavings(tier, savedUsd);
  }

  recordProviderHealth(provider: string, healthy: boolean): void {
    this.recorder.recordProviderHealth(provider, healthy);
  }

  recordActiveRequests(count: number): void {
    this.recorder.recordActiveRequests(count);
  }

  recordRetry(provider: string, model: string, errorType: string): void {
    this.recorder.recordRetry(provider, model, errorType);
  }

  recordFailover(fromProvider: string, toProvider: string, errorType: string): void {
    this.recorder.recordFailover(fromProvider, toProvider, errorType);
  }

  recordCircuitState(provider: string, state: CircuitState): void {
    this.recorder.recordCircuitState(provider, state);
  }

  recordRateLimit(provider: string, model: string, limit: 'requests' | 'tokens', values: RateLimit): void {
    this.recorder.recordRateLimit(provider, model, limit, values);
  }

  recordBudget(budget: string, limitUsd: number, spentUsd: number): void {
    this.recorder.recordBudget(budget, limitUsd, spentUsd);
  }
}
