import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

/** One rule of a Prometheus rule file. */
export interface Rule {
  readonly file: string;
  readonly group: string;
  readonly record?: string;
  readonly alert?: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** A rule that makes a series. */
export type RecordingRule = Rule & { readonly record: string };

/** A rule that raises an alert. */
export type AlertRule = Rule & { readonly alert: string };

/** What a `promtool test rules` file expects of alerts. */
export interface AlertTest {
  readonly file: string;
  readonly alertname: string;
  readonly fires: boolean;
}

/** What a `promtool test rules` file expects of expressions. */
export interface ExpressionTest {
  readonly file: string;
  readonly expr: string;
}

interface RuleFile {
  readonly groups: readonly { readonly name: string; readonly rules: readonly Partial<Rule>[] }[];
}

interface RuleTestFile {
  readonly tests: readonly {
    readonly alert_rule_test?: readonly {
      readonly alertname: string;
      readonly exp_alerts?: readonly unknown[];
    }[];
    readonly promql_expr_test?: readonly { readonly expr: string }[];
  }[];
}

/** Reads every `*.yml` file of a folder of Prometheus rules. */
export function loadRules(folder: string): Rule[] {
  return yamlFilesOf(folder).flatMap((file) => {
    const { groups } = parse(readFileSync(join(folder, file), 'utf8')) as RuleFile;
    return groups.flatMap((group) =>
      group.rules.map((rule) => ({
        expr: '',
        labels: {},
        annotations: {},
        ...rule,
        file,
        group: group.name,
      })),
    );
  });
}

/** The rules that make series. */
export function recordingRules(rules: readonly Rule[]): RecordingRule[] {
  return rules.filter((rule): rule is RecordingRule => rule.record !== undefined);
}

/** The rules that raise alerts. */
export function alertRules(rules: readonly Rule[]): AlertRule[] {
  return rules.filter((rule): rule is AlertRule => rule.alert !== undefined);
}

/** Reads what the `promtool test rules` files of a folder expect. */
export function loadRuleTests(folder: string): { alerts: AlertTest[]; expressions: ExpressionTest[] } {
  const files = yamlFilesOf(folder).map((file) => {
    return { file, tests: (parse(readFileSync(join(folder, file), 'utf8')) as RuleTestFile).tests };
  });
  const cases = files.flatMap(({ file, tests }) => tests.map((test) => ({ file, test })));
  return {
    alerts: cases.flatMap(({ file, test }) =>
      (test.alert_rule_test ?? []).map(({ alertname, exp_alerts: expected = [] }) => {
        return { file, alertname, fires: expected.length > 0 };
      }),
    ),
    expressions: cases.flatMap(({ file, test }) =>
      (test.promql_expr_test ?? []).map(({ expr }) => ({ file, expr })),
    ),
  };
}

function yamlFilesOf(folder: string): string[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.yml'))
    .sort();
}
