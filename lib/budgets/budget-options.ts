import { INPUT_LIMITS } from '../catalogue/input-limits.js';
import { nameOf, nameProblem } from '../catalogue/names.js';
import { createProblems, given, type Problems } from '../config/problems.js';
import { tellNumber, tellWord, unknownPath } from '../config/seen.js';
import { isRecord } from '../config/shapes.js';
import { patternProblem } from '../config/wildcard.js';
import type { ConfigProblem } from '../errors.js';
import { isBudget } from '../metrics/amounts.js';
import { type BudgetWindow, WINDOW_NAMES } from './budget-windows.js';
import { isTimeZone, UTC } from './zone-offset.js';

/** A budget passed one of its thresholds. */
export interface BudgetEvent {
  readonly budget: string;
  /** The share of the limit that was passed, such as 0.8. */
  readonly threshold: number;
  readonly limitUsd: number;
  readonly spentUsd: number;
  readonly windowStart: Date;
  readonly windowEnd: Date;
}

/**
 * An amount of money for a time. Each process counts what itself spends.
 *
 * A cost counts once, in the window that the clock of the process shows when it is recorded. A clock that is set back
 * returns to the window that it shows then, with what was spent in it, of the last few windows.
 */
export interface BudgetOptions {
  /** The `budget` label of the budget gauges. */
  readonly name: string;
  readonly limitUsd: number;
  readonly window: BudgetWindow;
  /**
   * Where days, weeks, months and hours begin: the IANA name of a time zone, such as `Europe/Berlin`. A day on which
   * clocks are set forward or back has 23 or 25 hours. A name that this process has no data of is refused at the start.
   *
   * @defaultValue `UTC`
   */
  readonly timeZone?: string | undefined;
  /** The requests it is charged for: names as recorded, with `*` at the end for a prefix. All, when absent. */
  readonly match?:
    | { readonly provider?: string | undefined; readonly model?: string | undefined }
    | undefined;
  /** Shares of the limit at which `onThreshold` is called. @defaultValue [0.5, 0.8, 1] */
  readonly thresholds?: readonly number[] | undefined;
  /**
   * Called once for each threshold in each window, while the cost is recorded: keep it short. What it throws,
   * or rejects with, goes to `diag`.
   */
  readonly onThreshold?: ((event: BudgetEvent) => unknown) | undefined;
}

/** {@link BudgetOptions}, resolved. */
export interface BudgetConfig {
  readonly name: string;
  readonly limitUsd: number;
  readonly window: BudgetWindow;
  readonly timeZone: string;
  readonly provider: string;
  readonly model: string;
  /** Ascending. */
  readonly thresholds: readonly number[];
  readonly onThreshold: ((event: BudgetEvent) => unknown) | undefined;
}

const NAME_LENGTH_MAX = INPUT_LIMITS.nameLength.value;
const DEFAULT_THRESHOLDS = [0.5, 0.8, 1] as const;
const OPTIONS = ['name', 'limitUsd', 'window', 'timeZone', 'match', 'thresholds', 'onThreshold'] as const;
const MATCH_OPTIONS = ['provider', 'model'] as const;
const EXAMPLE = '{ name: "team", limitUsd: 100, window: "day" }';
/** Shorter windows would reset more often than anybody scrapes. */
const WINDOW_MS_MIN = 1000;

/** Resolves budgets. Never throws. */
export function resolveBudgets(options: readonly BudgetOptions[] | undefined): {
  readonly config: readonly BudgetConfig[];
  readonly problems: readonly ConfigProblem[];
} {
  const problems = createProblems();
  if (options === undefined) return { config: [], problems: [] };
  if (!Array.isArray(options)) {
    problems.add('budgets', options, `write an array, such as [${EXAMPLE}]`);
    return { config: [], problems: problems.list };
  }
  const names = new Set<unknown>();
  const config = options.flatMap((option: unknown, position) => {
    const path = `budgets[${position}]`;
    const before = problems.list.length;
    if (!isRecord(option)) {
      problems.add(path, option, `write an object, such as ${EXAMPLE}`);
      return [];
    }
    checkBudget(option, path, problems);
    const name =
      nameProblem(option['name']) === undefined ? nameOf(option['name'] as string) : option['name'];
    if (names.has(name)) problems.add(`${path}.name`, name, 'write a name that no other budget has');
    names.add(name);
    return problems.list.length > before ? [] : [resolveBudget(option as unknown as BudgetOptions)];
  });
  return { config, problems: problems.list };
}

function resolveBudget({
  name,
  limitUsd,
  window,
  timeZone,
  match,
  thresholds,
  onThreshold,
}: BudgetOptions): BudgetConfig {
  return Object.freeze({
    name: nameOf(name),
    limitUsd,
    window: typeof window === 'string' ? window : Object.freeze({ ms: window.ms }),
    timeZone: timeZone ?? UTC,
    provider: match?.provider ?? '*',
    model: match?.model ?? '*',
    thresholds: [...new Set(thresholds ?? DEFAULT_THRESHOLDS)].sort((a, b) => a - b),
    onThreshold,
  });
}

function checkBudget(option: Record<string, unknown>, path: string, problems: Problems): void {
  const { name, limitUsd, window, timeZone, match, thresholds, onThreshold } = option as Partial<
    Record<keyof BudgetOptions, unknown>
  >;
  problems.addUnknown(path, given(option), OPTIONS);
  if (nameProblem(name) !== undefined) {
    problems.add(`${path}.name`, name, `write a name of at most ${NAME_LENGTH_MAX} characters`);
  }
  if (!isPositive(limitUsd) || !isBudget(limitUsd)) {
    problems.add(
      `${path}.limitUsd`,
      limitUsd,
      'write US dollars as a number greater than 0, a trillion at most',
      tellNumber,
    );
  }
  if (!isWindow(window)) {
    const remedy = `write ${WINDOW_NAMES.join(', ')} or { ms } of at least ${WINDOW_MS_MIN}`;
    problems.add(`${path}.window`, window, remedy, tellWord(...WINDOW_NAMES, 'minute', 'fortnight', 'year'));
  }
  if (timeZone !== undefined && !isTimeZone(timeZone)) {
    const remedy = 'write the IANA name of a time zone, such as Europe/Berlin';
    problems.add(`${path}.timeZone`, timeZone, remedy);
  }
  if (match !== undefined) checkMatch(match, `${path}.match`, problems);
  if (thresholds !== undefined && !(Array.isArray(thresholds) && thresholds.every(isPositive))) {
    problems.add(`${path}.thresholds`, thresholds, 'write shares of the limit, such as [0.5, 0.8, 1]');
  }
  if (onThreshold !== undefined && typeof onThreshold !== 'function') {
    problems.add(`${path}.onThreshold`, onThreshold, 'write a function');
  }
}

function checkMatch(match: unknown, path: string, problems: Problems): void {
  if (!isRecord(match)) {
    problems.add(path, match, 'write an object, such as { provider: "openai", model: "gpt-4*" }');
    return;
  }
  for (const [name, pattern] of Object.entries(match)) {
    if (name !== 'provider' && name !== 'model') {
      problems.add(unknownPath(path, name, MATCH_OPTIONS), pattern, 'write provider or model');
    } else if (pattern !== undefined) {
      const wrong = patternProblem(pattern);
      if (wrong !== undefined) problems.add(`${path}.${name}`, pattern, `write ${wrong}`);
    }
  }
}

function isWindow(window: unknown): boolean {
  if (!isRecord(window)) return WINDOW_NAMES.some((name) => name === window);
  const { ms } = window;
  return Number.isSafeInteger(ms) && (ms as number) >= WINDOW_MS_MIN;
}

function isPositive(value: unknown): value is number {
  return typeof value === 'number' && value > 0 && value < Number.POSITIVE_INFINITY;
}
