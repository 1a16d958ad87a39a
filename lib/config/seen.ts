import { misspelling } from './spelling.js';

/**
 * Says of a text that was refused what can be no secret of anybody's: a mistyped keyword, a number, the host of a URL.
 * Says nothing of any other.
 */
export type Tell = (text: string) => string | undefined;

/**
 * What was seen where something else belongs: its type and its size, and the value itself only where that cannot be a
 * secret. A key or a password that was put in the wrong place must not end in a log.
 *
 * @param tell - what may be said of a text in this place; by default nothing but its length.
 */
export function seenText(value: unknown, tell?: Tell): string {
  switch (typeof value) {
    case 'number':
    case 'boolean':
    case 'undefined':
      return String(value);
    case 'string':
      return tell?.(value) ?? sizeOf('a string', value.length, 'character');
    case 'object':
      return value === null ? 'null' : objectText(value);
    default:
      return `a ${typeof value}`;
  }
}

/** What was seen in a place for secrets, where even a number is one. */
export function seenSecret(value: unknown): string {
  return typeof value === 'number' ? 'a number' : seenText(value);
}

/** How many, where that can be asked: a Proxy may throw at any question. */
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

/** Tells a keyword, and what is a misspelling of one. */
export function tellWord(...words: readonly string[]): Tell {
  return (text) => (misspelling(text, words) === undefined ? undefined : JSON.stringify(text));
}

/** Tells a number, with its unit if there is one. */
export const tellNumber: Tell = (text) =>
  /^[+-]?\d{1,12}(\.\d{1,12})?(e[+-]?\d{1,3})? ?(ms|s|m|h|%)?$/i.test(text)
    ? JSON.stringify(text)
    : undefined;

/** Tells a path that ends as the files do which belong in such a place. */
export const tellFile: Tell = (text) =>
  text.length <= 200 && /^[\w./\\:~ -]+\.(json|pem|crt|cer|key)$/i.test(text)
    ? JSON.stringify(text)
    : undefined;

/** Tells scheme and host of a URL, and an address without a scheme; not the rest, which may carry a secret. */
export const tellUrl: Tell = (text) => {
  const [, scheme, address, rest = ''] = /^([a-z][a-z+-]{0,9}:\/\/)?([^/?#@\s]+)(.*)$/is.exec(text) ?? [];
  // What stands before an @ may be a name and a password, in forms that no parser of URLs takes for one.
  if (address === undefined || rest.includes('@')) return undefined;
  const host = tellHost(address);
  if (host === undefined || (scheme === undefined && !/[:.]/.test(host))) return undefined;
  return JSON.stringify(`${scheme ?? ''}${host}${rest === '' ? '' : '/…'}`);
};

/** Tells the name or the address of a host, with its port, unless it reads like a token. */
export const tellHost: Tell = (text) => {
  const isAddress = /^\[?[0-9a-f.]*:[0-9a-f:.]*:[0-9a-f.]*\]?(:\d{1,6})?$/i.test(text) && text.length <= 47;
  return isAddress || /^[a-z\d.-]+(:\d{1,6})?$/i.test(text)
    ? isAddress
      ? text
      : plainName(text)
    : undefined;
};

/** How the tokens begin that the services of this field give out. */
const TOKEN = /^(sk|pk|rk|gsk|hf|ghp|gho|ghs|glpat|xox.|akia|asia|aiza|ya29|eyj.*|key|token|bearer|basic)$/i;

/** A name made of words, dates and version numbers, as models, providers and hosts have them. */
function plainName(text: string): string | undefined {
  // An @ stands before a version; before a host it would end a password.
  const parts = text.replace(/@\d{1,8}$/, '').split(/[-._/:]/);
  const isPlain =
    text.length <= 80 &&
    !TOKEN.test(parts[0] ?? '') &&
    parts.every((part) => /^([A-Z]?[a-z]{0,15}\*?|\d{1,8}|[A-Za-z\d]{1,5})$/.test(part));
  return isPlain ? text : undefined;
}

/** The name of an option that does not exist: an identifier such as `apiKey` or `api_key`. */
const IDENTIFIER = /^(?=.{1,24}$)[a-z]+(_[a-z]+|[A-Z][a-z]+)*$/;

/** The name of a member as it may stand in a message: a key that was put where a name belongs must not. */
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
