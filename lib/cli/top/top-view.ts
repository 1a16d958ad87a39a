import type { TargetStates } from './reading.js';

/**
 * What `top` shows, and with `--json` one line of its output. A number is `null` where nothing is known, such as a
 * quantile of no requests. Members may be added within version 1, never changed or removed.
 */
export interface TopView {
  readonly schemaVersion: 1;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly title: string;
  readonly services: readonly string[];
  readonly targets: TargetStates;
  /** Time that rates and quantiles are over. */
  readonly windowSeconds: number;
  /** Time since the first look, which the totals are over. */
  readonly watchedSeconds: number;
  readonly requests: {
    readonly perSecond: number | null;
    readonly total: number;
    readonly inFlight: number | null;
  };
  readonly errors: {
    readonly perSecond: number | null;
    /** Share of the requests, from 0 to 1. */
    readonly ratio: number | null;
    readonly total: number;
    /** Most frequent first; those that do not occur are left out. */
    readonly byType: readonly { readonly errorType: string; readonly perSecond: number }[];
  };
  readonly latency: { readonly p50Ms: number | null; readonly p95Ms: number | null };
  readonly timeToFirstToken: { readonly p50Ms: number | null; readonly p95Ms: number | null };
  readonly tokens: {
    readonly inputPerSecond: number | null;
    readonly outputPerSecond: number | null;
    readonly total: number;
  };
  readonly cost: { readonly usdPerSecond: number | null; readonly totalUsd: number };
  readonly cache: {
    /** Share of the lookups that some tier answered, from 0 to 1. */
    readonly hitRatio: number | null;
    readonly tiers: readonly { readonly tier: string; readonly hitRatio: number }[];
  };
  /** Most requests first. */
  readonly providers: readonly ProviderView[];
  readonly budgets: readonly {
    readonly budget: string;
    readonly spentUsd: number;
    readonly limitUsd: number | null;
  }[];
  /** Most expensive first. */
  readonly models: readonly ModelView[];
  /** What the other numbers lack, per second. */
  readonly unseen: {
    readonly unrecognisedPerSecond: number;
    readonly unpricedPerSecond: number;
    readonly usageMissingPerSecond: number;
  };
  /** Requests per second of the latest intervals, oldest first. */
  readonly history: readonly number[];
}

/** One provider. */
export interface ProviderView {
  readonly provider: string;
  readonly requestsPerSecond: number;
  readonly errorRatio: number | null;
  readonly p95Ms: number | null;
  readonly isAvailable: boolean | null;
  readonly circuit: 'closed' | 'half-open' | 'open' | null;
  /** The lowest rest of its rate limits as a share of the limit, and which one it is. */
  readonly headroom: { readonly ratio: number; readonly limit: string; readonly model: string } | null;
}

/** One model. */
export interface ModelView {
  readonly provider: string;
  readonly model: string;
  readonly requestsPerSecond: number;
  readonly p95Ms: number | null;
  readonly usdPerSecond: number;
  readonly totalUsd: number;
}
