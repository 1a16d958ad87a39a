import * as dashboard from '@grafana/grafana-foundation-sdk/dashboard';

/** The value from which a colour holds; `null` for the one below all others. */
export type Step = readonly [from: number | null, color: string];

const NEUTRAL: readonly Step[] = [[null, 'text']];

/** Green below the first value, then a warning, then an alarm. */
export function lowIsGood(warnFrom: number, alarmFrom: number): readonly Step[] {
  return [
    [null, 'green'],
    [warnFrom, 'yellow'],
    [alarmFrom, 'red'],
  ];
}

/** Red below the first value, a warning below the second, green above. */
export function highIsGood(alarmBelow: number, warnBelow: number): readonly Step[] {
  return [
    [null, 'red'],
    [alarmBelow, 'yellow'],
    [warnBelow, 'green'],
  ];
}

/** Green at zero, and an alarm above. */
export function anyIsBad(color = 'red'): readonly Step[] {
  return [
    [null, 'green'],
    [1e-9, color],
  ];
}

/** Steps as Grafana's panels take them. */
export function thresholds(steps: readonly Step[]): dashboard.ThresholdsConfigBuilder {
  return new dashboard.ThresholdsConfigBuilder()
    .mode(dashboard.ThresholdsMode.Absolute)
    .steps((steps.length > 0 ? steps : NEUTRAL).map(([value, color]) => ({ value, color })));
}
