/** A signal of OTLP that this package sends. */
export type Signal = 'metrics' | 'traces';

/** How OTLP is sent. */
export type Protocol = 'grpc' | 'http/protobuf';

/** Where an endpoint comes from, which decides the path of its URL. */
type EndpointSource = 'default' | 'option' | 'signal variable' | 'general variable';

const HTTP_DEFAULT = 'http://localhost:4318';

/**
 * Chooses the parts of a URL that exports are sent to. Over gRPC these are scheme and host: the rest is not kept, so that
 * a password in it cannot be shown. Over HTTP, by the specification of OTLP exporters, the general variable is a base
 * and the variable of a signal is used as it is. No option is specified: one without a path gets the path of OTLP, since
 * no receiver is known that listens at the root.
 */
export function endpointOf(
  given: string,
  protocol: Protocol,
  signal: Signal,
  source: EndpointSource,
): string {
  const isHttp = protocol !== 'grpc';
  const url = new URL(isHttp && source === 'default' ? HTTP_DEFAULT : given);
  if (!isHttp) return `${url.protocol}//${url.host}`;
  url.hash = '';
  const isRoot = url.pathname === '/';
  if (source === 'general variable' || (isRoot && source !== 'signal variable')) {
    url.pathname = `${url.pathname.replace(/\/+$/, '')}/v1/${signal}`;
  }
  return url.href;
}

/** An endpoint as it may be shown: a path other than that of OTLP may hold the token of a vendor. */
export function endpointText(endpoint: string): string {
  const { protocol, host, pathname, search } = new URL(endpoint);
  const isPlain = search === '' && /^\/(v1\/(traces|metrics))?$/.test(pathname);
  const path = pathname === '/' && search === '' ? '' : isPlain ? pathname : '/…';
  return `${protocol}//${host}${path}`;
}
