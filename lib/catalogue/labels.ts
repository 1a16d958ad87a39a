import type { METRICS } from './metrics.js';

type Rows = typeof METRICS;

/** The name of any metric in the catalogue. */
export type MetricName = keyof Rows;

/** The names of the metrics of one kind. */
export type MetricNameOf<Kind extends 'counter' | 'gauge' | 'histogram'> = {
  [Name in MetricName]: Rows[Name]['kind'] extends Kind ? Name : never;
}[MetricName];

type ValueOf<Spec> = Spec extends readonly (infer Value)[] ? Value : string;

type AllLabels<Row> = Row extends { readonly labels: infer Labels }
  ? { readonly [Label in keyof Labels]: ValueOf<Labels[Label]> }
  : never;

/** The two shapes of a row whose label `Label` is present only under `Condition`. */
type WithCondition<Labels, Label, Condition> =
  | (Omit<Labels, keyof Condition | (Label & keyof Labels)> & {
      readonly [Key in keyof Condition]: Key extends keyof Labels
        ? Exclude<Labels[Key], Condition[Key]>
        : never;
    } & { readonly [Key in Label & PropertyKey]?: never })
  | (Omit<Labels, keyof Condition> & Condition);

/**
 * The labels of one metric: closed sets become literal unions, open ones strings, and a label that depends on
 * another is required or forbidden with it.
 */
export type LabelsOf<Name extends MetricName> = Rows[Name] extends { readonly onlyWhen: infer OnlyWhen }
  ? {
      [Label in keyof OnlyWhen]: WithCondition<AllLabels<Rows[Name]>, Label, OnlyWhen[Label]>;
    }[keyof OnlyWhen]
  : AllLabels<Rows[Name]>;

type Open = { readonly limiter: string };

type ClosedKeys<Row> = Row extends { readonly labels: infer Labels }
  ? { [Label in keyof Labels]: Labels[Label] extends Open ? never : Label }[keyof Labels]
  : never;

type DistributivePick<Labels, Keys extends PropertyKey> = Labels extends unknown
  ? { [Key in keyof Labels as Key extends Keys ? Key : never]: Labels[Key] }
  : never;

/** The labels of one metric whose values are closed sets. */
export type ClosedLabelsOf<Name extends MetricName> = DistributivePick<
  LabelsOf<Name>,
  ClosedKeys<Rows[Name]>
>;

/** The values of one closed label of a metric. */
export type LabelValueOf<Name extends MetricName, Label extends string> = Rows[Name] extends {
  readonly labels: { readonly [Key in Label]: readonly (infer Value)[] };
}
  ? Value
  : never;
