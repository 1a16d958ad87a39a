import type { Dictionary, LabelTranslation, Translation } from '../names/dictionary.js';
import { maskVariables } from './grafana-variables.js';
import { keepSeries } from './keep-series.js';
import { nodesNamed, type PromqlNode, parsePromql, textOf, unquote } from './promql-tree.js';
import { rewriteMatchers } from './rewrite-matchers.js';
import { findSelectors, groupingNodes, labelLiterals, type Selector } from './selectors.js';
import { applyEdits, type Edit } from './text-edit.js';

/** What became of a query. */
export type Rewriting =
  | { readonly outcome: 'unaffected' }
  | { readonly outcome: 'left'; readonly reasons: readonly string[] }
  | {
      readonly outcome: 'rewritten';
      readonly query: string;
      readonly edits: readonly Edit[];
      /** The labels that have another name or other values now. */
      readonly labels: ReadonlyMap<string, LabelTranslation>;
      /** The labels that the old series have and the new ones do not. */
      readonly lost: ReadonlySet<string>;
      /** How meanings differ, and what a reader has to know. */
      readonly notes: readonly string[];
    };

/** Longer than any query of a person; the work can grow with the square of it. */
const LENGTH_MAX = 50_000;

/**
 * Rewrites a query of PromQL, with Grafana's variables in it.
 *
 * @param recorded - by name, what recording rules made that were rewritten: their labels have other names.
 * @param use - `labels`: only the labels of the series matter, and not their values.
 */
export function rewriteQuery(
  query: string,
  dictionary: Dictionary,
  recorded: ReadonlyMap<string, Translation> = new Map(),
  use: 'values' | 'labels' = 'values',
): Rewriting {
  if (query.length > LENGTH_MAX) return { outcome: 'left', reasons: ['the query is too long'] };
  const masked = maskVariables(query);
  const top = parsePromql(masked);
  if (nodesNamed(top, '⚠').length > 0) {
    const isConcerned = query.match(/[a-z_:][\w:]*/gi)?.some((word) => dictionary.owns(word)) ?? false;
    return isConcerned
      ? { outcome: 'left', reasons: ['the query does not parse as PromQL'] }
      : { outcome: 'unaffected' };
  }
  // Strings are compared as they stand in the query: a mask has the same length, so that every place is the same.
  const { selectors, reasons } = findSelectors(top, masked, dictionary, recorded);
  if (selectors.length === 0 && reasons.length === 0) return { outcome: 'unaffected' };
  const problems = [...reasons];
  const edits: Edit[] = [];
  const rename = new Renaming();
  for (const selector of selectors) {
    const rewritten = rewriteMatchers(selector, query);
    edits.push(...rewritten.edits);
    problems.push(...rewritten.reasons);
    rename.learn(selector.translation);
  }
  edits.push(...groupingEdits(top, masked, selectors));
  const kept = keepSeries(use === 'values' ? selectors : [], masked);
  edits.push(...kept.edits);
  problems.push(...kept.reasons, ...rename.conflicts);
  if (problems.length > 0) return { outcome: 'left', reasons: [...new Set(problems)] };
  if (edits.length === 0) return { outcome: 'unaffected' };
  const differences = selectors.flatMap(({ translation }) => translation.differs ?? []);
  return {
    outcome: 'rewritten',
    query: applyEdits(query, edits),
    edits,
    labels: rename.labels,
    lost: rename.lost,
    notes: [...new Set([...differences, ...kept.notes])],
  };
}

/** Collects the new names of labels over all selectors of a query. */
class Renaming {
  readonly labels = new Map<string, LabelTranslation>();
  readonly lost = new Set<string>();
  readonly conflicts: string[] = [];

  learn({ labels }: Translation): void {
    for (const [label, translation] of labels) {
      if (translation === null) {
        this.lost.add(label);
        continue;
      }
      const known = this.labels.get(label);
      if (known !== undefined && known.name !== translation.name) {
        this.conflicts.push(
          `the label ${label} would have to become both ${known.name} and ${translation.name}`,
        );
      }
      this.labels.set(label, translation);
    }
  }
}

/** Renames labels in groupings and in `label_replace`, where a selector below has another name for them. */
function groupingEdits(top: PromqlNode, query: string, selectors: readonly Selector[]): readonly Edit[] {
  const edits: Edit[] = [];
  for (const kind of ['AggregateExpr', 'BinaryExpr'] as const) {
    for (const node of nodesNamed(top, kind)) {
      for (const group of groupingNodes(node)) edits.push(...labelEdits(group, node, query, selectors));
    }
  }
  for (const call of nodesNamed(top, 'FunctionCall')) {
    for (const literal of labelLiterals(call)) {
      const text = textOf(literal, query);
      const name = newName(unquote(text), call, selectors);
      if (name === undefined) continue;
      const quote = text[0] ?? '"';
      edits.push({ from: literal.from, to: literal.to, text: quote + name + quote });
    }
  }
  return edits;
}

function labelEdits(
  group: PromqlNode,
  node: PromqlNode,
  query: string,
  selectors: readonly Selector[],
): readonly Edit[] {
  const labels = group.getChildren('LabelName');
  const before = labels.map((label) => textOf(label, query));
  const after = before.map((label) => newName(label, node, selectors) ?? label);
  if (new Set(after).size < new Set(before).size) {
    // Two labels of theirs are one of ours.
    return [{ from: group.from, to: group.to, text: `(${[...new Set(after)].join(', ')})` }];
  }
  return labels.flatMap(({ from, to }, index) =>
    after[index] === before[index] ? [] : [{ from, to, text: after[index] ?? '' }],
  );
}

function newName(label: string, node: PromqlNode, selectors: readonly Selector[]): string | undefined {
  for (const { node: selector, translation } of selectors) {
    if (selector.from < node.from || selector.to > node.to) continue;
    const found = translation.labels.get(label);
    if (found !== undefined && found !== null && found.name !== label) return found.name;
  }
  return undefined;
}
