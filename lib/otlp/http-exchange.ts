import { AsyncLocalStorage } from 'node:async_hooks';
import type { Agent, ClientRequest } from 'node:http';
import type { AgentOptions } from 'node:https';
import type { TLSSocket } from 'node:tls';
import { loadHttp, loadHttps } from '../lazy.cjs';

/** What happened in one export over HTTP, beyond what the exporter of OpenTelemetry reports. */
export interface Exchange {
  readonly timeoutMillis: number;
  /** Whether the request was handed to a connection. */
  isSent: boolean;
  /** The status of the answer, if there was one. */
  status?: number | undefined;
  retryAfter?: string | undefined;
  /** Whether the server accepted TLS without a protocol of HTTP, and then hung up. */
  isRefusedByTls: boolean;
  /** Whether the server had closed a connection that was idle, as it seems, before the request reached it. */
  isStale: boolean;
}

/** Creates what a new export reports to. */
export function newExchange(timeoutMillis: number): Exchange {
  return { timeoutMillis, isSent: false, isRefusedByTls: false, isStale: false };
}

/** How Node.js reports a connection that the other side has closed. */
const CLOSED = new Set(['ECONNRESET', 'EPIPE']);

/**
 * An idle connection is closed after this time. Servers close theirs after a minute or more; an export over a connection
 * that the server is closing fails.
 */
const IDLE_MILLIS = 30_000;

/** The method that Node.js calls with each request of an agent. */
interface RequestSink {
  addRequest(request: ClientRequest, ...rest: readonly unknown[]): void;
}

/** The export that the running code belongs to. */
const current = new AsyncLocalStorage<Exchange>();

/** Runs the code that begins an export; its request is then observed by the agent. */
export function runExchange(exchange: Exchange, begin: () => void): void {
  current.run(exchange, begin);
}

/**
 * Creates an agent that observes the requests of exports. The exporter reports neither the status of an answer that it
 * calls retryable nor `Retry-After`.
 */
export function createExchangeAgent(protocol: string, tls: AgentOptions): Agent {
  const connections = { keepAlive: true, timeout: IDLE_MILLIS };
  const isSecure = protocol === 'https:';
  // With the name of HTTP offered, a gRPC server is recognised by not taking it.
  const agent = isSecure
    ? new (loadHttps().Agent)({ ...connections, ...tls, ALPNProtocols: ['http/1.1'] })
    : new (loadHttp().Agent)(connections);
  const sink = agent as unknown as RequestSink;
  const addRequest = sink.addRequest.bind(agent);
  sink.addRequest = (request, ...rest) => {
    const exchange = current.getStore();
    if (exchange !== undefined) observe(request, exchange);
    addRequest(request, ...rest);
  };
  return agent;
}

function observe(request: ClientRequest, exchange: Exchange): void {
  exchange.isSent = true;
  const deadline = setTimeout(() => request.destroy(timeoutError(exchange)), exchange.timeoutMillis);
  // The connection keeps the process alive. Without one there is nothing to end.
  deadline.unref();
  request.once('close', () => clearTimeout(deadline));
  // The exporter's own timeout, which each byte restarts, is replaced by the deadline.
  request.setTimeout = () => request;
  request.once('response', ({ statusCode, headers }) => {
    exchange.status = statusCode;
    exchange.retryAfter = headers['retry-after'];
    // The exporter would obey a delay of zero by itself.
    delete headers['retry-after'];
  });
  // Node.js ends a request without a response or an error where the answer switches the protocol.
  request.once('upgrade', ({ statusCode }, socket) => {
    exchange.status = statusCode;
    socket.destroy();
    request.emit('error', new Error('the server answered with a protocol upgrade'));
  });
  request.once('error', (error: NodeJS.ErrnoException) => {
    const { alpnProtocol } = (request.socket ?? {}) as Partial<TLSSocket>;
    exchange.isRefusedByTls = error.code === 'ECONNRESET' && alpnProtocol === false && !request.reusedSocket;
    exchange.isStale = CLOSED.has(error.code ?? '') && request.reusedSocket && exchange.status === undefined;
  });
}

function timeoutError({ timeoutMillis }: Exchange): Error {
  return Object.assign(new Error(`no answer after ${Math.ceil(timeoutMillis)} ms`), {
    code: 'DEADLINE_EXCEEDED',
  });
}
