import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Collector, prepareCollector } from './collector.js';

/** Attributes as plain values; maps stay as OTLP writes them. */
export type PlainAttributes = Readonly<Record<string, unknown>>;

/** A span as the store received it. */
export interface StoredSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly name: string;
  /** 1 internal, 2 server, 3 client. */
  readonly kind: number;
  /** Since the epoch, to a fraction of a millisecond. */
  readonly startedAtMs: number;
  /** 0 unset, 1 ok, 2 error. */
  readonly statusCode: number;
  readonly statusMessage: string;
  readonly attributes: PlainAttributes;
  readonly events: readonly { readonly name: string; readonly attributes: PlainAttributes }[];
  readonly resource: PlainAttributes;
}

/** Where the Collector under test sends its spans; it can go away and come back. */
export interface TraceStore {
  /** `host:port` of OTLP over gRPC. */
  readonly endpoint: string;
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Every span ever received, twice where it was sent twice. */
  spans(): readonly StoredSpan[];
}

interface OtlpValue {
  readonly stringValue?: string;
  readonly intValue?: string;
  readonly doubleValue?: number;
  readonly boolValue?: boolean;
  readonly arrayValue?: { readonly values: readonly OtlpValue[] };
}
type OtlpAttributes = readonly { readonly key: string; readonly value: OtlpValue }[];
interface OtlpSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind?: number;
  readonly startTimeUnixNano: string;
  readonly status?: { readonly code?: number; readonly message?: string };
  readonly attributes?: OtlpAttributes;
  readonly events?: readonly { readonly name: string; readonly attributes?: OtlpAttributes }[];
}
interface OtlpTraces {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes?: OtlpAttributes };
    readonly scopeSpans: readonly { readonly spans: readonly OtlpSpan[] }[];
  }[];
}

/** Prepares a store that writes into `folder`. */
export async function prepareTraceStore(folder: string): Promise<TraceStore> {
  const file = join(folder, 'traces.jsonl');
  const collector: Collector = await prepareCollector('trace store', 'spec/e2e/support/trace-store.yaml', {
    TRACE_STORE_FILE: file,
  });
  return {
    endpoint: collector.otlpGrpc,
    start: () => collector.start(),
    stop: () => collector.stop(),
    spans: () => readStoredSpans(file),
  };
}

/** The spans in a file that a Collector wrote. */
export function readStoredSpans(file: string): readonly StoredSpan[] {
  const lines = readFileSync(file, 'utf8').split('\n');
  // The last piece is empty, or a line that is being written.
  return lines.slice(0, -1).flatMap((line) => {
    const { resourceSpans } = JSON.parse(line) as OtlpTraces;
    return resourceSpans.flatMap(({ resource, scopeSpans }) =>
      scopeSpans.flatMap(({ spans }) => spans.map((span) => toStoredSpan(span, plain(resource.attributes)))),
    );
  });
}

function toStoredSpan(span: OtlpSpan, resource: PlainAttributes): StoredSpan {
  return {
    traceId: span.traceId,
    spanId: span.spanId,
    parentSpanId: span.parentSpanId ?? '',
    name: span.name,
    kind: span.kind ?? 0,
    startedAtMs: Number(span.startTimeUnixNano) / 1_000_000,
    statusCode: span.status?.code ?? 0,
    statusMessage: span.status?.message ?? '',
    attributes: plain(span.attributes),
    events: (span.events ?? []).map(({ name, attributes }) => ({ name, attributes: plain(attributes) })),
    resource,
  };
}

function plain(attributes: OtlpAttributes = []): PlainAttributes {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, plainValue(value)]));
}

function plainValue(value: OtlpValue): unknown {
  if (value.intValue !== undefined) return Number(value.intValue);
  if (value.arrayValue !== undefined) return value.arrayValue.values.map(plainValue);
  return value.stringValue ?? value.doubleValue ?? value.boolValue ?? value;
}
