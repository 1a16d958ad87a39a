import { type ErrorType, normaliseErrorType } from '../catalogue/error-types.js';
import { METRICS } from '../catalogue/metrics.js';
import { logger } from '../logger.js';
import { amountProblem, isBudget, isCost, isCount, isDuration } from './amounts.js';
import type { Instruments } from './instruments.js';
import type { DropReason } from './recorder.js';

/** Decides which values can be recorded unchanged. Others are dropped or mapped, and counted. */
export interface Checks {
  /** Whether a value can be the tokens of one record, or any other count. */
  isCount(value: unknown, where: string): value is number;
  /** Whether a value can be the cost of one record. */
  isCost(value: unknown, where: string): value is number;
  /** Whether a value can be the limit of a budget or the amount spent. */
  isBudget(value: unknown, where: string): value is number;
  /** Whether a value can be one duration. */
  isDuration(value: unknown, where: string): value is number;
  /** Maps a string of the caller to an error type; to `unknown` if it is not recognised. */
  errorType(value: string, where: string): ErrorType;
  /** Counts a dropped value, and logs the first one of each reason. */
  drop(reason: DropReason, where: string): void;
}

/** Makes the checks of a recorder. */
export function createChecks({ counters }: Instruments): Checks {
  const counter = counters.llm_edge_monitoring_dropped_total;
  const { reason: reasons } = METRICS.llm_edge_monitoring_dropped_total.labels;
  const variants = new Map(reasons.map((reason) => [reason, counter.variant({ reason })]));
  const logged = new Set<DropReason>();
  counter.declare();

  function drop(reason: DropReason, where: string): void {
    counter.add(1, variants.get(reason) ?? 0);
    if (logged.has(reason)) return;
    logged.add(reason);
    // The line does not contain the value, which may be a secret or ten kilobytes long.
    logger().warn(
      `${where}: ${reason}; counted in llm_edge_monitoring_dropped_total, logged once per reason`,
    );
  }

  function refuse(value: unknown, where: string): false {
    drop(amountProblem(value), where);
    return false;
  }

  return {
    isCount: (value, where): value is number => isCount(value) || refuse(value, where),
    isCost: (value, where): value is number => isCost(value) || refuse(value, where),
    isBudget: (value, where): value is number => isBudget(value) || refuse(value, where),
    isDuration: (value, where): value is number => isDuration(value) || refuse(value, where),
    errorType(value, where) {
      const known = normaliseErrorType(value);
      if (known === undefined) drop('unknown_error_type', where);
      return known ?? 'unknown';
    },
    drop,
  };
}
