import { isName, NAME_SHAPE, nameOf } from '../catalogue/names.js';
import { Issues, isRecord } from '../config/issues.js';
import { listOf, objectOf, optional, readOption } from '../config/nested-options.js';
import { check, PATTERN } from '../config/parsers.js';
import { showNumber, showWord } from '../config/redact.js';
import type { ConfigProblem } from '../errors.js';
import { isBudget } from '../metrics/amounts.js';
import { type BudgetWindow, isTimeZone, UTC, WINDOW_NAMES } from './budget-windows.js';

/** A budget passed one of its thresholds. */
export interface BudgetEvent {
  readonly budget: string;
  /** The share of the limit that was passed, such as 0.8. */
  readonly threshold: number;
  readonly limitUsd: number;
  /** Spent by all workers that share the budget. */
  readonly spentUsd: number;
  readonly windowStart: Date;
  readonly windowEnd: Date;
}

/**
 * An amount of money for a period. Workers that share a metrics port spend it together, by its name and window; any
 * other process counts its own spending.
 *
 * A cost counts once, in the window of the time at which it is recorded. When the clock is set back to one of the last
 * few windows, that window continues with the amount spent in it.
 */
export interface BudgetOptions {
  /** The `budget` label of the budget gauges. */
  readonly name: string;
  readonly limitUsd: number;
  readonly window: BudgetWindow;
  /**
   * Where days, weeks, months and hours begin: the IANA name of a time zone, such as `Europe/Berlin`. A day on which
   * clocks are set forward or back has 23 or 25 hours. A name without data in this process is refused at the start.
   *
   * @defaultValue `UTC`
   */
  readonly timeZone?: string | undefined;
  /** The requests charged to the budget: names as recorded, or prefixes that end with `*`. All requests if absent. */
  readonly match?:
    | { readonly provider?: string | undefined; readonly model?: string | undefined }
    | undefined;
  /** Shares of the limit at which `onThreshold` is called. @defaultValue [0.5, 0.8, 1] */
  readonly thresholds?: readonly number[] | undefined;
  /**
   * Called once for each threshold in each window, while the cost is recorded, so it must be short. Its exceptions and
   * rejections are logged to `diag`. Of the workers that share the budget, one is called: perhaps up to two seconds
   * later, when it learns what the others spent. If their folder cannot be written to, several may be called.
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

const DEFAULT_THRESHOLDS = [0.5, 0.8, 1] as const;
const EXAMPLE = '{ name: "team", limitUsd: 100, window: "day" }';
/** A shorter window would restart more often than any scrape. */
const WINDOW_MS_MIN = 1000;

const isLimit = (value: unknown): value is number => isPositive(value) && isBudget(value);
const isThresholds = (value: unknown): value is readonly number[] =>
  Array.isArray(value) && value.every(isPositive);
const isCallback = (value: unknown): value is NonNullable<BudgetOptions['onThreshold']> =>
  typeof value === 'function';

/** The parser of each option of a budget; the compiler requires all of them. */
const BUDGET = objectOf<BudgetOptions>(
  {
    name: check(isName, NAME_SHAPE),
    limitUsd: check(isLimit, 'US dollars as a number greater than 0, a trillion at most', showNumber),
    window: check(
      isWindow,
      `${WINDOW_NAMES.join(', ')} or { ms } of at least ${WINDOW_MS_MIN}`,
      showWord(...WINDOW_NAMES, 'minute', 'fortnight', 'year'),
    ),
    timeZone: optional(check(isTimeZone, 'the IANA name of a time zone, such as Europe/Berlin')),
    match: optional(
      objectOf<NonNullable<BudgetOptions['match']>>(
        { provider: optional(PATTERN), model: optional(PATTERN) },
        'an object, such as { provider: "openai", model: "gpt-4*" }',
        'write provider or model',
      ),
    ),
    thresholds: optional(check(isThresholds, 'shares of the limit, such as [0.5, 0.8, 1]')),
    onThreshold: optional(check(isCallback, 'a function')),
  },
  `an object, such as ${EXAMPLE}`,
);

/** Resolves budgets. Never throws. */
export function resolveBudgets(options: readonly BudgetOptions[] | undefined): {
  readonly config: readonly BudgetConfig[];
  readonly problems: readonly ConfigProblem[];
} {
  const issues = new Issues();
  const names = new Set<string>();
  const budgets = listOf<BudgetConfig>(
    {
      shape: BUDGET.shape,
      parse: (value, source, place) => {
        const options = BUDGET.parse(value, source, place);
        // The name is also checked if other options are wrong, so that all problems are listed at once.
        const given = isRecord(value) ? value['name'] : undefined;
        const name = isName(given) ? nameOf(given) : undefined;
        const isTaken = name !== undefined && names.has(name);
        if (isTaken) place?.issues.add(`${place.path}.name`, name, 'write a name that no other budget has');
        if (name !== undefined) names.add(name);
        return options === undefined || isTaken ? undefined : resolveBudget(options);
      },
    },
    `an array, such as [${EXAMPLE}]`,
  );
  const config = options === undefined ? [] : (readOption(budgets, options, 'budgets', issues) ?? []);
  return { config, problems: issues.list };
}

function resolveBudget(options: BudgetOptions): BudgetConfig {
  const { name, limitUsd, window, timeZone, match, thresholds, onThreshold } = options;
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

function isWindow(window: unknown): window is BudgetWindow {
  if (!isRecord(window)) return WINDOW_NAMES.some((name) => name === window);
  const { ms } = window;
  return Number.isSafeInteger(ms) && (ms as number) >= WINDOW_MS_MIN;
}

function isPositive(value: unknown): value is number {
  return typeof value === 'number' && value > 0 && value < Number.POSITIVE_INFINITY;
}
