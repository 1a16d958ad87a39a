/** How to tell which events of a stream have to be parsed, once the first output has come. */
export interface EventMarks {
  /** Matches every event that is to be read at all. */
  readonly any: RegExp;
  /** Matches those of them that are to be read when they come: the end, an error. */
  readonly urgent: RegExp;
}

/** The marks of one format, by the names of JSON members and by texts that are values. */
export interface MarkNames {
  /** Members that make an event urgent unless they are null. */
  readonly urgentMembers?: readonly string[];
  /** Texts that make an event urgent, such as its type. */
  readonly urgentValues?: readonly string[];
  /** Members of which only the last one counts, such as a running usage. They are read when the stream ends. */
  readonly latestMembers?: readonly string[];
}

/** A letter, a digit or a sign of a name that is written as an escape: no serialiser does so, but JSON allows it. */
const ESCAPED_NAME = '\\\\u00(?:2[dDeE]|3\\d|[4-7])';

/**
 * Compiles marks. A mark can also stand in what the model says, but not unescaped: then an event is parsed for
 * nothing, or, where a text is looked for, at worst once more. An event that may hide one behind escapes is read
 * when it comes.
 */
export function eventMarks(names: MarkNames): EventMarks {
  const { urgentMembers = [], urgentValues = [], latestMembers = [] } = names;
  const urgent = [...members(urgentMembers), ...values(urgentValues)];
  return { any: anyOf([...urgent, ...members(latestMembers)]), urgent: anyOf(urgent) };
}

function anyOf(patterns: readonly string[]): RegExp {
  return new RegExp(patterns.length === 0 ? '' : [...patterns, ESCAPED_NAME].join('|'));
}

function members(names: readonly string[]): string[] {
  return names.length === 0 ? [] : [`"(?:${names.join('|')})"\\s*:\\s*[^n\\s]`];
}

function values(texts: readonly string[]): string[] {
  return texts.length === 0 ? [] : [`"(?:${texts.join('|').replaceAll('.', '\\.')})"`];
}
