import { type PromqlNode, parsePromql, textOf, unquote } from '../../lib/cli/migrate/promql/promql-tree.js';

export {
  type PromqlNode,
  parseProblems,
  parsePromql,
  textOf,
  unquote,
} from '../../lib/cli/migrate/promql/promql-tree.js';

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

function* matchersOf(selector: PromqlNode, query: string): Generator<LabelMatcher> {
  for (const matcher of selector.getChild('LabelMatchers')?.getChildren('UnquotedLabelMatcher') ?? []) {
    yield {
      label: textOf(matcher.getChild('LabelName'), query),
      operator: textOf(matcher.getChild('MatchOp'), query) as LabelMatcher['operator'],
      value: unquote(textOf(matcher.getChild('StringLiteral'), query)),
    };
  }
}
