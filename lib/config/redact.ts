/** Returns what may be shown of a refused text because it cannot be a secret; `undefined` for any other text. */
export type Show = (text: string) => string | undefined;

/**
 * Describes a refused value: its type and size, and the value itself only where it cannot be a secret. A key or a
 * password that was put in the wrong place must not end in a log.
 *
 * @param show - what may be shown of a text in this place; by default nothing but its length.
 */
export function redact(value: unknown, show?: Show): string {
  switch (typeof value) {
    case 'number':
    case 'boolean':
    case 'undefined':
      return String(value);
    case 'string':
      return show?.(value) ?? sizeOf('a string', value.length, 'character');
    case 'object':
      return value === null ? 'null' : objectText(value);
    default:
      return `a ${typeof value}`;
  }
}

/** Describes a refused value in a place for secrets, where even a number may be one. */
export function redactSecret(value: unknown): string {
  return typeof value === 'number' ? 'a number' : redact(value);
}

/** The size of an object, where it can be read: a Proxy may throw at any access. */
function objectText(value: object): string {
  try {
    if (Array.isArray(value)) return sizeOf('an array', value.length, 'item');
    return sizeOf('an object', Object.keys(value).length, 'member');
  } catch {
    return 'an object';
  }
}

function sizeOf(what: string, count: number, unit: string): string {
  if (count === 0) return what.replace(/^an? /, 'an empty ');
  return `${what} ${what === 'an object' ? 'with' : 'of'} ${count} ${unit}${count === 1 ? '' : 's'}`;
}

/** Shows a keyword, and a misspelling of one. */
export function showWord(...words: readonly string[]): Show {
  return (text) => (misspelling(text, words) === undefined ? undefined : JSON.stringify(text));
}

/** Shows a number, with its unit if there is one. */
export const showNumber: Show = (text) =>
  /^[+-]?\d{1,12}(\.\d{1,12})?(e[+-]?\d{1,3})? ?(ms|s|m|h|%)?$/i.test(text)
    ? JSON.stringify(text)
    : undefined;

/** Shows a path with the extension of a file that may belong there. */
export const showFile: Show = (text) =>
  text.length <= 200 && /^[\w./\\:~ -]+\.(json|pem|crt|cer|key)$/i.test(text)
    ? JSON.stringify(text)
    : undefined;

/** Shows scheme and host of a URL, or an address without a scheme, but not what follows, which may hold a secret. */
export const showUrl: Show = (text) => {
  const [, scheme, address, rest = ''] = /^([a-z][a-z+-]{0,9}:\/\/)?([^/?#@\s]+)(.*)$/is.exec(text) ?? [];
  // Before an @ there may be a name and a password, in forms that a parser of URLs does not recognise.
  if (address === undefined || rest.includes('@')) return undefined;
  const host = showHost(address);
  if (host === undefined || (scheme === undefined && !/[:.]/.test(host))) return undefined;
  return JSON.stringify(`${scheme ?? ''}${host}${rest === '' ? '' : '/…'}`);
};

/** Shows the name or the address of a host, with its port, unless it reads like a token. */
export const showHost: Show = (text) => {
  const isAddress = /^\[?[0-9a-f.]*:[0-9a-f:.]*:[0-9a-f.]*\]?(:\d{1,6})?$/i.test(text) && text.length <= 47;
  return isAddress || /^[a-z\d.-]+(:\d{1,6})?$/i.test(text)
    ? isAddress
      ? text
      : plainName(text)
    : undefined;
};

/** How tokens of known services begin. */
const TOKEN = /^(sk|pk|rk|gsk|hf|ghp|gho|ghs|glpat|xox.|akia|asia|aiza|ya29|eyj.*|key|token|bearer|basic)$/i;

/** A name made of words, dates and version numbers, like those of models, providers and hosts. */
function plainName(text: string): string | undefined {
  // An @ stands before a version; before a host it would end a password.
  const words = text.replace(/@\d{1,8}$/, '').split(/[-._/:]/);
  const isPlain =
    text.length <= 80 &&
    !TOKEN.test(words[0] ?? '') &&
    words.every((word) => /^([A-Z]?[a-z]{0,15}\*?|\d{1,8}|[A-Za-z\d]{1,5})$/.test(word));
  return isPlain ? text : undefined;
}

/** The name of an option that does not exist: an identifier such as `apiKey` or `api_key`. */
const IDENTIFIER = /^(?=.{1,24}$)[a-z]+(_[a-z]+|[A-Z][a-z]+)*$/;

/** The name of a member as a message may show it. A secret in the place of a name is not shown. */
export function nameText(name: string): string {
  return plainName(name) ?? sizeOf('a name', name.length, 'character');
}

/** The path of a member whose name the user chose: a model, a provider, a deployment. */
export function memberPath(path: string, name: string): string {
  const text = nameText(name);
  return text === name ? `${path}.${name}` : `${path}[${text}]`;
}

/** The path of a member that does not exist. */
export function unknownPath(path: string, name: string, known: readonly string[]): string {
  const isPlain = IDENTIFIER.test(name) || misspelling(name, known) !== undefined;
  const text = isPlain ? name : sizeOf('a name', name.length, 'character');
  if (path === '') return isPlain ? name : `[${text}]`;
  return isPlain ? `${path}.${name}` : `${path}[${text}]`;
}

// Known names, and misspellings of them.

/** At most this many letters of a misspelt name may be wrong. */
const DISTANCE_MAX = 3;
/** No known name is longer. A longer text is not compared, since the time of a comparison grows with the length. */
const LENGTH_MAX = 64;

/** What to do about an option that does not exist. */
export function remedyForUnknown(path: string, known: readonly string[]): string {
  const best = nearest(path, known);
  return best !== undefined && best.distance <= DISTANCE_MAX
    ? `there is no such option; did you mean ${best.name}?`
    : 'there is no such option; remove it';
}

/** The known name that a text is, or is a misspelling of: at most a third of it may be wrong. */
export function misspelling(text: string, known: readonly string[]): string | undefined {
  const best = nearest(text, known);
  if (best === undefined) return undefined;
  return best.distance <= Math.min(DISTANCE_MAX, Math.floor(best.name.length / 3)) ? best.name : undefined;
}

function nearest(
  text: string,
  known: readonly string[],
): { readonly name: string; readonly distance: number } | undefined {
  if (text.length > LENGTH_MAX) return undefined;
  const wanted = text.toLowerCase();
  return known
    .map((name) => ({ name, distance: distanceOf(wanted, name.toLowerCase()) }))
    .reduce((a, b) => (b.distance < a.distance ? b : a));
}

/** The number of characters to insert, remove or replace to make one text of another. */
export function distanceOf(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const substitution = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(substitution, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
