/** A host, which may be a pattern, and the beginning of the path, which may be empty. */
export interface HostPattern {
  /** As `authorityOf` returns it. A `*` stands for any text that is not empty. */
  readonly host: string;
  /** Begins with a slash and ends without one. */
  readonly prefix: string;
}

/** Splits a host from the beginning of the path that follows it. */
export function splitHost(text: string): HostPattern {
  const slash = text.indexOf('/');
  return slash === -1
    ? { host: text, prefix: '' }
    : { host: text.slice(0, slash), prefix: text.slice(slash) };
}

/** A row, and the URLs that it applies to. */
interface Entry<Row> extends HostPattern {
  /** Absent where the host is no pattern. */
  readonly matches: ((host: string) => boolean) | undefined;
  readonly row: Row;
}

type Entries<Row> = readonly Entry<Row>[];

/**
 * Finds rows by host and path. A host without a `*` is looked up in one map. Patterns are grouped in another, by the last
 * two labels of the domain after their last `*`, so that the time does not grow with their number.
 */
export class HostTable<Row> {
  private readonly exact = new Map<string, Entries<Row>>();
  private readonly byDomain = new Map<string, Entries<Row>>();
  /** Whether the domain of a pattern has one label only, such as `.internal`. */
  private hasShortDomains = false;

  add({ host, prefix }: HostPattern, row: Row): void {
    const isPattern = host.includes('*');
    const entry = { host, prefix, row, matches: isPattern ? matcherOf(host) : undefined };
    const domain = domainOf(host);
    const [map, key] = isPattern ? [this.byDomain, lastLabels(domain)] : [this.exact, host];
    this.hasShortDomains ||= isPattern && lastLabel(domain) === domain;
    map.set(key, [...(map.get(key) ?? []), entry].sort(bySpecificity));
  }

  /** The entries for a host, the most specific first. It is fast where there are none, as for most hosts. */
  entries(host: string): Entries<Row> {
    const exact = this.exact.get(host) ?? [];
    const patterns = this.byDomain.get(lastLabels(host)) ?? [];
    const short = this.hasShortDomains ? (this.byDomain.get(lastLabel(host)) ?? []) : [];
    if (patterns.length === 0 && short.length === 0) return exact;
    const found = [...exact];
    for (const entry of patterns) if (entry.matches?.(host)) found.push(entry);
    for (const entry of short) if (entry.matches?.(host)) found.push(entry);
    return found;
  }
}

/** Whether a path lies under a prefix, whose last part must be whole. */
export function isUnder(path: string, prefix: string): boolean {
  if (prefix === '') return true;
  return path.startsWith(prefix) && (path.length === prefix.length || path[prefix.length] === '/');
}

/** The domain after the last `*` of a pattern, with its dot; empty if there is none. */
export function domainOf(pattern: string): string {
  const dot = pattern.indexOf('.', pattern.lastIndexOf('*'));
  return dot === -1 ? '' : pattern.slice(dot);
}

function lastLabel(host: string): string {
  return host.slice(Math.max(host.lastIndexOf('.'), 0));
}

/** The last two labels, with the dot before them; one, where there is only one. */
function lastLabels(host: string): string {
  const last = host.lastIndexOf('.');
  const previous = last > 0 ? host.lastIndexOf('.', last - 1) : -1;
  return host.slice(Math.max(previous === -1 ? last : previous, 0));
}

function matcherOf(pattern: string): (host: string) => boolean {
  const parts = pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  const regExp = new RegExp(`^${parts.join('.+')}$`);
  const domain = domainOf(pattern);
  return (host) => host.endsWith(domain) && regExp.test(host);
}

/** Longer patterns come first, and of one pattern the longer prefixes. */
function bySpecificity(a: HostPattern, b: HostPattern): number {
  return b.host.length - a.host.length || b.prefix.length - a.prefix.length;
}
