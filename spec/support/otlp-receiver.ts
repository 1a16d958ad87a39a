import {
  createServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
} from 'node:http2';
import type { AddressInfo } from 'node:net';

/** The numbers of one push, by name and labels: `name{a="1"}`; a histogram shows its count. */
export type Push = Readonly<Record<string, number>>;

/** What a push says of an instrument beside its numbers. */
export interface PushedInstrument {
  readonly unit: string;
  /** The buckets of a histogram; none for other kinds. */
  readonly bounds: readonly number[];
}

/** One call that the receiver got. */
export interface OtlpRequest {
  readonly signal: 'traces' | 'metrics';
  readonly headers: IncomingHttpHeaders;
  /** Size of the message. */
  readonly bytes: number;
  readonly message: Buffer;
  /** The names of the spans; empty for metrics. */
  readonly spanNames: readonly string[];
}

/** The status of an answer that is not a success; `details` as they come in `grpc-status-details-bin`. */
export interface OtlpFault {
  readonly code: number;
  readonly message?: string;
  readonly details?: Buffer;
}

/** A Collector that keeps what it is sent. */
export interface OtlpReceiver {
  readonly endpoint: string;
  /** All calls, answered with success or not. */
  readonly requests: readonly OtlpRequest[];
  /** The pushes of metrics. */
  readonly pushes: readonly Push[];
  /** The instruments of the last push, by name. */
  readonly instruments: ReadonlyMap<string, PushedInstrument>;
  /** The names of the spans that were accepted. */
  readonly spanNames: readonly string[];
  close(): Promise<void>;
}

const MESSAGE_HEAD_BYTES = 5;
const GRPC = { ':status': 200, 'content-type': 'application/grpc' } as const;

/**
 * Starts a server that takes spans and metrics over OTLP gRPC.
 *
 * @param answer - what a call is answered with: a fault, nothing at all, or success, which is the default.
 */
export async function startOtlpReceiver(
  answer: (request: OtlpRequest) => OtlpFault | 'silence' | undefined = () => undefined,
): Promise<OtlpReceiver> {
  const requests: OtlpRequest[] = [];
  const pushes: Push[] = [];
  let lastPush = Buffer.alloc(0);
  const spanNames: string[] = [];
  const sessions = new Set<ServerHttp2Session>();
  const server: Http2Server = createServer();
  server.on('session', (session) => sessions.add(session));
  server.on('stream', (stream, headers) => {
    const chunks: Buffer[] = [];
    // A client that gives up resets its stream.
    stream.on('error', () => undefined);
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('end', () => {
      const message = Buffer.concat(chunks).subarray(MESSAGE_HEAD_BYTES);
      const signal = headers[':path']?.includes('MetricsService') === true ? 'metrics' : 'traces';
      const names = signal === 'traces' ? readSpanNames(message) : [];
      const request = { signal, headers, bytes: message.length, message, spanNames: names } as const;
      requests.push(request);
      if (signal === 'metrics') {
        pushes.push(readPush(message));
        lastPush = message;
      }
      const fault = answer(request);
      if (fault === 'silence') return;
      if (fault !== undefined) {
        stream.respond({ ...GRPC, ...statusHeaders(fault) }, { endStream: true });
        return;
      }
      spanNames.push(...names);
      stream.respond(GRPC, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
      stream.end(Buffer.alloc(MESSAGE_HEAD_BYTES));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    pushes,
    get instruments() {
      return new Map(readInstruments(lastPush));
    },
    spanNames,
    close() {
      for (const session of sessions) session.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

function statusHeaders({ code, message = '', details }: OtlpFault): Record<string, string> {
  return {
    'grpc-status': String(code),
    'grpc-message': message,
    ...(details === undefined
      ? {}
      : { 'grpc-status-details-bin': details.toString('base64').replace(/=+$/, '') }),
  };
}

/** The names of the spans in an export. */
export function readSpanNames(request: Buffer): string[] {
  return messages([request], 1, 2, 2).map((span) => text(messages([span], 5)[0]));
}

/** Where the protocol keeps the points of a gauge, a sum and a histogram, and a point its labels and its number. */
const POINTS = [5, 7, 9];
const NUMBER_LABELS = 7;
const HISTOGRAM = 9;

/** The numbers in a push. */
export function readPush(request: Buffer): Push {
  const push: Record<string, number> = {};
  const metrics = messages([request], 1, 2, 2);
  for (const metric of metrics) {
    const name = text(messages([metric], 1)[0]);
    for (const kind of POINTS) {
      for (const point of messages([metric], kind, 1)) {
        const isHistogram = kind === HISTOGRAM;
        const labels = messages([point], isHistogram ? HISTOGRAM : NUMBER_LABELS).map(
          (label) => `${text(messages([label], 1)[0])}="${labelValue(label)}"`,
        );
        const key = labels.length === 0 ? name : `${name}{${labels.join(',')}}`;
        push[key] = isHistogram ? whole(point, 4) : (double(point, 4) ?? whole(point, 6));
      }
    }
  }
  return push;
}

/** The text of a label, or its whole number. */
function labelValue(label: Buffer): string {
  return text(messages([label], 2, 1)[0]) || text(messages([label], 2, 3)[0]);
}

function readInstruments(request: Buffer): readonly (readonly [string, PushedInstrument])[] {
  return messages([request], 1, 2, 2).map((metric) => {
    const packed = messages([metric], HISTOGRAM, 1, 7)[0] ?? Buffer.alloc(0);
    const bounds = Array.from({ length: packed.length / 8 }, (_, index) => packed.readDoubleLE(index * 8));
    return [text(messages([metric], 1)[0]), { unit: text(messages([metric], 3)[0]), bounds }] as const;
  });
}

/** One field of a message: a length-delimited one as its bytes, a fixed one as its eight, a varint as its digits. */
interface Field {
  readonly number: number;
  readonly bytes: Buffer;
}

/** The messages found by following field numbers inwards. */
export function messages(from: readonly Buffer[], ...path: readonly number[]): readonly Buffer[] {
  return path.reduce<readonly Buffer[]>(
    (level, number) =>
      level.flatMap((bytes) =>
        fieldsOf(bytes)
          .filter((field) => field.number === number)
          .map((field) => field.bytes),
      ),
    from,
  );
}

function fieldsOf(message: Buffer): readonly Field[] {
  const fields: Field[] = [];
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = message[at++] ?? 0;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
  };
  while (at < message.length) {
    const tag = varint();
    const type = tag % 8;
    const length = type === 1 ? 8 : type === 5 ? 4 : type === 2 ? varint() : 0;
    // A varint is kept as its digits.
    const bytes = type === 0 ? Buffer.from(`${varint()}`) : message.subarray(at, at + length);
    fields.push({ number: Math.floor(tag / 8), bytes });
    at += length;
  }
  return fields;
}

function text(bytes: Buffer | undefined): string {
  return bytes?.toString() ?? '';
}

function double(message: Buffer, number: number): number | undefined {
  return messages([message], number)[0]?.readDoubleLE();
}

function whole(message: Buffer, number: number): number {
  return Number(messages([message], number)[0]?.readBigInt64LE() ?? Number.NaN);
}
