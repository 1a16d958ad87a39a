import { loadFs } from '../lazy.cjs';
import { seenText, type Tell, tellFile, tellNumber, tellWord } from './seen.js';

/** Where a value comes from: options carry typed values, the environment text. */
export type Source = 'option' | 'environment';

/** How a setting is written, checked and explained. */
export interface Kind<Value> {
  /** The shape in words, for the documents and for error messages. */
  readonly shape: string;
  /** The value, or `undefined` when it does not have the shape. Does not throw. */
  parse(value: unknown, source: Source): Value | undefined;
  /** What to write instead of a value that does not parse. */
  remedy?(value: unknown): string;
  /** What may be told of a text that does not parse; nothing but its length where this is absent. */
  readonly tell?: Tell;
  /** What is told of a value that does not parse, where its parts differ. */
  seen?(value: unknown, source: Source): string | undefined;
  /** What remains of a text of the environment that names, among others, what is not known. */
  known?(text: string): Value;
}

/** Values that are right elsewhere, and say of nobody more than what software he uses. */
const FOREIGN_WORDS = [
  ...['console', 'logging', 'stdout', 'otlp', 'otlp/stdout', 'prometheus', 'zipkin', 'jaeger', 'none'],
  ...['tracecontext', 'baggage', 'b3', 'b3multi', 'xray', 'ottrace'],
  ...['grpc', 'http/protobuf', 'http/json', 'gzip', 'deflate'],
  ...['jaeger_remote', 'parentbased_jaeger_remote'],
];

/** Any text that is not blank. */
export const TEXT: Kind<string> = {
  shape: 'text',
  parse: (value) => (typeof value === 'string' && value.trim() !== '' ? value : undefined),
};

/** `true` or `false`. */
export const BOOLEAN: Kind<boolean> = {
  shape: 'true or false',
  parse: (value, source) => {
    if (source === 'option') return typeof value === 'boolean' ? value : undefined;
    const text = String(value).toLowerCase();
    return text === 'true' ? true : text === 'false' ? false : undefined;
  },
  tell: tellWord('true', 'false', 'yes', 'no', 'on', 'off', 'enabled', 'disabled', '1', '0', 'y', 'n'),
};

function toNumber(value: unknown, source: Source): number {
  if (source === 'option') return typeof value === 'number' ? value : Number.NaN;
  return /^[+-]?\d+(\.\d+)?$/.test(String(value)) ? Number(value) : Number.NaN;
}

/** A whole number within bounds, both included. */
export function integer(min: number, max: number): Kind<number> {
  return {
    shape: `a whole number from ${min} to ${max}`,
    parse: (value, source) => {
      const number = toNumber(value, source);
      return Number.isInteger(number) && number >= min && number <= max ? number : undefined;
    },
    tell: tellNumber,
  };
}

/** A time in milliseconds; timers of Node.js reach no further than 2^31 - 1. */
export const MILLIS: Kind<number> = { ...integer(1, 2 ** 31 - 1), shape: 'milliseconds, at least 1' };

/** A share from 0 to 1. */
export const RATIO: Kind<number> = {
  shape: 'a number from 0 to 1',
  parse: (value, source) => {
    const number = toNumber(value, source);
    return number >= 0 && number <= 1 ? number : undefined;
  },
  tell: tellNumber,
};

/** The specification has the case of a name in the environment make no difference; options are typed. */
function nameIn(source: Source, value: unknown): unknown {
  return source === 'environment' && typeof value === 'string' ? value.toLowerCase() : value;
}

/** One of a closed set, of names in lower case. */
export function choice<const Value extends string>(...values: readonly Value[]): Kind<Value> {
  return {
    shape: values.join(', '),
    parse: (value, source) => values.find((allowed) => allowed === nameIn(source, value)),
    tell: tellWord(...values, ...FOREIGN_WORDS),
  };
}

/** The items of a list; `undefined` for what is none. */
export function itemsOf(value: unknown): readonly unknown[] | undefined {
  if (typeof value === 'string') return value.split(',').map((item) => item.trim());
  return Array.isArray(value) ? value : undefined;
}

/** So many items of a list that are not known are told. */
const SEEN_ITEMS_MAX = 5;

/** What is told of the items of a list that are refused. */
export function seenItems(
  value: unknown,
  isAccepted: (item: unknown) => boolean,
  tell: Tell,
): string | undefined {
  const refused = itemsOf(value)?.filter((item) => !isAccepted(item)) ?? [];
  const texts = refused.slice(0, SEEN_ITEMS_MAX).map((item) => seenText(item, tell));
  return texts.length === 0 ? undefined : texts.join(', ');
}

/** Several of a closed set, of names in lower case; `none` means the empty list. */
export function choices<const Value extends string>(...values: readonly Value[]): Kind<readonly Value[]> {
  const tell = tellWord(...values, ...FOREIGN_WORDS);
  const isKnown = (item: unknown): boolean => values.some((allowed) => allowed === item);
  const isNothing = (item: unknown): boolean => item === '' || item === 'none';
  const known = (list: readonly unknown[]): readonly Value[] =>
    values.filter((allowed) => list.includes(allowed));
  return {
    shape: `a list of ${values.join(', ')}; or none`,
    parse: (value, source) => {
      const list = itemsOf(nameIn(source, value));
      if (list === undefined || !list.every((item) => isKnown(item) || isNothing(item))) return undefined;
      const isWritten = list.length === 0 || list.some((item) => item !== '');
      return isWritten ? known(list) : undefined;
    },
    seen: (value, source) => {
      const isAccepted = (item: unknown): boolean => isKnown(item) || isNothing(item);
      return seenItems(value, (item) => isAccepted(nameIn(source, item)), tell);
    },
    known: (text) => known(itemsOf(text.toLowerCase()) ?? []),
  };
}

/** A file that can be read now. */
export const FILE: Kind<string> = {
  shape: 'the path of a readable file',
  parse: (value) => {
    if (typeof value !== 'string') return undefined;
    try {
      loadFs().readFileSync(value);
      return value;
    } catch {
      // Why it cannot be read does not change the remedy: name a readable file.
      return undefined;
    }
  },
  tell: tellFile,
};

function decodePairs(text: string): Record<string, string> | undefined {
  const pairs: Record<string, string> = {};
  for (const part of text.split(',')) {
    if (part.trim() === '') continue;
    const at = part.indexOf('=');
    if (at < 1) return undefined;
    try {
      pairs[decodeURIComponent(part.slice(0, at).trim())] = decodeURIComponent(part.slice(at + 1).trim());
    } catch {
      // A stray % cannot be decoded: the whole value is wrong, and the remedy says how to write it.
      return undefined;
    }
  }
  return pairs;
}

/** Names and values, as W3C Baggage writes them in the environment. */
export const PAIRS: Kind<Readonly<Record<string, string>>> = {
  shape: 'key1=value1,key2=value2, percent-encoded',
  parse: (value, source) => {
    if (source === 'environment') return decodePairs(String(value));
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    return Object.values(value).every((item) => typeof item === 'string') ? { ...value } : undefined;
  },
};

/** Names and values that gRPC takes as metadata; it throws at others. */
export const HEADERS: Kind<Readonly<Record<string, string>>> = {
  ...PAIRS,
  parse: (value, source) => {
    const pairs = PAIRS.parse(value, source);
    const fit = Object.entries(pairs ?? {}).every(
      ([name, text]) => /^[0-9a-z_.-]+$/i.test(name) && !/-bin$/i.test(name) && /^[\x20-\x7e]*$/.test(text),
    );
    return fit ? pairs : undefined;
  },
};

/** Providers and their models. */
export const PROVIDERS: Kind<Readonly<Record<string, readonly string[]>>> = {
  shape: 'provider=model|model,provider=model',
  parse: (value, source) => {
    const pairs = source === 'environment' ? decodePairs(String(value)) : value;
    if (typeof pairs !== 'object' || pairs === null || Array.isArray(pairs)) return undefined;
    const providers: Record<string, readonly string[]> = {};
    for (const [provider, given] of Object.entries(pairs)) {
      const models: unknown = typeof given === 'string' ? given.split('|') : given;
      if (!Array.isArray(models) || !models.every((model) => TEXT.parse(model, source) !== undefined))
        return undefined;
      providers[provider] = [...models];
    }
    return providers;
  },
};
