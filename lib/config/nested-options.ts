import { type Issues, isRecord } from './issues.js';
import { type Parser, type Place, remedyFor, type Source, seenBy } from './parsers.js';
import { memberPath } from './redact.js';

// Parsers of options that have members. Every member is checked, so that all issues are reported at once.

/** Reads an option, and adds what is wrong with it to the issues. */
export function readOption<Value>(
  parser: Parser<Value>,
  value: unknown,
  path: string,
  issues: Issues,
): Value | undefined {
  const before = issues.list.length;
  const parsed = parser.parse(value, 'option', { path, issues });
  if (parsed !== undefined) return parsed;
  if (issues.list.length === before) {
    issues.refuse(path, seenBy(parser, value, 'option'), remedyFor(parser, value));
  }
  return undefined;
}

/** Reads the options object of a function. Adds an issue, and returns nothing, if it is none or throws when it is read. */
export function readOptions<Value>(
  parser: Parser<Value>,
  options: unknown,
  issues: Issues,
): Value | undefined {
  try {
    if (isRecord(options)) return readOption(parser, options, '', issues);
    issues.add('options', options, 'pass an object');
  } catch {
    // A getter or a Proxy of the user threw. Its error is not reported, because it may contain secrets.
    issues.add('options', undefined, 'pass a plain object: these options throw when they are read');
  }
  return undefined;
}

/** The parser of each member of an object: a member that may be absent has an optional one. */
export type Members<Options> = {
  readonly [Name in keyof Options]-?: Parser<Exclude<Options[Name], undefined>> &
    (undefined extends Options[Name] ? { readonly isOptional: true } : unknown);
};

/** Marks a parser of a member that may be absent. */
export function optional<Value>(parser: Parser<Value>): Parser<Value> & { readonly isOptional: true } {
  return { ...parser, isOptional: true };
}

/**
 * A parser of an object with known members. The compiler requires exactly one parser for each member of `Options`.
 *
 * @param shape - in words, such as `an object, such as { provider: "openai" }`.
 * @param unknownRemedy - what to write instead of an unknown member; by default the nearest known one.
 */
export function objectOf<Options extends object>(
  members: Members<Options>,
  shape: string,
  unknownRemedy?: string,
): Parser<Options> {
  const rows = Object.entries(members) as [string, Parser<unknown> & { readonly isOptional?: true }][];
  const names = rows.map(([name]) => name);
  return inPlace(shape, (value, { path, issues }) => {
    if (!isRecord(value)) return undefined;
    // Copied before it is checked: a getter may return another value the next time.
    const copy = { ...value };
    const before = issues.list.length;
    if (unknownRemedy === undefined) issues.addUnknown(path, copy, names);
    const parsed: Record<string, unknown> = {};
    for (const [name, parser] of rows) {
      if (copy[name] === undefined && parser.isOptional) continue;
      parsed[name] = readOption(parser, copy[name], path === '' ? name : `${path}.${name}`, issues);
    }
    if (unknownRemedy !== undefined) issues.addUnknown(path, copy, names, unknownRemedy);
    return issues.list.length === before ? (parsed as Options) : undefined;
  });
}

/** A parser of an array. */
export function listOf<Value>(parser: Parser<Value>, shape: string): Parser<readonly Value[]> {
  return inPlace(shape, (value, { path, issues }) => {
    if (!Array.isArray(value)) return undefined;
    const before = issues.list.length;
    const items = Array.from(value, (item, index) => readOption(parser, item, `${path}[${index}]`, issues));
    return issues.list.length === before ? (items as Value[]) : undefined;
  });
}

/** How the keys of a record are read. */
interface Keys {
  /** The path of a member. By default its name, unless that may be a secret. */
  pathOf?(path: string, name: string, index: number): string;
  /** Returns the key in the form to keep; `undefined` for a wrong key, after adding an issue. */
  read(name: string, place: Place, value: unknown): string | undefined;
}

/** A parser of an object whose keys the user chooses. A `Map` is refused: it has no members to read. */
export function recordOf<Value>(
  parser: Parser<Value>,
  shape: string,
  { pathOf = memberPath, read }: Keys,
): Parser<ReadonlyMap<string, Value>> {
  return inPlace(shape, (value, { path, issues }) => {
    if (!isRecord(value) || Object.prototype.toString.call(value) !== '[object Object]') return undefined;
    const before = issues.list.length;
    const parsed = new Map<string, Value>();
    Object.entries(value).forEach(([name, member], index) => {
      const place = { path: pathOf(path, name, index), issues };
      const key = read(name, place, member);
      const item = readOption(parser, member, place.path, issues);
      if (key === undefined) return;
      if (parsed.has(key)) issues.add(place.path, name, 'remove it: an earlier entry has the same name');
      else if (item !== undefined) parsed.set(key, item);
    });
    return issues.list.length === before ? parsed : undefined;
  });
}

/** A parser that needs the path of the value; the environment has no such values. */
export function inPlace<Value>(
  shape: string,
  parse: (value: unknown, place: Place) => Value | undefined,
): Parser<Value> {
  return {
    shape,
    parse: (value: unknown, _source: Source, place?: Place) =>
      place === undefined ? undefined : parse(value, place),
  };
}
