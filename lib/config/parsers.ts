import { readFileSync } from 'node:fs';
import { isName, patternRemedy } from '../catalogue/names.js';
import { type Issues, isRecord } from './issues.js';
import { redact, type Show, showFile, showHost, showNumber, showUrl, showWord } from './redact.js';

/** Where a value comes from: options carry typed values, the environment text. */
export type Source = 'option' | 'environment';

/** Where a value was found, for parsers of values that have members. */
export interface Place {
  /** The path of the option. */
  readonly path: string;
  readonly issues: Issues;
}

/** How a value is written, checked and explained. */
export interface Parser<Value> {
  /** The shape in words, for the documents and for error messages. */
  readonly shape: string;
  /** The type in TypeScript, for the declarations of the settings; absent where no setting has such a value. */
  readonly type?: string;
  /**
   * Returns the value, or `undefined` when it does not have the shape. Does not throw.
   *
   * @param place - always given for an option. A parser that adds issues about members adds none about the whole.
   */
  parse(value: unknown, source: Source, place?: Place): Value | undefined;
  /** What to write instead of a value that does not parse. */
  remedy?(value: unknown): string;
  /** What may be shown of a text that does not parse; nothing but its length where this is absent. */
  readonly show?: Show;
  /** What is shown of a value that does not parse, where only some of its members are wrong. */
  seen?(value: unknown, source: Source): string | undefined;
  /** The value of a text of the environment without the unknown names in it. */
  known?(text: string): Value;
}

/** What to write instead of a value that does not parse. */
export function remedyFor(parser: Parser<unknown>, value: unknown): string {
  return parser.remedy?.(value) ?? `write ${parser.shape}`;
}

/** What may be shown of a value that does not parse. */
export function seenBy(parser: Parser<unknown>, value: unknown, source: Source): string {
  return parser.seen?.(value, source) ?? redact(value, parser.show);
}

/** A parser of options that only checks. */
export function check<Value>(
  isRight: (value: unknown) => value is Value,
  shape: string,
  show?: Show,
): Parser<Value> {
  return { shape, parse: (value) => (isRight(value) ? value : undefined), ...(show && { show }) };
}

/** Values that other packages accept. They are not secrets and may be shown. */
const FOREIGN_WORDS = [
  ...['console', 'logging', 'stdout', 'otlp', 'otlp/stdout', 'prometheus', 'zipkin', 'jaeger', 'none'],
  ...['tracecontext', 'baggage', 'b3', 'b3multi', 'xray', 'ottrace'],
  ...['grpc', 'http/protobuf', 'http/json', 'gzip', 'deflate'],
  ...['jaeger_remote', 'parentbased_jaeger_remote'],
];

/** Any text that is not blank. */
export const TEXT: Parser<string> = {
  shape: 'text',
  type: 'string',
  parse: (value) => (typeof value === 'string' && value.trim() !== '' ? value : undefined),
};

/** `true` or `false`. */
export const BOOLEAN: Parser<boolean> = {
  shape: 'true or false',
  type: 'boolean',
  parse: (value, source) => {
    if (source === 'option') return typeof value === 'boolean' ? value : undefined;
    const text = String(value).toLowerCase();
    return text === 'true' ? true : text === 'false' ? false : undefined;
  },
  show: showWord('true', 'false', 'yes', 'no', 'on', 'off', 'enabled', 'disabled', '1', '0', 'y', 'n'),
};

/** Whether something is active. The variable says the opposite of the option. */
export const ENABLED: Parser<boolean> = {
  ...BOOLEAN,
  parse: (value, source) => {
    const parsed = BOOLEAN.parse(value, source);
    return source === 'environment' && parsed !== undefined ? !parsed : parsed;
  },
};

function toNumber(value: unknown, source: Source): number {
  if (source === 'option') return typeof value === 'number' ? value : Number.NaN;
  return /^[+-]?\d+(\.\d+)?$/.test(String(value)) ? Number(value) : Number.NaN;
}

/** A whole number within bounds, both included. */
export function integer(min: number, max: number): Parser<number> {
  return {
    shape: `a whole number from ${min} to ${max}`,
    type: 'number',
    parse: (value, source) => {
      const number = toNumber(value, source);
      return Number.isInteger(number) && number >= min && number <= max ? number : undefined;
    },
    show: showNumber,
  };
}

const PORT_NUMBER = integer(0, 65_535);

/** A port to listen on; `auto` leaves the choice to the server, and `none` opens no port. */
export const PORT: Parser<number | 'auto' | 'none'> = {
  ...PORT_NUMBER,
  shape: `${PORT_NUMBER.shape}, auto or none`,
  type: "number | 'auto' | 'none'",
  parse(value, source) {
    const word = inLowerCase(source, value);
    return word === 'auto' || word === 'none' ? word : PORT_NUMBER.parse(value, source);
  },
};

/** A time in milliseconds. Timers of Node.js take at most 2^31 - 1. */
export const MILLIS: Parser<number> = { ...integer(1, 2 ** 31 - 1), shape: 'milliseconds, at least 1' };

/** A time in milliseconds that may be none at all. */
export const MILLIS_OR_ZERO: Parser<number> = {
  ...integer(0, 2 ** 31 - 1),
  shape: 'milliseconds, at least 0',
};

/** A share from 0 to 1. */
export const RATIO: Parser<number> = {
  shape: 'a number from 0 to 1',
  type: 'number',
  parse: (value, source) => {
    const number = toNumber(value, source);
    return number >= 0 && number <= 1 ? number : undefined;
  },
  show: showNumber,
};

/** Case does not matter in the environment, as the specification requires. Options are typed, so there it does. */
function inLowerCase(source: Source, value: unknown): unknown {
  return source === 'environment' && typeof value === 'string' ? value.toLowerCase() : value;
}

function unionOf(values: readonly string[]): string {
  return values.map((value) => `'${value}'`).join(' | ');
}

/** One of a closed set of names in lower case. */
export function choice<const Value extends string>(...values: readonly Value[]): Parser<Value> {
  return {
    shape: values.join(', '),
    type: unionOf(values),
    parse: (value, source) => values.find((allowed) => allowed === inLowerCase(source, value)),
    show: showWord(...values, ...FOREIGN_WORDS),
  };
}

/** The items of a list; `undefined` for a value that is not a list. */
function itemsOf(value: unknown): readonly unknown[] | undefined {
  if (typeof value === 'string') return value.split(',').map((item) => item.trim());
  return Array.isArray(value) ? value : undefined;
}

/** At most this many refused items of a list are shown. */
const SEEN_ITEMS_MAX = 5;

/** What is shown of the refused items of a list. */
function seenItems(value: unknown, isAccepted: (item: unknown) => boolean, show: Show): string | undefined {
  const refused = itemsOf(value)?.filter((item) => !isAccepted(item)) ?? [];
  const texts = refused.slice(0, SEEN_ITEMS_MAX).map((item) => redact(item, show));
  return texts.length === 0 ? undefined : texts.join(', ');
}

/** Several of a closed set of names in lower case; `none` means the empty list. */
export function choices<const Value extends string>(...values: readonly Value[]): Parser<readonly Value[]> {
  const show = showWord(...values, ...FOREIGN_WORDS);
  const isKnown = (item: unknown): boolean => values.some((allowed) => allowed === item);
  const isNothing = (item: unknown): boolean => item === '' || item === 'none';
  const known = (list: readonly unknown[]): readonly Value[] =>
    values.filter((allowed) => list.includes(allowed));
  return {
    shape: `a list of ${values.join(', ')}; or none`,
    type: `readonly (${unionOf(values)})[]`,
    parse: (value, source) => {
      const list = itemsOf(inLowerCase(source, value));
      if (list === undefined || !list.every((item) => isKnown(item) || isNothing(item))) return undefined;
      const isWritten = list.length === 0 || list.some((item) => item !== '');
      return isWritten ? known(list) : undefined;
    },
    seen: (value, source) => {
      const isAccepted = (item: unknown): boolean => isKnown(item) || isNothing(item);
      return seenItems(value, (item) => isAccepted(inLowerCase(source, item)), show);
    },
    known: (text) => known(itemsOf(text.toLowerCase()) ?? []),
  };
}

/** How messages of OTLP are compressed. */
export const COMPRESSION = choice('none', 'gzip');

/** The protocols of OTLP that are sent. JSON would need two more packages. */
export const PROTOCOL: Parser<'grpc' | 'http/protobuf'> = {
  ...choice('grpc', 'http/protobuf'),
  remedy: () =>
    'write http/protobuf, which every OTLP receiver over HTTP accepts (port 4318), or grpc (port 4317)',
};

/** A file that can be read now. */
export const FILE: Parser<string> = {
  shape: 'the path of a readable file',
  type: 'string',
  parse: (value) => {
    if (typeof value !== 'string') return undefined;
    try {
      readFileSync(value);
      return value;
    } catch {
      // The remedy is the same whatever the reason: name a readable file.
      return undefined;
    }
  },
  show: showFile,
};

function decodePairs(text: string): Record<string, string> | undefined {
  const pairs: Record<string, string> = {};
  for (const pair of text.split(',')) {
    if (pair.trim() === '') continue;
    const at = pair.indexOf('=');
    if (at < 1) return undefined;
    try {
      pairs[decodeURIComponent(pair.slice(0, at).trim())] = decodeURIComponent(pair.slice(at + 1).trim());
    } catch {
      // A stray % cannot be decoded. The whole value is refused, and the remedy says how to write it.
      return undefined;
    }
  }
  return pairs;
}

/** Names and values, as W3C Baggage writes them in the environment. */
export const PAIRS: Parser<Readonly<Record<string, string>>> = {
  shape: 'key1=value1,key2=value2, percent-encoded',
  type: 'Readonly<Record<string, string>>',
  parse: (value, source) => {
    if (source === 'environment') return decodePairs(String(value));
    if (!isRecord(value)) return undefined;
    return Object.values(value).every((item) => typeof item === 'string')
      ? { ...(value as Record<string, string>) }
      : undefined;
  },
};

/** Names and values that gRPC accepts as metadata; it throws on others. */
export const HEADERS: Parser<Readonly<Record<string, string>>> = {
  ...PAIRS,
  parse: (value, source) => {
    const pairs = PAIRS.parse(value, source);
    const fit = Object.entries(pairs ?? {}).every(
      ([name, text]) => /^[0-9a-z_.-]+$/i.test(name) && !/-bin$/i.test(name) && /^[\x20-\x7e]*$/.test(text),
    );
    return fit ? pairs : undefined;
  },
};

/** Providers and their models, each with a name that can be a label. */
export const PROVIDERS: Parser<Readonly<Record<string, readonly string[]>>> = {
  shape: 'provider=model|model,provider=model',
  type: 'Readonly<Record<string, readonly string[]>>',
  parse: (value, source) => {
    const pairs = source === 'environment' ? decodePairs(String(value)) : value;
    if (!isRecord(pairs)) return undefined;
    const providers: Record<string, readonly string[]> = {};
    for (const [provider, given] of Object.entries(pairs)) {
      const models: unknown = typeof given === 'string' ? given.split('|') : given;
      if (!isName(provider) || !Array.isArray(models) || !models.every(isName)) return undefined;
      providers[provider] = [...models];
    }
    return providers;
  },
  // The word that other packages use for providers of OpenTelemetry.
  remedy: (value) =>
    value === 'own' || value === 'shared'
      ? `this option lists LLM providers; for OpenTelemetry providers write openTelemetry: '${value}' (LLM_EDGE_OPENTELEMETRY=${value})`
      : 'write provider=model|model,provider=model',
};

const HOST_NAME = /^[\w.-]+$/;

/** Names of hosts, as in a `Host` header, without the port. */
export const HOST_NAMES: Parser<readonly string[]> = {
  shape: 'a list of host names, without scheme and port',
  type: 'readonly string[]',
  parse: (value) => {
    const list = itemsOf(value)?.filter((name) => name !== '');
    return list?.every(isHostName) ? list : undefined;
  },
  seen: (value) => seenItems(value, (name) => name === '' || isHostName(name), showUrl),
  known: (text) => (itemsOf(text) ?? []).filter(isHostName),
};

function isHostName(name: unknown): name is string {
  return typeof name === 'string' && HOST_NAME.test(name);
}

/** A path that begins with a slash. */
export const PATH: Parser<string> = {
  shape: 'a path that begins with /',
  type: 'string',
  parse: (value) => (typeof value === 'string' && /^\/[^\s?#]*$/.test(value) ? value : undefined),
  show: showWord('metrics', '/metrics'),
};

/**
 * A folder, or `none`. A relative path is refused, since programs with another working directory would use another
 * folder. `C:\` and `\\server` begin the absolute paths of Windows.
 */
export const FOLDER: Parser<string> = {
  shape: 'the absolute path of a folder, or none',
  type: 'string',
  parse: (value, source) => {
    if (inLowerCase(source, value) === 'none') return 'none';
    return typeof value === 'string' && /^(?:\/|[a-z]:[\\/]|\\\\)[^\0]*$/i.test(value) ? value : undefined;
  },
  show: showWord('none', 'tmp', './tmp'),
};

/** The name or the address of a host that a server can listen on. */
export const HOST: Parser<string> = {
  shape: 'the name or the address of a host, without scheme and port',
  type: 'string',
  parse: (value) =>
    typeof value === 'string' && /^([\w.-]+|[\da-f.]*:[\da-f.]*:[\da-f:.]*(%[\w.-]+)?)$/i.test(value)
      ? value
      : undefined,
  show: showUrl,
};

/** The value of an `Authorization` header. */
export const AUTHORIZATION: Parser<string> = {
  shape: '`Bearer` and a token, or `Basic` and base64 of user:password',
  type: 'string',
  parse: (value) =>
    typeof value === 'string' && /^(bearer +\S+|basic +[a-z0-9+/]+={0,2})$/i.test(value) ? value : undefined,
};

/**
 * An OTLP endpoint. gRPC would use TLS for an address without a scheme, and fail against a plain port. The parts that
 * each protocol uses are chosen in `otlp-endpoint.ts`.
 */
export const ENDPOINT: Parser<string> = {
  shape: 'a URL with http:// (plain text) or https:// (TLS)',
  type: 'string',
  parse: (value) =>
    typeof value === 'string' && /^https?:\/\//i.test(value) && URL.canParse(value)
      ? new URL(value).href
      : undefined,
  remedy: (value) =>
    typeof value === 'string' && /[.:]/.test(value) && showHost(value) === value
      ? `write http://${value} for plain text or https://${value} for TLS`
      : 'write a URL such as http://localhost:4317',
  show: showUrl,
};

/** The name of a provider or a model, with `*` at its end for a prefix. */
export const PATTERN: Parser<string> = {
  shape: 'a name, with * only at its end',
  parse: (value) => (patternRemedy(value) === undefined ? (value as string) : undefined),
  remedy: (value) => patternRemedy(value) ?? '',
};

/** An object of the user, recognised by a method. */
export function objectWith<Value>(method: string, type: string, shape: string): Parser<Value> {
  return {
    shape,
    type,
    parse: (value) =>
      typeof (value as Record<string, unknown> | null)?.[method] === 'function'
        ? (value as Value)
        : undefined,
    remedy: () => `pass ${shape}`,
  };
}

/** The value of an `Authorization` header that a browser never sends by itself, as it does with `Basic`. */
export const BEARER: Parser<string> = {
  shape: '`Bearer` and a token',
  type: 'string',
  parse: (value) => (typeof value === 'string' && /^bearer +\S+$/i.test(value) ? value : undefined),
};
