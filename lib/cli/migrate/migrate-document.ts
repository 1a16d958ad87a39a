import {
  childrenOf,
  memberOf,
  parseJsonTree,
  parseYamlTree,
  type Tree,
  textOfMember,
} from './document-tree.js';
import type { Dictionary, LabelTranslation, Translation } from './names/dictionary.js';
import { type Rewriting, rewriteQuery } from './promql/rewrite-query.js';
import { applyEdits, type Edit } from './promql/text-edit.js';
import { renameMatches, type TextSlot } from './text-slot.js';
import { leaveValues, rewriteVariable } from './variable-query.js';

/** What became of one query of a file. */
export interface QueryReport {
  /** The panel, rule, variable or annotation. */
  readonly where: string;
  readonly query: string;
  readonly outcome: Rewriting['outcome'];
  readonly rewritten?: string;
  readonly reasons: readonly string[];
  readonly notes: readonly string[];
}

/** A file after the migration, or why it could not be read. */
export type Migrated =
  | { readonly ok: true; readonly text: string; readonly queries: readonly QueryReport[] }
  | { readonly ok: false; readonly problem: string };

export type FileFormat = 'json' | 'yaml';

/** Series that recording rules make, by name, with the labels that were renamed. */
export type Recorded = Map<string, Translation>;

/**
 * Rewrites the queries of a dashboard or a file of rules, and the names of labels in what is written about their
 * results: legends, templates of alerts, overrides and transformations of panels.
 */
export function migrateDocument(
  text: string,
  format: FileFormat,
  dictionary: Dictionary,
  recorded: Recorded,
): Migrated {
  const parsed = parse(text, format);
  if (!parsed.ok) return parsed;
  const walk = new Walk(dictionary, recorded);
  walk.visit(parsed.tree, '', '');
  const migrated = applyEdits(text, walk.edits);
  const again = parse(migrated, format);
  // What cannot be written in its place, such as a bracket in a YAML flow, would change the structure of the file.
  if (!again.ok || stringsOf(again.tree).join('\0') !== applied(parsed.tree, walk.values).join('\0')) {
    return { ok: false, problem: 'its queries are in places where they cannot be edited' };
  }
  return { ok: true, text: migrated, queries: walk.queries };
}

/** Learns the labels of the series that the recording rules of a file make. */
export function learnRecordingRules(
  text: string,
  format: FileFormat,
  dictionary: Dictionary,
  recorded: Recorded,
): void {
  const parsed = parse(text, format);
  if (!parsed.ok) return;
  // A rule may use one that stands behind it.
  for (let size = -1; size < recorded.size; ) {
    size = recorded.size;
    learn(parsed.tree, dictionary, recorded);
  }
}

function learn(tree: Tree, dictionary: Dictionary, recorded: Recorded): void {
  const record = textOfMember(tree, 'record')?.value;
  const expr = textOfMember(tree, 'expr')?.value;
  if (record !== undefined && expr !== undefined) {
    const rewriting = rewriteQuery(expr, dictionary, recorded);
    if (rewriting.outcome === 'rewritten' && !dictionary.owns(record)) {
      recorded.set(record, recordedAs(record, rewriting));
    }
  }
  for (const child of childrenOf(tree)) learn(child, dictionary, recorded);
}

function recordedAs(
  series: string,
  { labels, lost }: Extract<Rewriting, { readonly outcome: 'rewritten' }>,
): Translation {
  return {
    series,
    labels: new Map([...[...lost].map((label) => [label, null] as const), ...labels]),
    factor: 1,
    boundFactor: 1,
    bounds: undefined,
    implied: {},
    pins: {},
    extras: [],
    onErrors: undefined,
    differs: undefined,
    isCoarser: false,
  };
}

function parse(text: string, format: FileFormat): ReturnType<typeof parseJsonTree> {
  return format === 'json' ? parseJsonTree(text) : parseYamlTree(text);
}

type Labels = ReadonlyMap<string, LabelTranslation>;

class Walk {
  readonly edits: Edit[] = [];
  readonly values = new Map<TextSlot, string>();
  readonly queries: QueryReport[] = [];
  readonly #seen = new Set<string>();
  readonly #dictionary: Dictionary;
  readonly #recorded: Recorded;

  constructor(dictionary: Dictionary, recorded: Recorded) {
    this.#dictionary = dictionary;
    this.#recorded = recorded;
  }

  /** Rewrites what is in a tree, and returns the labels that its queries renamed. */
  visit(tree: Tree, title: string, path: string, isAbove = false): Labels {
    const titled = titleOf(tree, path) ?? title;
    // A target without a data source has that of its panel.
    const isLoki = hasLoki(tree) ?? isAbove;
    const renamed = new Map<string, LabelTranslation>();
    const add = (labels: Labels): void => {
      for (const [label, translation] of labels) renamed.set(label, translation);
    };
    const isVariable = path.endsWith('.templating.list') && memberOf(tree, 'type') !== undefined;
    // The newer schema of dashboards has kinds and specs.
    const isNewVariable = textOfMember(tree, 'kind')?.value === 'QueryVariable';
    if (isVariable) this.#variable(tree);
    else if (isNewVariable) this.#variable(memberOf(tree, 'spec') ?? tree);
    else if (tree.kind === 'map') {
      for (const { key, value } of tree.entries) {
        if (key.value === 'expr') add(this.#expression(value, tree, titled, isLoki));
        else add(this.visit(value, titled, `${path}.${key.value}`, isLoki));
      }
      this.#followers(tree, renamed);
    } else for (const child of childrenOf(tree)) add(this.visit(child, title, path, isLoki));
    return renamed;
  }

  #expression(value: Tree, target: Tree, title: string, isLoki: boolean): Labels {
    const where = [title, textOfMember(target, 'refId')?.value].filter(Boolean).join(' ');
    if (value.kind === 'alias') {
      const reasons = ['the query is a YAML alias, whose anchor is elsewhere'];
      this.queries.push({ where, query: '', outcome: 'left', reasons, notes: [] });
    }
    if (value.kind !== 'text' || isLoki) return new Map();
    const rewriting = rewriteQuery(value.slot.value, this.#dictionary, this.#recorded);
    return this.#take(value.slot, rewriting, where);
  }

  #variable(tree: Tree): void {
    const where = `variable $${textOfMember(tree, 'name')?.value ?? ''}`;
    if (hasLoki(tree)) return;
    const isQuery = !['custom', 'constant', 'textbox'].includes(textOfMember(tree, 'type')?.value ?? '');
    const query = memberOf(tree, 'query') ?? tree;
    const slots = [
      textOfMember(tree, 'definition'),
      textOfMember(tree, 'query'),
      textOfMember(query, 'query'),
      textOfMember(memberOf(query, 'spec') ?? tree, 'query'),
    ];
    for (const slot of new Set(slots)) {
      if (slot === undefined) continue;
      const rewriting = isQuery
        ? rewriteVariable(slot.value, this.#dictionary, this.#recorded)
        : leaveValues(slot.value, this.#dictionary);
      this.#take(slot, rewriting, where);
    }
  }

  #take(slot: TextSlot, rewriting: Rewriting, where: string): Labels {
    const isRewritten = rewriting.outcome === 'rewritten';
    if (isRewritten) this.#edit(slot, rewriting.edits);
    // Grafana repeats the query of a variable.
    const key = JSON.stringify([where, slot.value]);
    if (!this.#seen.has(key)) {
      this.#seen.add(key);
      this.queries.push({
        where,
        query: slot.value,
        outcome: rewriting.outcome,
        ...(isRewritten && { rewritten: rewriting.query }),
        reasons: rewriting.outcome === 'left' ? rewriting.reasons : [],
        notes: isRewritten ? rewriting.notes : [],
      });
    }
    return isRewritten ? rewriting.labels : new Map();
  }

  /** Renames labels in what is written about the results of the queries in a map. */
  #followers(tree: Tree, labels: Labels): void {
    if (labels.size === 0) return;
    const newName = (label: string): string | undefined => labels.get(label)?.name;
    for (const name of ['legendFormat', 'titleFormat', 'textFormat']) {
      this.#rename(textOfMember(tree, name), /\{\{\s*(\w+)\s*\}\}/dg, newName);
    }
    this.#rename(textOfMember(tree, 'tagKeys'), /(\w+)/dg, newName);
    if (memberOf(tree, 'alert') ?? memberOf(tree, 'record') ?? memberOf(tree, 'data')) {
      for (const name of ['annotations', 'labels']) {
        for (const child of childrenOf(memberOf(tree, name) ?? { kind: 'other' })) {
          if (child.kind !== 'text') continue;
          this.#rename(child.slot, /(?:\$labels|\.Labels)\.(\w+)/dg, newName);
          this.#rename(child.slot, /(?:\$labels|\.Labels) "(\w+)"/dg, newName);
        }
      }
    }
    if (memberOf(tree, 'targets') !== undefined) this.#panel(tree, newName, '');
  }

  /** Renames the columns of tables in overrides and transformations, and the labels in links. */
  #panel(tree: Tree, newName: (label: string) => string | undefined, path: string): void {
    if (tree.kind === 'text') {
      this.#rename(tree.slot, /__field\.labels\.(\w+)/dg, newName);
      if (/\.matcher\.options$/.test(path)) this.#rename(tree.slot, /^(\w+)$/dg, newName);
    }
    if (tree.kind === 'map') {
      const isColumns = /\.options\.(?:\w+ByName|fields)$/.test(path);
      for (const { key, value } of tree.entries) {
        if (isColumns) this.#rename(key, /^(\w+)$/dg, newName);
        if (!['targets', 'panels'].includes(key.value)) this.#panel(value, newName, `${path}.${key.value}`);
      }
    } else for (const child of childrenOf(tree)) this.#panel(child, newName, path);
  }

  #rename(slot: TextSlot | undefined, pattern: RegExp, newName: (label: string) => string | undefined): void {
    // A map around another one with the same labels has renamed them already.
    if (slot === undefined || this.values.has(slot)) return;
    this.#edit(slot, renameMatches(slot, pattern, newName));
  }

  #edit(slot: TextSlot, edits: readonly Edit[]): void {
    if (edits.length === 0 || this.values.has(slot)) return;
    this.values.set(slot, applyEdits(slot.value, edits));
    this.edits.push(...slot.fileEdits(edits));
  }
}

/** Whether the data source of a map is Loki, which has other queries under the same name; nothing if it has none. */
function hasLoki(tree: Tree): boolean | undefined {
  const source = memberOf(tree, 'datasource');
  if (source === undefined) return undefined;
  // Old dashboards name the data source, newer ones its type.
  const text = source.kind === 'text' ? source.slot : textOfMember(source, 'type');
  return /loki/i.test(text?.value ?? '');
}

/** What a map is, for the reader of the report. */
function titleOf(tree: Tree, path: string): string | undefined {
  const text = (name: string): string | undefined => textOfMember(tree, name)?.value;
  const [alert, record, title, name] = ['alert', 'record', 'title', 'name'].map(text);
  if (alert !== undefined) return `alert ${alert}`;
  if (record !== undefined) return `rule ${record}`;
  if (path.endsWith('.annotations.list')) return `annotation ${name ?? ''}`;
  return title === undefined || path === '' ? undefined : `panel ${title}`;
}

/** Every string of a tree, keys first. */
function stringsOf(tree: Tree): readonly string[] {
  return applied(tree, new Map());
}

function applied(tree: Tree, values: ReadonlyMap<TextSlot, string>): readonly string[] {
  const strings: string[] = [];
  const add = (node: Tree): void => {
    const of = (slot: TextSlot): string => values.get(slot) ?? slot.value;
    if (node.kind === 'text') strings.push(of(node.slot));
    if (node.kind === 'map') {
      for (const { key, value } of node.entries) {
        strings.push(of(key));
        add(value);
      }
    } else for (const child of childrenOf(node)) add(child);
  };
  add(tree);
  return strings;
}
