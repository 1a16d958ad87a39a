import { parser } from '@prometheus-io/lezer-promql';

/** A node of a parsed PromQL expression. */
export type PromqlNode = ReturnType<typeof parser.parse>['topNode'];

/** One label matcher of a selector, such as `status="error"`. */
interface LabelMatcher {
  readonly label: string;
  readonly operator: '=' | '!=' | '=~' | '!~';
  readonly value: string;
}

/** One selector of a query: a metric name, or a pattern of names, and the labels that it matches. */
export interface MetricUse {
  /** The metric's name; with `isPattern`, the regular expression of `__name__=~"..."`. */
  readonly name: string;
  readonly isPattern: boolean;
  /** Names of the labels matched in the braces, in order of appearance, `__name__` left out. */
  readonly labels: readonly string[];
  readonly matchers: readonly LabelMatcher[];
}

/**
 * Lists every selector of a PromQL query, in order of appearance.
 *
 * @param query - PromQL without Grafana macros; see `expandGrafanaMacros`.
 */
export function metricsIn(query: string): MetricUse[] {
  const uses: MetricUse[] = [];
  parsePromql(query)
    .cursor()
    .iterate((node) => {
      if (node.name === 'VectorSelector') uses.push(metricUseOf(node.node, query));
    });
  return uses;
}

/**
 * Says where a query is not PromQL. An empty list means that it parses; types and labels are not looked at
 * (`labelProblems` does that).
 */
export function parseProblems(query: string): string[] {
  if (query.trim() === '') return ['the query is empty'];
  const problems: string[] = [];
  parsePromql(query)
    .cursor()
    .iterate((node) => {
      if (!node.type.isError) return;
      const text = query.slice(node.from, node.to).trim();
      problems.push(
        text === ''
          ? `something is missing at offset ${node.from}`
          : `unexpected "${text}" at offset ${node.from}`,
      );
    });
  return problems;
}

/** Parses a query to its tree; what does not parse becomes error nodes. */
export function parsePromql(query: string): PromqlNode {
  return parser.parse(query).topNode;
}

/** Reads a `VectorSelector` node. */
export function metricUseOf(selector: PromqlNode, query: string): MetricUse {
  const matchers: LabelMatcher[] = [];
  let name = textOf(selector.getChild('Identifier'), query);
  let isPattern = false;
  for (const matcher of matchersOf(selector, query)) {
    if (matcher.label !== '__name__') {
      matchers.push(matcher);
      continue;
    }
    name = matcher.value;
    isPattern = matcher.operator === '=~';
  }
  return { name, isPattern, labels: matchers.map((matcher) => matcher.label), matchers };
}

/** The text that a node covers, or the empty string where there is no node. */
export function textOf(node: PromqlNode | null, query: string): string {
  return node === null ? '' : query.slice(node.from, node.to);
}

/** The value of a PromQL string literal. */
export function unquote(literal: string): string {
  const body = literal.slice(1, -1);
  return literal.startsWith('`') ? body : body.replace(/\\(.)/g, '$1');
}

function* matchersOf(selector: PromqlNode, query: string): Generator<LabelMatcher> {
  for (const matcher of selector.getChild('LabelMatchers')?.getChildren('UnquotedLabelMatcher') ?? []) {
    yield {
      label: textOf(matcher.getChild('LabelName'), query),
      operator: textOf(matcher.getChild('MatchOp'), query) as LabelMatcher['operator'],
      value: unquote(textOf(matcher.getChild('StringLiteral'), query)),
    };
  }
}
