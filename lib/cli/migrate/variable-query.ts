import type { Dictionary, Translation } from './names/dictionary.js';
import { type Rewriting, rewriteQuery } from './promql/rewrite-query.js';
import { applyEdits, type Edit } from './promql/text-edit.js';

/** The patterns below take the square of the length at worst. */
const LENGTH_MAX = 10_000;

/** Rewrites the query of a template variable: one of Grafana's functions, or PromQL. */
export function rewriteVariable(
  query: string,
  dictionary: Dictionary,
  recorded: ReadonlyMap<string, Translation>,
): Rewriting {
  if (query.length > LENGTH_MAX) return { outcome: 'left', reasons: ['the query is too long'] };
  const ofLabel = /^\s*label_values\(\s*(\w+)\s*\)\s*$/d.exec(query);
  if (ofLabel !== null) return renamedLabel(query, ofLabel, dictionary);
  const ofSeries = /^(\s*label_values\()([\s\S]+?)(,\s*)(\w+)\s*\)\s*$/.exec(query);
  if (ofSeries !== null) {
    const [, head = '', series = '', comma = '', label = ''] = ofSeries;
    return labelValues(query, head.length, series, comma, label, dictionary, recorded);
  }
  const ofQuery = /^(\s*query_result\()([\s\S]+)\)\s*$/.exec(query);
  if (ofQuery !== null) {
    const [, head = '', inner = ''] = ofQuery;
    return shifted(query, rewriteQuery(inner, dictionary, recorded), head.length);
  }
  if (/^\s*(?:metrics|label_names)\(/.test(query)) {
    const reasons = ['the names of several metrics are looked up by a pattern'];
    return isConcerned(query, dictionary) ? { outcome: 'left', reasons } : { outcome: 'unaffected' };
  }
  return rewriteQuery(query, dictionary, recorded);
}

/** A variable of values that were typed in: what queries make of them cannot be known. */
export function leaveValues(values: string, dictionary: Dictionary): Rewriting {
  return isConcerned(values, dictionary)
    ? { outcome: 'left', reasons: ['its values are names of metrics, which queries put together'] }
    : { outcome: 'unaffected' };
}

const isConcerned = (text: string, dictionary: Dictionary): boolean =>
  text.match(/[a-z_]\w*/gi)?.some((word) => dictionary.owns(word)) ?? false;

function renamedLabel(query: string, match: RegExpExecArray, dictionary: Dictionary): Rewriting {
  const [from = 0, to = 0] = match.indices?.[1] ?? [];
  const name = dictionary.renameOf(query.slice(from, to));
  if (name === undefined || name === query.slice(from, to)) return { outcome: 'unaffected' };
  const edits = [{ from, to, text: name }];
  return {
    outcome: 'rewritten',
    query: applyEdits(query, edits),
    edits,
    labels: new Map(),
    lost: new Set(),
    notes: [],
  };
}

/** As PromQL it is a grouping of the series by the label. */
function labelValues(
  query: string,
  offset: number,
  series: string,
  comma: string,
  label: string,
  dictionary: Dictionary,
  recorded: ReadonlyMap<string, Translation>,
): Rewriting {
  const head = `sum by (${label}) (`;
  const rewriting = rewriteQuery(`${head}${series})`, dictionary, recorded, 'labels');
  if (rewriting.outcome !== 'rewritten') return rewriting;
  const labelAt = head.indexOf('(') + 1;
  const edits = rewriting.edits.map(({ from, to, text }) => {
    const isLabel = from < head.length;
    const shift = isLabel ? offset + series.length + comma.length - labelAt : offset - head.length;
    return { from: from + shift, to: to + shift, text };
  });
  return { ...rewriting, edits, query: applyEdits(query, edits) };
}

function shifted(query: string, rewriting: Rewriting, by: number): Rewriting {
  if (rewriting.outcome !== 'rewritten') return rewriting;
  const edits: Edit[] = rewriting.edits.map(({ from, to, text }) => ({ from: from + by, to: to + by, text }));
  return { ...rewriting, edits, query: applyEdits(query, edits) };
}
