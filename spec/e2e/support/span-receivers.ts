import { createServer } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { listenOnLoopback } from '../../support/listen-on-loopback.js';
import { messages, startOtlpReceiver } from '../../support/otlp-receiver.js';

/** A span as a receiver got it. */
export interface ReceivedSpan {
  readonly name: string;
  readonly spanId: string;
  /** Empty for a root. */
  readonly parentSpanId: string;
}

/** A server that keeps the spans it is sent. */
export interface SpanReceiver {
  readonly endpoint: string;
  spans(): readonly ReceivedSpan[];
  close(): Promise<void>;
}

/** Starts a Collector that takes spans over gRPC. */
export async function startGrpcReceiver(): Promise<SpanReceiver> {
  const receiver = await startOtlpReceiver();
  return {
    ...receiver,
    spans: () =>
      receiver.requests
        .filter(({ signal }) => signal === 'traces')
        .flatMap(({ message }) => readProtobuf(message)),
  };
}

/** Starts a backend that takes spans over HTTP: OTLP in protobuf or JSON, and the envelopes of Sentry. */
export async function startHttpReceiver(): Promise<SpanReceiver> {
  const received: ReceivedSpan[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { url = '', headers } = request;
      const sent = Buffer.concat(chunks);
      const body = headers['content-encoding'] === 'gzip' ? gunzipSync(sent) : sent;
      if (url.includes('/envelope')) received.push(...readEnvelope(body.toString()));
      if (url.endsWith('/v1/traces')) {
        const isJson = headers['content-type']?.includes('json') === true;
        received.push(...(isJson ? readJson(body.toString()) : readProtobuf(body)));
      }
      response.end('{}');
    });
  });
  const { origin, close } = await listenOnLoopback(server);
  return { endpoint: origin, spans: () => received, close };
}

function readProtobuf(message: Buffer): ReceivedSpan[] {
  const hex = (span: Buffer, field: number): string => messages([span], field)[0]?.toString('hex') ?? '';
  return messages([message], 1, 2, 2).map((span) => ({
    name: messages([span], 5)[0]?.toString() ?? '',
    spanId: hex(span, 2),
    parentSpanId: hex(span, 4),
  }));
}

interface JsonTraces {
  readonly resourceSpans: readonly {
    readonly scopeSpans: readonly {
      readonly spans: readonly {
        readonly name: string;
        readonly spanId: string;
        readonly parentSpanId?: string;
      }[];
    }[];
  }[];
}

function readJson(text: string): ReceivedSpan[] {
  const { resourceSpans } = JSON.parse(text) as JsonTraces;
  return resourceSpans
    .flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans))
    .map(({ name, spanId, parentSpanId = '' }) => ({ name, spanId, parentSpanId }));
}

interface SentrySpan {
  readonly span_id: string;
  readonly parent_span_id?: string;
  readonly description?: string;
}

interface SentryEvent {
  readonly type?: string;
  readonly transaction?: string;
  readonly contexts?: { readonly trace?: SentrySpan };
  readonly spans?: readonly SentrySpan[];
}

/** An envelope is a header and items, each a header and a payload, a line each. A transaction holds its spans. */
function readEnvelope(text: string): ReceivedSpan[] {
  const lines = text.split('\n').filter((line) => line.startsWith('{'));
  const events = lines.map((line) => JSON.parse(line) as SentryEvent);
  return events.flatMap(({ transaction = '', contexts, spans = [] }) => {
    const root = contexts?.trace;
    if (root === undefined || transaction === '') return [];
    return [{ ...root, description: transaction }, ...spans].map((span) => ({
      name: span.description ?? '',
      spanId: span.span_id,
      parentSpanId: span.parent_span_id ?? '',
    }));
  });
}
