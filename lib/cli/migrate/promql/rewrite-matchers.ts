import type { LabelTranslation, Translation } from '../names/dictionary.js';
import { hasVariable } from './grafana-variables.js';
import { textOf, unquote } from './promql-tree.js';
import { isOutcome, type Matcher, type Selector } from './selectors.js';
import type { Edit } from './text-edit.js';

/** Edits of one selector, or why there can be none. */
export interface MatcherEdits {
  readonly edits: readonly Edit[];
  readonly reasons: readonly string[];
}

/** Rewrites the name and the matchers of a selector. */
export function rewriteMatchers(selector: Selector, query: string): MatcherEdits {
  const { node, nameNode, name, translation } = selector;
  const edits: Edit[] = [];
  const reasons: string[] = [];
  if (nameNode !== null && translation.series !== name) {
    const quote = nameNode.name === 'StringLiteral' ? (textOf(nameNode, query)[0] ?? '') : '';
    edits.push({ from: nameNode.from, to: nameNode.to, text: quote + translation.series + quote });
  }
  const lost = selector.matchers.filter(({ label }) => Object.hasOwn(translation.implied, label));
  for (const matcher of selector.matchers) {
    if (lost.includes(matcher)) continue;
    const rewritten = rewriteMatcher(matcher, translation, query);
    if ('reason' in rewritten) reasons.push(rewritten.reason);
    else if (rewritten.text !== textOf(matcher.node, query)) {
      edits.push({ from: matcher.node.from, to: matcher.node.to, text: rewritten.text });
    }
  }
  const pins = Object.entries(translation.pins).map(([label, value]) => `${label}="${value}"`);
  const braces = node.getChild('LabelMatchers');
  if (pins.length > 0 && braces !== null) {
    const present = selector.matchers.at(-1)?.node ?? nameNode;
    const isInside = present !== null && present.from > braces.from;
    const separator = /,\s/.test(textOf(braces, query)) || !isInside ? ', ' : ',';
    if (isInside) edits.push(insertion(present.to, separator + pins.join(separator)));
    else edits.push({ from: braces.from, to: braces.to, text: `{${pins.join(separator)}}` });
  } else if (pins.length > 0) edits.push(insertion(node.to, `{${pins.join(', ')}}`));
  if (lost.length > 0 && braces !== null) edits.push(...withoutMatchers(selector, lost, query));
  return { edits, reasons };
}

const insertion = (at: number, text: string): Edit => ({ from: at, to: at, text });

/** Removes matchers with their commas; with the last one the braces go too, if a name stands before them. */
function withoutMatchers(selector: Selector, lost: readonly Matcher[], query: string): readonly Edit[] {
  const braces = selector.node.getChild('LabelMatchers');
  if (braces === null) return [];
  if (lost.length === selector.matchers.length && selector.node.getChild('Identifier') !== null) {
    return [{ from: braces.from, to: braces.to, text: '' }];
  }
  return lost.map(({ node }) => {
    const after = /^\s*,\s*/.exec(query.slice(node.to, braces.to))?.[0].length ?? 0;
    const before = after > 0 ? 0 : (/\s*,\s*$/.exec(query.slice(braces.from, node.from))?.[0].length ?? 0);
    return { from: node.from - before, to: node.to + after, text: '' };
  });
}

type Rewritten = { readonly text: string } | { readonly reason: string };

function rewriteMatcher(matcher: Matcher, translation: Translation, query: string): Rewritten {
  const literal = textOf(matcher.literal, query);
  const whole = textOf(matcher.node, query);
  if (matcher.label === 'le') return rewriteBound(matcher, translation, query);
  if (matcher.label === 'status' && translation.onErrors !== undefined && isOutcome(matcher, query)) {
    const isError = (unquote(literal) === 'error') === (matcher.operator === '=');
    return { text: `${translation.onErrors}${isError ? '!=' : '='}""` };
  }
  const label = translation.labels.get(matcher.label);
  if (label === undefined || label === null) return { text: whole };
  // A variable with a format such as `${name:doublequote}` brings its quotes along.
  if (!/^["'`]/.test(literal)) return { text: label.name + whole.slice(matcher.label.length) };
  const value = rewriteValue(label, matcher.operator, literal.slice(1, -1));
  if (value === undefined) {
    return { reason: `${translation.series} has no counterpart of ${whole}` };
  }
  const quote = literal[0] ?? '"';
  const operator = query.slice(matcher.node.from + matcher.label.length, matcher.literal.from);
  return { text: `${label.name}${operator}${quote}${value}${quote}` };
}

/** A value as it stands between the quotes, or the alternatives of a pattern. */
function rewriteValue(label: LabelTranslation, operator: string, text: string): string | undefined {
  const isPattern = operator.includes('~');
  if (text === '' || hasVariable(text) || (isPattern && (label.isIdentity || /^\.[*+]$/.test(text))))
    return text;
  if (!isPattern) return label.valueOf(text);
  const alternatives = text.split('|').map((alternative) => {
    const plain = alternative.replace(/\\{1,2}\./g, '.');
    if (!/^[\w./: -]*$/.test(plain)) return undefined;
    const value = label.valueOf(plain);
    return value === plain ? alternative : value?.replaceAll('.', '\\\\.');
  });
  return alternatives.includes(undefined) ? undefined : alternatives.join('|');
}

function rewriteBound(matcher: Matcher, translation: Translation, query: string): Rewritten {
  const { boundFactor, bounds, series } = translation;
  const whole = textOf(matcher.node, query);
  const literal = textOf(matcher.literal, query);
  const text = /^["'`]/.test(literal) ? literal.slice(1, -1) : literal;
  if (text === '' || text === '.*' || text === '.+' || boundFactor === 1) return { text: whole };
  if (hasVariable(text)) return { reason: `the bound ${whole} is a variable` };
  const values = text
    .replace(/\(\\{1,2}\.0\)\?/g, '')
    .split('|')
    .map((value) => value.replace(/\\{1,2}/g, ''));
  const scaled = values.map((value) => (value === '+Inf' ? Infinity : round(Number(value) * boundFactor)));
  const unknown = scaled.find(
    (bound) => Number.isNaN(bound) || (bound !== Infinity && bounds !== undefined && !bounds.includes(bound)),
  );
  if (unknown !== undefined) {
    const near = (bounds ?? []).filter((bound) => bound > unknown / 2 && bound < unknown * 2);
    const help = near.length > 0 ? `; the nearest are ${near.join(', ')}` : '';
    return { reason: `${series} has no bucket ${unknown} for ${whole}${help}` };
  }
  const isNegative = matcher.operator.startsWith('!');
  const isPattern = matcher.operator.includes('~') || scaled.some(Number.isInteger);
  // Prometheus 3 writes `10.0` where Prometheus 2 writes `10`.
  const alternatives = scaled.map((bound) => {
    if (bound === Infinity) return isPattern ? '\\\\+Inf' : '+Inf';
    return Number.isInteger(bound)
      ? `${bound}(\\\\.0)?`
      : String(bound).replace('.', isPattern ? '\\\\.' : '.');
  });
  const operator = isPattern ? (isNegative ? '!~' : '=~') : matcher.operator;
  return { text: `le${operator}"${alternatives.join('|')}"` };
}

/** Without the error of binary fractions. */
function round(value: number): number {
  return Number(value.toPrecision(12));
}
