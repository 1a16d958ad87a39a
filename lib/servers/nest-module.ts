import { readMember } from '../errors/classify-error.js';
import type { OperationHandle } from '../requests/handle.js';
import { observeOperations as createMiddleware } from './express-middleware.js';
import { observeOperations as createPlugin } from './fastify-plugin.js';
import { noteHandlerError, operationOfRaw } from './served-operations.js';
import { resolveServerOptions, type ServerOptions } from './server-options.js';

/** A request in Nest: that of Express, or that of Fastify. */
export interface NestRequest {
  readonly method: string;
  readonly headers: object;
}

/** A dynamic module of Nest. */
export interface NestModule {
  readonly module: new () => object;
  readonly providers: { readonly provide: string; readonly useValue: object }[];
}

/** The part of Nest's HTTP adapters that is used. */
interface HttpAdapter {
  getType(): string;
  use(middleware: unknown): unknown;
  getInstance(): { register(plugin: unknown): unknown };
}

/** The part of rxjs that is used. */
interface Observable {
  subscribe(observer: Observer): unknown;
}
interface Observer {
  next(value: unknown): void;
  error(error: unknown): void;
  complete(): void;
}
type ObservableClass = new (subscribe: (observer: Observer) => unknown) => Observable;

/**
 * Creates a module of Nest that observes each request as one operation, on the platforms Express and Fastify:
 * `@Module({ imports: [observeOperations()] })`. Import it once, in the root module.
 *
 * The operation is the context of guards, interceptors, pipes, handlers and exception filters, and ends with the last
 * byte of the response by the rules of `endWith`, whether that is JSON, `@Sse()` or a
 * `StreamableFile`. An error of a handler decides the error type of a response of 500 and up. On Express it starts after
 * Nest's body parser. It continues the caller's trace, or is a child of the active span. Before `initMonitoring` the
 * module does nothing. Messages of microservices, WebSockets and other transports are not observed.
 *
 * @param options - see {@link ServerOptions}; functions get the request of Express or Fastify.
 * @throws {MonitoringError} ERR_INVALID_CONFIG if an option is wrong.
 */
export function observeOperations<Request extends NestRequest>(
  options: ServerOptions<Request> = {},
): NestModule {
  const resolved = resolveServerOptions(options);

  class ObserveOperationsModule {
    /** Nest calls this method before it creates routes. The consumer would leave out paths without a global prefix. */
    configure(consumer: { getHttpAdapter(): HttpAdapter }): void {
      const adapter = consumer.getHttpAdapter();
      if (adapter.getType() === 'fastify') adapter.getInstance().register(createPlugin(resolved as object));
      else adapter.use(createMiddleware(resolved as object));
    }
  }
  // Nest's decorators would need its packages at run time. What they declare are these plain values.
  return {
    module: ObserveOperationsModule,
    providers: [{ provide: 'APP_INTERCEPTOR', useValue: { intercept } }],
  };
}

/** Returns the operation of a request that {@link observeOperations} observes. */
export function operationOf(request: NestRequest): OperationHandle | undefined {
  return operationOfRaw(rawOf(request));
}

function rawOf(request: NestRequest): object {
  return (readMember(request, 'raw') as object | undefined) ?? request;
}

/** Notes the error of a handler, which no exception filter passes on to the platform. */
function intercept(
  context: { getType(): string; switchToHttp(): { getRequest(): NestRequest } },
  next: { handle(): Observable },
): Observable {
  const results = next.handle();
  if (context.getType() !== 'http') return results;
  const raw = rawOf(context.switchToHttp().getRequest());
  if (operationOfRaw(raw) === undefined) return results;
  return new (results.constructor as ObservableClass)((observer) =>
    results.subscribe({
      next: (value) => observer.next(value),
      error: (error) => {
        noteHandlerError(raw, error);
        observer.error(error);
      },
      complete: () => observer.complete(),
    }),
  );
}
