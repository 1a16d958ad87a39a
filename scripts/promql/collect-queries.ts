import { expandGrafanaMacros, type MacroValues } from './grafana-macros.js';
import type { Rule } from './rules.js';

/** One query that this repository ships, and where it comes from. */
export interface ShippedQuery {
  /** File and panel, rule or line. */
  readonly source: string;
  readonly kind: 'panel' | 'variable' | 'annotation' | 'recording rule' | 'alert' | 'document';
  /** PromQL, with Grafana's macros expanded. */
  readonly query: string;
}

/** A dashboard as it was parsed, or as the generator builds it; only what holds queries is looked at. */
export type DashboardJson = object;

interface PanelJson {
  readonly title?: string;
  readonly targets?: readonly { readonly refId?: string; readonly expr?: string }[];
}

interface DashboardParts {
  readonly panels?: readonly PanelJson[];
  readonly templating?: {
    readonly list?: readonly { readonly name: string; readonly type: string; readonly definition?: string }[];
  };
  readonly annotations?: { readonly list?: readonly { readonly name?: string; readonly expr?: string }[] };
}

/**
 * Lists the queries of dashboards and rules: panels, variables (as the series that they read their values from),
 * annotations, recording rules and alerts.
 *
 * @param dashboards - Parsed dashboards by file name.
 */
export function collectQueries(
  dashboards: ReadonlyMap<string, DashboardJson>,
  rules: readonly Rule[],
  macros?: MacroValues,
): ShippedQuery[] {
  return [
    ...[...dashboards].flatMap(([file, dashboard]) => dashboardQueries(file, dashboard, macros)),
    ...rules.map((rule) => ruleQuery(rule)),
  ];
}

/** The fenced `promql` blocks of a Markdown document. */
export function documentQueries(file: string, markdown: string): ShippedQuery[] {
  const lineOf = (offset: number): number => markdown.slice(0, offset).split('\n').length;
  return [...markdown.matchAll(/^```promql\n([\s\S]*?)^```$/gm)].map((block) => ({
    source: `${file}:${lineOf(block.index)}`,
    kind: 'document',
    query: (block[1] ?? '').trim(),
  }));
}

function dashboardQueries(file: string, json: DashboardJson, macros?: MacroValues): ShippedQuery[] {
  const dashboard = json as DashboardParts;
  const queries: ShippedQuery[] = [];
  const add = (kind: ShippedQuery['kind'], name: string, expr: string | undefined): void => {
    if (expr === undefined) return;
    queries.push({ source: `${file}: ${name}`, kind, query: expandGrafanaMacros(expr, macros) });
  };
  for (const panel of dashboard.panels ?? []) {
    for (const target of panel.targets ?? []) add('panel', `${panel.title} ${target.refId}`, target.expr);
  }
  for (const variable of dashboard.templating?.list ?? []) {
    if (variable.type === 'query')
      add('variable', `$${variable.name}`, labelValuesQuery(variable.definition));
  }
  for (const { name, expr } of dashboard.annotations?.list ?? []) add('annotation', name ?? '', expr);
  return queries;
}

/** `label_values(series, label)` is Grafana's; as PromQL it is a grouping of the series by the label. */
function labelValuesQuery(definition: string | undefined): string | undefined {
  const [, series, label] = /^label_values\((.+), *(\w+)\)$/.exec(definition ?? '') ?? [];
  return series === undefined ? definition : `group by (${label}) (${series})`;
}

function ruleQuery(rule: Rule): ShippedQuery {
  return rule.alert === undefined
    ? { source: `${rule.file}: ${rule.record}`, kind: 'recording rule', query: rule.expr }
    : { source: `${rule.file}: ${rule.alert}`, kind: 'alert', query: rule.expr };
}
