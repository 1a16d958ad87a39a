import { parser } from '@prometheus-io/lezer-promql';

/** A node of a parsed PromQL expression. */
export type PromqlNode = ReturnType<typeof parser.parse>['topNode'];

/** Parses a query to its tree; what does not parse becomes error nodes. */
export function parsePromql(query: string): PromqlNode {
  return parser.parse(query).topNode;
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

/** Every node of a name, in order of appearance. */
export function nodesNamed(top: PromqlNode, name: string): PromqlNode[] {
  const found: PromqlNode[] = [];
  top.cursor().iterate((node) => {
    if (node.name === name) found.push(node.node);
  });
  return found;
}

/**
 * Says where a query is not PromQL. An empty list means that it parses; types and labels are not looked at.
 */
export function parseProblems(query: string): string[] {
  if (query.trim() === '') return ['the query is empty'];
  return nodesNamed(parsePromql(query), '⚠').map(({ from, to }) => {
    const text = query.slice(from, to).trim();
    return text === '' ? `something is missing at offset ${from}` : `unexpected "${text}" at offset ${from}`;
  });
}
