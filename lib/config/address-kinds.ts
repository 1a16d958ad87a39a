import { itemsOf, type Kind, seenItems } from './kinds.js';
import { tellHost, tellUrl, tellWord } from './seen.js';

// Where a server listens and who may ask it, and where a Collector is.

const HOST_NAME = /^[\w.-]+$/;

/** Names of hosts, as a `Host` header carries them, without the port. */
export const HOST_NAMES: Kind<readonly string[]> = {
  shape: 'a list of host names, without scheme and port',
  parse: (value) => {
    const list = itemsOf(value)?.filter((name) => name !== '');
    return list?.every(isHostName) ? list : undefined;
  },
  seen: (value) => seenItems(value, (name) => name === '' || isHostName(name), tellUrl),
  known: (text) => (itemsOf(text) ?? []).filter(isHostName),
};

function isHostName(name: unknown): name is string {
  return typeof name === 'string' && HOST_NAME.test(name);
}

/** A path that begins with a slash. */
export const PATH: Kind<string> = {
  shape: 'a path that begins with /',
  parse: (value) => (typeof value === 'string' && /^\/[^\s?#]*$/.test(value) ? value : undefined),
  tell: tellWord('metrics', '/metrics'),
};

/** The name or the address of a host, which a server can listen on. */
export const HOST: Kind<string> = {
  shape: 'the name or the address of a host, without scheme and port',
  parse: (value) =>
    typeof value === 'string' && /^([\w.-]+|[\da-f.]*:[\da-f.]*:[\da-f:.]*(%[\w.-]+)?)$/i.test(value)
      ? value
      : undefined,
  tell: tellUrl,
};

/** What an `Authorization` header may carry. */
export const AUTHORIZATION: Kind<string> = {
  shape: '`Bearer` and a token, or `Basic` and base64 of user:password',
  parse: (value) =>
    typeof value === 'string' && /^(bearer +\S+|basic +[a-z0-9+/]+={0,2})$/i.test(value) ? value : undefined,
};

/**
 * An OTLP endpoint, as scheme and host. gRPC would take an address without a scheme to mean TLS, and fail against a
 * plain port. It makes no use of anything else in a URL, and a password or a token that was never kept is never told.
 */
export const ENDPOINT: Kind<string> = {
  shape: 'a URL with http:// (plain text) or https:// (TLS)',
  parse: (value) => {
    if (typeof value !== 'string' || !/^https?:\/\//i.test(value) || !URL.canParse(value)) return undefined;
    const { protocol, host } = new URL(value);
    return `${protocol}//${host}`;
  },
  remedy: (value) =>
    typeof value === 'string' && /[.:]/.test(value) && tellHost(value) === value
      ? `write http://${value} for plain text or https://${value} for TLS`
      : 'write a URL such as http://localhost:4317',
  tell: tellUrl,
};
