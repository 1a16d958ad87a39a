import { type MetricUse, metricUseOf, type PromqlNode, parsePromql, textOf, unquote } from './promql.js';

/** The values a label may have: a closed list, or `undefined` where any value is possible. */
export type LabelValues = readonly string[] | undefined;

/** The labels of a metric. */
export type MetricLabels = ReadonlyMap<string, LabelValues>;

/** Knows which metrics exist and which labels they have. */
export interface MetricSchema {
  labelsOf(metric: string): MetricLabels | undefined;
  /** The names of the metrics that match a pattern of `__name__=~"..."`. */
  matching(pattern: string): readonly string[];
}

/** What a query yields: the labels of its series, or `undefined` for a scalar or a string. */
export interface QueryLabels {
  readonly labels: ReadonlySet<string> | undefined;
  readonly problems: readonly string[];
}

/**
 * Follows the labels through a query as Prometheus would, without any data.
 *
 * It finds what evaluates without an error and yet is always empty or wrong: a metric or a label that does
 * not exist, a value that a closed label never has, a `by` or `on` over a label that was aggregated away,
 * and a vector operation whose two sides never have the same labels.
 */
export function labelsOfQuery(query: string, schema: MetricSchema): QueryLabels {
  const problems: string[] = [];
  const expression = parsePromql(query).firstChild;
  const labels = expression === null ? undefined : new Inference(query, schema, problems).of(expression);
  return { labels, problems };
}

/** The problems alone of {@link labelsOfQuery}. */
export function labelProblems(query: string, schema: MetricSchema): readonly string[] {
  return labelsOfQuery(query, schema).problems;
}

type Labels = ReadonlySet<string> | undefined;

const SET_OPERATORS: readonly string[] = ['And', 'Or', 'Unless'];
/** Aggregations that hand on whole series instead of folding them. */
const SELECTING_AGGREGATIONS: readonly string[] = ['Topk', 'Bottomk', 'LimitK', 'LimitRatio'];
const SCALAR_FUNCTIONS: readonly string[] = ['Scalar', 'Time', 'Pi'];

class Inference {
  readonly #query: string;
  readonly #schema: MetricSchema;
  readonly #problems: string[];

  constructor(query: string, schema: MetricSchema, problems: string[]) {
    this.#query = query;
    this.#schema = schema;
    this.#problems = problems;
  }

  of(node: PromqlNode): Labels {
    switch (node.name) {
      case 'VectorSelector':
        return this.#selector(metricUseOf(node, this.#query));
      case 'AggregateExpr':
        return this.#aggregation(node);
      case 'BinaryExpr':
        return this.#binary(node);
      case 'FunctionCall':
        return this.#call(node);
      case 'NumberDurationLiteral':
      case 'StringLiteral':
        return undefined;
      default: {
        const inner = node.getChild('Expr');
        return inner === null ? undefined : this.of(inner);
      }
    }
  }

  #selector(use: MetricUse): Labels {
    const names = use.isPattern ? this.#schema.matching(use.name) : [use.name];
    if (names.length === 0) this.#problems.push(`no metric matches "${use.name}"`);
    const result = new Set<string>();
    for (const name of names) {
      const labels = this.#schema.labelsOf(name);
      if (labels === undefined) {
        this.#problems.push(`${name} does not exist`);
        continue;
      }
      for (const label of labels.keys()) result.add(label);
      this.#checkMatchers(name, use, labels);
    }
    return result;
  }

  #checkMatchers(name: string, use: MetricUse, labels: MetricLabels): void {
    for (const { label, operator, value } of use.matchers) {
      if (!labels.has(label)) this.#problems.push(`${name} has no label ${label}`);
      const known = labels.get(label);
      if (known === undefined) continue;
      for (const wanted of operator.endsWith('~') ? value.split('|') : [value]) {
        const isPlain = /^\w*$/.test(wanted);
        if (isPlain && wanted !== '' && !known.includes(wanted)) {
          this.#problems.push(`${name} never has ${label}="${wanted}"`);
        }
      }
    }
  }

  #aggregation(node: PromqlNode): Labels {
    const operator = node.getChild('AggregateOp')?.firstChild?.name ?? '';
    const modifier = node.getChild('AggregateModifier');
    const labels = this.#argument(node) ?? new Set();
    const grouping = this.#grouping(modifier?.getChild('GroupingLabels') ?? null);
    this.#require(grouping, labels, `${this.#short(node)} groups by`);
    if (SELECTING_AGGREGATIONS.includes(operator)) return labels;
    if (modifier?.getChild('Without')) return without(labels, grouping);
    return new Set(grouping);
  }

  #call(node: PromqlNode): Labels {
    const name = node.getChild('FunctionIdentifier')?.firstChild?.name ?? '';
    const labels = this.#argument(node);
    const strings = node.getChild('FunctionCallBody')?.getChildren('StringLiteral') ?? [];
    const texts = strings.map((literal) => unquote(textOf(literal, this.#query)));
    if (SCALAR_FUNCTIONS.includes(name)) return undefined;
    if (name === 'Vector') return new Set();
    if (labels === undefined) return undefined;
    switch (name) {
      case 'HistogramQuantile':
        this.#require(['le'], labels, 'histogram_quantile needs');
        return without(labels, ['le']);
      case 'LabelReplace': {
        const [target = '', , source = ''] = texts;
        this.#require([source], labels, 'label_replace reads');
        return new Set([...labels, target]);
      }
      case 'LabelJoin': {
        const [target = '', , ...sources] = texts;
        this.#require(sources, labels, 'label_join reads');
        return new Set([...labels, target]);
      }
      case 'Absent':
      case 'AbsentOverTime':
        return new Set();
      default:
        return labels;
    }
  }

  #binary(node: PromqlNode): Labels {
    const [leftNode, rightNode] = node.getChildren('Expr');
    if (leftNode === undefined || rightNode === undefined) return undefined;
    const left = this.of(leftNode);
    const right = this.of(rightNode);
    if (left === undefined || right === undefined) return left ?? right;
    const clause = node.getChild('MatchingModifierClause');
    const operator = leftNode.nextSibling?.name ?? '';
    if (operator === 'Or') return intersection(left, right);
    return this.#matched(node, left, right, clause, SET_OPERATORS.includes(operator));
  }

  #matched(
    node: PromqlNode,
    left: ReadonlySet<string>,
    right: ReadonlySet<string>,
    clause: PromqlNode | null,
    isSet: boolean,
  ): Labels {
    const [matching, included] = (clause?.getChildren('GroupingLabels') ?? []).map((part) =>
      this.#grouping(part),
    );
    const where = this.#short(node);
    if (clause?.getChild('On')) {
      this.#require(matching ?? [], left, `the left side of ${where} needs`);
      this.#require(matching ?? [], right, `the right side of ${where} needs`);
    } else {
      const ignored = clause === null ? [] : (matching ?? []);
      const [leftKey, rightKey] = [without(left, ignored), without(right, ignored)];
      if (!isSame(leftKey, rightKey)) {
        this.#problems.push(`the sides of ${where} never match: {${list(leftKey)}} and {${list(rightKey)}}`);
      }
    }
    if (isSet) return left;
    if (clause?.getChild('GroupLeft')) return this.#many(left, right, included ?? []);
    if (clause?.getChild('GroupRight')) return this.#many(right, left, included ?? []);
    return clause?.getChild('On') ? new Set(matching ?? []) : left;
  }

  #many(many: ReadonlySet<string>, one: ReadonlySet<string>, included: readonly string[]): Labels {
    this.#require(included, one, 'group_left or group_right takes');
    return new Set([...many, ...included]);
  }

  /** The labels of the first argument that is a vector; every argument is looked into. */
  #argument(node: PromqlNode): Labels {
    const body = node.getChild('FunctionCallBody');
    const all = (body?.getChildren('Expr') ?? []).map((argument) => this.of(argument));
    return all.find((labels) => labels !== undefined);
  }

  #grouping(node: PromqlNode | null): string[] {
    return (node?.getChildren('LabelName') ?? []).map((label) => textOf(label, this.#query));
  }

  #require(wanted: readonly string[], labels: ReadonlySet<string>, what: string): void {
    for (const label of wanted) {
      if (!labels.has(label)) this.#problems.push(`${what} ${label}, but there is only {${list(labels)}}`);
    }
  }

  #short(node: PromqlNode): string {
    const text = textOf(node, this.#query).replace(/\s+/g, ' ');
    return `\`${text.length > 60 ? `${text.slice(0, 57)}...` : text}\``;
  }
}

function without(labels: ReadonlySet<string>, removed: readonly string[]): Set<string> {
  return new Set([...labels].filter((label) => !removed.includes(label)));
}

function intersection(left: ReadonlySet<string>, right: ReadonlySet<string>): Set<string> {
  return new Set([...left].filter((label) => right.has(label)));
}

function isSame(left: ReadonlySet<string>, right: ReadonlySet<string>): boolean {
  return left.size === right.size && [...left].every((label) => right.has(label));
}

function list(labels: ReadonlySet<string>): string {
  return [...labels].sort().join(', ');
}
