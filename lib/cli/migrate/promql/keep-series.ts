import type { PromqlNode } from './promql-tree.js';
import { textOf } from './promql-tree.js';
import type { Selector } from './selectors.js';
import type { Edit } from './text-edit.js';

/** Edits that keep the values of a query and the number of its series. */
export interface KeptSeries {
  readonly edits: readonly Edit[];
  readonly reasons: readonly string[];
  readonly notes: readonly string[];
}

/** Functions over a range whose result for a sum is the sum of their results. */
const LINEAR: readonly string[] = [
  'Rate',
  'Increase',
  'Irate',
  'Delta',
  'Idelta',
  'Deriv',
  'SumOverTime',
  'AvgOverTime',
  'LastOverTime',
  'PredictLinear',
];
/** Functions over a range whose result has no unit. */
const WITHOUT_UNIT: readonly string[] = [
  'Changes',
  'Resets',
  'CountOverTime',
  'PresentOverTime',
  'AbsentOverTime',
  'Timestamp',
];
/** Aggregations that hand on whole series. */
const SELECTING: readonly string[] = ['Topk', 'Bottomk', 'LimitK', 'LimitRatio'];
const TRANSPARENT: readonly string[] = ['ParenExpr', 'FunctionCallBody', 'OffsetExpr', 'StepInvariantExpr'];

/**
 * Scales values to the unit that the query had, and adds up series that a new metric splits by a label which the old
 * one does not have.
 */
export function keepSeries(selectors: readonly Selector[], query: string): KeptSeries {
  const reasons: string[] = [];
  const notes: string[] = [];
  const factors = new Map<string, { readonly node: PromqlNode; readonly factor: number }>();
  const sums = new Map<string, { readonly node: PromqlNode; readonly labels: readonly string[] }>();
  const edits: Edit[] = [];
  for (const selector of selectors) {
    const { translation, node } = selector;
    const base = baseOf(node);
    const scaled = scaledNode(selector, base);
    if (scaled !== undefined) {
      const known = factors.get(keyOf(scaled));
      if (known !== undefined && known.factor !== translation.factor) {
        reasons.push('one quantile is taken of metrics with different units');
      }
      factors.set(keyOf(scaled), { node: scaled, factor: translation.factor });
    } else if (hasRawBounds(selector)) {
      notes.push(
        `The bounds le of ${translation.series} are in another unit: ${translation.boundFactor} times the former ones.`,
      );
    }
    const operator = translation.isCoarser ? aggregationOf(base, query) : undefined;
    if (operator !== undefined) {
      notes.push(
        `${operator}() is taken over the series of ${translation.series}, which are not split by keys, teams and the like.`,
      );
    }
    const pinned = Object.keys(translation.pins);
    if (pinned.length + translation.extras.length === 0) continue;
    const plan = planOf(base, translation.extras.length > 0, query);
    if (plan === 'dropped') continue;
    if (plan !== 'split') {
      const present = plan.getChildren('LabelName').map((label) => textOf(label, query));
      const added = [...pinned, ...translation.extras].filter((label) => !present.includes(label));
      const text = `${present.length === 0 ? '' : ', '}${added.join(', ')}`;
      const at = plan.to - 1;
      if (added.length > 0 && !edits.some((edit) => edit.from === at && edit.text === text)) {
        edits.push({ from: at, to: at, text });
      }
    } else if (isLinear(base))
      sums.set(keyOf(base), { node: base, labels: [...pinned, ...translation.extras] });
    else
      reasons.push(
        `${translation.series} is split by ${translation.extras.join(', ')}, of which ${textOf(base, query)} is not the sum`,
      );
  }
  for (const key of new Set([...factors.keys(), ...sums.keys()])) {
    const node = factors.get(key)?.node ?? sums.get(key)?.node;
    if (node !== undefined)
      edits.push(...wrap(node, factors.get(key)?.factor ?? 1, sums.get(key)?.labels, query));
  }
  return { edits, reasons, notes };
}

const keyOf = ({ from, to }: PromqlNode): string => `${from}-${to}`;

/** The selector with its offset, or the function over its range. */
function baseOf(selector: PromqlNode): PromqlNode {
  let node = selector;
  while (
    node.parent !== null &&
    ['MatrixSelector', 'OffsetExpr', 'StepInvariantExpr'].includes(node.parent.name)
  ) {
    node = node.parent;
  }
  const isRange = selector.parent?.name === 'MatrixSelector';
  return isRange ? (enclosingCall(node) ?? node) : node;
}

function enclosingCall(node: PromqlNode): PromqlNode | undefined {
  for (let above = node.parent; above !== null; above = above.parent) {
    if (above.name === 'FunctionCall') return above;
  }
  return undefined;
}

const functionOf = (call: PromqlNode): string => call.getChild('FunctionIdentifier')?.firstChild?.name ?? '';

const isLinear = (base: PromqlNode): boolean =>
  base.name !== 'FunctionCall' || LINEAR.includes(functionOf(base));

/** What has to be multiplied: a quantile of buckets, or a sum or a gauge. */
function scaledNode({ node, translation }: Selector, base: PromqlNode): PromqlNode | undefined {
  if (translation.factor === 1) return undefined;
  if (!translation.series.endsWith('_bucket')) {
    return base.name === 'FunctionCall' && WITHOUT_UNIT.includes(functionOf(base)) ? undefined : base;
  }
  for (let above = node.parent; above !== null; above = above.parent) {
    if (above.name === 'FunctionCall' && functionOf(above) === 'HistogramQuantile') return above;
  }
  return undefined;
}

/** Whether the bounds of buckets come out as they are, as for a heatmap. */
function hasRawBounds({ translation, matchers }: Selector): boolean {
  return (
    translation.boundFactor !== 1 &&
    translation.series.endsWith('_bucket') &&
    !matchers.some(({ label }) => label === 'le')
  );
}

/** The aggregation right around a series, if it depends on how many series there are. */
function aggregationOf(base: PromqlNode, query: string): string | undefined {
  let node = base.parent;
  while (node !== null && TRANSPARENT.includes(node.name)) node = node.parent;
  const operator = node?.name === 'AggregateExpr' ? node.getChild('AggregateOp') : null;
  const name = textOf(operator, query);
  return name === '' || name === 'sum' || name === 'group' ? undefined : name;
}

/**
 * Where the labels that a new metric has in addition go: an aggregation drops them, a `without` has to name them, or
 * the series stay split.
 */
function planOf(base: PromqlNode, isSplit: boolean, query: string): 'dropped' | 'split' | PromqlNode {
  let below = base;
  for (let node = base.parent; node !== null; below = node, node = node.parent) {
    if (TRANSPARENT.includes(node.name)) continue;
    if (node.name === 'AggregateExpr') {
      const operator = node.getChild('AggregateOp')?.firstChild?.name ?? '';
      const modifier = node.getChild('AggregateModifier');
      if (SELECTING.includes(operator)) {
        if (isSplit) return 'split';
        continue;
      }
      if (isSplit && operator !== 'Sum') return 'split';
      const isWithout = modifier !== null && modifier.getChild('Without') !== null;
      return isWithout ? (modifier.getChild('GroupingLabels') ?? 'split') : 'dropped';
    }
    if (node.name === 'BinaryExpr') {
      const [left, right] = node.getChildren('Expr');
      const other = left?.from === below.from ? right : left;
      const isScalar = other?.name === 'NumberDurationLiteral';
      const isScaling = /^\s*[*/]\s*$/.test(query.slice(left?.to ?? 0, right?.from ?? 0));
      if (isScalar && (!isSplit || isScaling)) continue;
      return 'split';
    }
    if (isSplit || node.name === 'PromQL') return isSplit ? 'split' : 'dropped';
  }
  return isSplit ? 'split' : 'dropped';
}

/** Adds up over labels, and multiplies; a division by the same number that stands there already is taken away. */
function wrap(
  node: PromqlNode,
  factor: number,
  labels: readonly string[] | undefined,
  query: string,
): readonly Edit[] {
  const inverse = labels === undefined ? inverseOf(node, factor, query) : undefined;
  if (inverse !== undefined) return [inverse];
  const scale = factor === 1 ? '' : factor < 1 ? ` / ${1 / factor}` : ` * ${factor}`;
  const [open, close] =
    labels !== undefined
      ? [`sum without (${labels.join(', ')}) (`, ')']
      : bindsCloser(node, query)
        ? ['(', ')']
        : ['', ''];
  return [
    ...(open === '' ? [] : [{ from: node.from, to: node.from, text: open }]),
    { from: node.to, to: node.to, text: scale + close },
  ];
}

/** Whether what stands around a node would take it away from a multiplication behind it. */
function bindsCloser(node: PromqlNode, query: string): boolean {
  const { parent } = node;
  if (parent?.name === 'SubqueryExpr') return true;
  if (parent?.name !== 'BinaryExpr') return false;
  const [left, right] = parent.getChildren('Expr');
  const operator = /^\s*(\^|[*/%]|atan2)?/.exec(query.slice(left?.to ?? 0, right?.from ?? 0))?.[1];
  return operator === '^' || (operator !== undefined && right?.from === node.from);
}

/** Takes away `/ 1000` where `* 1000` is to be added. */
function inverseOf(node: PromqlNode, factor: number, query: string): Edit | undefined {
  const { parent } = node;
  const [left, right] = parent?.name === 'BinaryExpr' ? parent.getChildren('Expr') : [];
  if (left?.from !== node.from || right === undefined || factor === 1) return undefined;
  const operator = query.slice(left.to, right.from).trim();
  const number = Number(textOf(right, query));
  const isInverse = (operator === '/' && number === factor) || (operator === '*' && number === 1 / factor);
  return isInverse ? { from: node.to, to: right.to, text: '' } : undefined;
}
