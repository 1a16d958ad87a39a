import type { Dictionary, Translation } from '../names/dictionary.js';
import { nodesNamed, type PromqlNode, textOf, unquote } from './promql-tree.js';

/** One label matcher of a selector. */
export interface Matcher {
  readonly node: PromqlNode;
  readonly label: string;
  readonly operator: string;
  /** The string with its quotes. */
  readonly literal: PromqlNode;
}

/** One selector of a query, and what it becomes. */
export interface Selector {
  readonly node: PromqlNode;
  /** The metric's name as text, or in the quotes of `__name__="…"`. */
  readonly nameNode: PromqlNode | null;
  readonly name: string;
  readonly matchers: readonly Matcher[];
  readonly translation: Translation;
}

/** The selectors of a query that are to be translated, or why one of them cannot be. */
export interface Selectors {
  readonly selectors: readonly Selector[];
  readonly reasons: readonly string[];
}

/** Finds the selectors of a query, and for each of the source's metrics the translation that has all of its labels. */
export function findSelectors(
  top: PromqlNode,
  query: string,
  dictionary: Dictionary,
  recorded: ReadonlyMap<string, Translation>,
): Selectors {
  const selectors: Selector[] = [];
  const reasons: string[] = [];
  for (const node of nodesNamed(top, 'VectorSelector')) {
    const all = matchersOf(node, query);
    const named = all.find(({ label }) => label === '__name__');
    const quoted = node.getChild('LabelMatchers')?.getChild('QuotedLabelName') ?? null;
    const nameNode = node.getChild('Identifier') ?? quoted ?? named?.literal ?? null;
    const text = textOf(nameNode, query);
    const name = node.getChild('Identifier') === null ? unquote(text) : text;
    const isPlain = named === undefined || named.operator === '=';
    if (quoted !== null && dictionary.owns(name.replaceAll('.', '_'))) {
      reasons.push(`${name} is written in quotes`);
      continue;
    }
    if (!isPlain && dictionary.owns(name.replace(/^\^?\(?/, ''))) {
      reasons.push(`the pattern ${text} stands for several metrics`);
      continue;
    }
    const made = recorded.get(name);
    if (made === undefined && (!isPlain || !dictionary.owns(name))) continue;
    if (node.getChild('LabelMatchers')?.getChild('QuotedLabelMatcher')) {
      reasons.push(`a label of ${name} is written in quotes`);
      continue;
    }
    const matchers = all.filter((matcher) => matcher !== named);
    const needed = new Set([...matchers.map(({ label }) => label), ...neededAbove(node, query)]);
    const candidates = made === undefined ? dictionary.translationsOf(name) : [made];
    const implied = candidates.filter((candidate) => isImplied(candidate, matchers, query));
    const translation = implied.find((candidate) => missing(candidate, needed, matchers, query).length === 0);
    if (translation !== undefined) selectors.push({ node, nameNode, name, matchers, translation });
    else reasons.push(reasonOf(name, implied, candidates, needed, matchers, query, dictionary));
  }
  return { selectors, reasons };
}

function reasonOf(
  name: string,
  implied: readonly Translation[],
  candidates: readonly Translation[],
  needed: ReadonlySet<string>,
  matchers: readonly Matcher[],
  query: string,
  dictionary: Dictionary,
): string {
  const [closest] = implied;
  if (closest !== undefined) {
    const labels = missing(closest, needed, matchers, query).join(', ');
    // What a recording rule makes keeps its name.
    if (closest.series === name) return `${name} no longer has the label ${labels}`;
    return `${closest.series} has no counterpart of the label ${labels} of ${name}`;
  }
  const parts = candidates.flatMap(({ implied: needs }) =>
    Object.entries(needs).map(([label, value]) => `${label}="${value}"`),
  );
  return parts.length === 0
    ? dictionary.reasonOf(name)
    : `${name} has a counterpart only with ${[...new Set(parts)].join(' or ')}`;
}

/** Labels that the query needs and the translation lacks. */
function missing(
  { labels, implied, onErrors }: Translation,
  needed: ReadonlySet<string>,
  matchers: readonly Matcher[],
  query: string,
): readonly string[] {
  return [...needed].filter((label) => {
    if (labels.get(label) !== null) return false;
    const uses = matchers.filter((matcher) => matcher.label === label);
    const isMatcherOnly = uses.length > 0;
    if (isMatcherOnly && Object.hasOwn(implied, label)) return false;
    return !(label === 'status' && onErrors !== undefined && uses.some((use) => isOutcome(use, query)));
  });
}

/** Whether a matcher is `status="error"` or the like, without a pattern. */
export function isOutcome({ operator, literal }: Matcher, query: string): boolean {
  return !operator.includes('~') && ['error', 'success'].includes(unquote(textOf(literal, query)));
}

function isImplied({ implied }: Translation, matchers: readonly Matcher[], query: string): boolean {
  return Object.entries(implied).every(([label, value]) =>
    matchers.some(
      (matcher) =>
        matcher.label === label &&
        matcher.operator === '=' &&
        unquote(textOf(matcher.literal, query)) === value,
    ),
  );
}

/** The labels that aggregations and vector matching around a selector name, `without` and `ignoring` apart. */
function* neededAbove(selector: PromqlNode, query: string): Generator<string> {
  for (let node = selector.parent; node !== null; node = node.parent) {
    const isWithout = node.getChild('AggregateModifier')?.getChild('Without');
    if (node.name === 'AggregateExpr' && !isWithout) yield* groupingLabels(node, query);
    if (node.name === 'BinaryExpr' && !node.getChild('MatchingModifierClause')?.getChild('Ignoring')) {
      yield* groupingLabels(node, query);
    }
    if (node.name === 'FunctionCall') yield* sourceLabels(node, query);
  }
}

function* groupingLabels(node: PromqlNode, query: string): Generator<string> {
  for (const group of groupingNodes(node)) {
    for (const label of group.getChildren('LabelName')) yield textOf(label, query);
  }
}

/** The parentheses with labels of an aggregation or a vector operation. */
export function groupingNodes(node: PromqlNode): readonly PromqlNode[] {
  const holder = node.getChild('AggregateModifier') ?? node.getChild('MatchingModifierClause');
  return holder?.getChildren('GroupingLabels') ?? [];
}

function* sourceLabels(call: PromqlNode, query: string): Generator<string> {
  for (const literal of labelLiterals(call).slice(1)) yield unquote(textOf(literal, query));
}

/** The strings of `label_replace` and `label_join` that are labels, the one that is set first. */
export function labelLiterals(call: PromqlNode): readonly PromqlNode[] {
  const name = call.getChild('FunctionIdentifier')?.firstChild?.name;
  const literals = call.getChild('FunctionCallBody')?.getChildren('StringLiteral') ?? [];
  if (name === 'LabelReplace') return literals.filter((_, index) => index === 0 || index === 2);
  if (name === 'LabelJoin') return literals.filter((_, index) => index !== 1);
  return [];
}

function matchersOf(selector: PromqlNode, query: string): readonly Matcher[] {
  return (selector.getChild('LabelMatchers')?.getChildren('UnquotedLabelMatcher') ?? []).flatMap((node) => {
    const literal = node.getChild('StringLiteral');
    if (literal === null) return [];
    const [label, operator] = ['LabelName', 'MatchOp'].map((part) => textOf(node.getChild(part), query));
    return [{ node, label: label ?? '', operator: operator ?? '', literal }];
  });
}
