import { Issues, isRecord } from '../config/issues.js';
import { objectOf, optional, readOptions } from '../config/nested-options.js';
import { check } from '../config/parsers.js';
import { configError } from '../errors.js';
import type { OperationOptions } from '../requests/handle.js';

type SpanAttributes = NonNullable<OperationOptions['attributes']>;

/** Options of `observeOperations`. They are read once, so later changes of the options object have no effect. */
export interface ServerOptions<Request> {
  /**
   * Name of the span. A function is called when the response ends, because only then is the route known. The name must
   * have a low cardinality: a path may contain ids and tokens.
   *
   * @defaultValue the method and the route, such as `POST /v1/chat/completions`, or the method alone
   */
  readonly name?: string | ((request: Request) => string | undefined) | undefined;
  /**
   * Span attributes, or a function that reads them from a request when it arrives; with the limits of
   * those of `startOperation`.
   */
  readonly attributes?: SpanAttributes | ((request: Request) => SpanAttributes | undefined) | undefined;
  /** Returns true for requests that are not to be observed, such as health checks. */
  readonly ignore?: ((request: Request) => boolean) | undefined;
  /**
   * Time after which an operation that has not ended ends as a `timeout`, in milliseconds; `Infinity` for no limit.
   *
   * @defaultValue 1,800,000 (30 minutes)
   */
  readonly maxDurationMs?: number | undefined;
}

type Options = ServerOptions<never>;

const isFunction = (value: unknown): value is (request: unknown) => never => typeof value === 'function';
const isName = (value: unknown): value is Options['name'] & {} =>
  typeof value === 'string' || isFunction(value);
const isAttributes = (value: unknown): value is Options['attributes'] & {} =>
  isRecord(value) || isFunction(value);
const isDuration = (value: unknown): value is number => typeof value === 'number' && value > 0;

const OPTIONS = objectOf<Options>(
  {
    name: optional(check(isName, 'a string or a function')),
    attributes: optional(check(isAttributes, 'an object, such as { tenant: "a" }, or a function')),
    ignore: optional(check(isFunction, 'a function, such as (request) => request.url === "/health"')),
    maxDurationMs: optional(check(isDuration, 'a number of milliseconds above 0, or Infinity')),
  },
  'an object',
);

/**
 * Reads and checks the options of `observeOperations`.
 *
 * @throws {MonitoringError} ERR_INVALID_CONFIG with all problems
 */
export function resolveServerOptions<Request>(options: unknown): ServerOptions<Request> {
  const issues = new Issues();
  const read: object | undefined = readOptions(OPTIONS, options, issues);
  if (read === undefined || issues.list.length > 0) throw configError(issues.list);
  return read as ServerOptions<Request>;
}
