import { createServer as createHttp2Server, createSecureServer } from 'node:http2';
import type { AddressInfo, Server } from 'node:net';
import { type Certificates, createCertificates } from '../support/certificates.js';
import { type HttpAnswer, startHttpReceiver } from '../support/otlp-http-receiver.js';
import { type OtlpFault, startOtlpReceiver } from '../support/otlp-receiver.js';
import { runChecksApart } from '../support/run-command.js';

type Env = Readonly<Record<string, string>>;

/** A server, what is set for it, the exit code, and a part of what `check` says of it. */
interface Case {
  readonly server: () => Promise<string>;
  readonly env?: Env;
  readonly code: 0 | 1;
  readonly text: string;
}

const closing: (() => unknown)[] = [];
let certificates: Certificates;

async function grpc(answer?: () => OtlpFault | 'silence'): Promise<string> {
  const receiver = await startOtlpReceiver(answer);
  closing.push(() => receiver.close());
  return receiver.endpoint;
}

async function http(answer?: () => HttpAnswer | 'silence' | undefined, isSecure = false): Promise<string> {
  const { key, cert } = certificates.serverOptions;
  const receiver = await startHttpReceiver(answer, isSecure ? { key, cert } : undefined);
  closing.push(() => receiver.close());
  return receiver.origin;
}

async function listening(server: Server, scheme: string): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => server.close());
  return `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const HTTP: Env = { OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf' };
const SOON: Env = { OTEL_EXPORTER_OTLP_TIMEOUT: '300' };
const secure = () => http(undefined, true);
const withoutTls = () => listening(createHttp2Server(), 'https');
const secureGrpc = () => listening(createSecureServer(certificates.serverOptions), 'https');

const CASES: Readonly<Record<string, Case>> = {
  'gRPC accepts exports': { server: () => grpc(), code: 0, text: ' (grpc) accepts exports' },
  'HTTP accepts exports': {
    server: () => http(),
    env: HTTP,
    code: 0,
    text: '/v1/traces (http/protobuf) accepts',
  },
  'gRPC, nobody listens': {
    server: async () => 'http://127.0.0.1:1',
    code: 1,
    text: 'ECONNREFUSED 127.0.0.1:1; nothing listens there: start a Collector, or',
  },
  'HTTP, nobody listens': {
    server: async () => 'http://127.0.0.1:1',
    env: HTTP,
    code: 1,
    text: 'ECONNREFUSED 127.0.0.1:1; nothing listens there: start a Collector, or',
  },
  'gRPC to a port of HTTP': {
    server: () => http(),
    code: 1,
    text: 'that port speaks OTLP over HTTP: set OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf',
  },
  'HTTP to a port of gRPC': {
    server: () => grpc(),
    env: HTTP,
    code: 1,
    text: 'that port speaks OTLP over gRPC: set OTEL_EXPORTER_OTLP_PROTOCOL=grpc',
  },
  'gRPC, credentials refused': {
    server: () => grpc(() => ({ code: 16, message: 'no' })),
    code: 1,
    text: 'the Collector refuses the credentials: check OTEL_EXPORTER_OTLP_HEADERS',
  },
  'HTTP, credentials refused': {
    server: () => http(() => ({ status: 401 })),
    env: HTTP,
    code: 1,
    text: 'the Collector refuses the credentials: check OTEL_EXPORTER_OTLP_HEADERS',
  },
  'gRPC, no answer': {
    server: () => grpc(() => 'silence'),
    env: SOON,
    code: 1,
    text: 'check the address, and firewalls and proxies',
  },
  'HTTP, no answer': {
    server: () => http(() => 'silence'),
    env: { ...HTTP, ...SOON },
    code: 1,
    text: 'check the address, and firewalls and proxies',
  },
  'HTTP, no OTLP at the path': {
    server: () => http(() => ({ status: 404 })),
    env: HTTP,
    code: 1,
    text: 'no OTLP receiver at this path',
  },
  'HTTP, certificate of an unknown authority': {
    server: secure,
    env: HTTP,
    code: 1,
    text: 'its certificate is not trusted: set OTEL_EXPORTER_OTLP_CERTIFICATE',
  },
  'gRPC, certificate of an unknown authority': {
    server: secureGrpc,
    code: 1,
    text: 'its certificate is not trusted: set OTEL_EXPORTER_OTLP_CERTIFICATE',
  },
  'gRPC to a port of HTTPS': {
    server: secure,
    code: 1,
    text: 'that port uses TLS, but not for gRPC: set OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf',
  },
  'gRPC over TLS to a port without': {
    server: withoutTls,
    code: 1,
    text: 'that port does not use TLS: write http:// in place of https://',
  },
  'HTTP over TLS to a port without': {
    server: withoutTls,
    env: HTTP,
    code: 1,
    text: 'that port does not use TLS: write http:// in place of https://',
  },
  'HTTP to a port with TLS': {
    server: async () => (await secure()).replace('https:', 'http:'),
    env: HTTP,
    code: 1,
    text: 'if that port uses TLS, write https:// in place of http://',
  },
};

const SECRET = 'sk-proj-9fK2mX7qLw4TzR1v';
const seen = new Map<string, { readonly code: number; readonly text: string | undefined }>();

beforeAll(async () => {
  certificates = createCertificates();
  const runs = await Promise.all(
    Object.values(CASES).map(async ({ server, env }) => ({
      args: ['--json'],
      env: {
        LLM_EDGE_METRICS_PORT: 'none',
        OTEL_EXPORTER_OTLP_ENDPOINT: await server(),
        OTEL_EXPORTER_OTLP_HEADERS: `x-api-key=${SECRET}`,
        ...env,
      },
    })),
  );
  const results = await runChecksApart(runs);
  for (const [index, name] of Object.keys(CASES).entries()) {
    const { code = -1, stdout = '' } = results[index] ?? {};
    expect(stdout).not.toContain(SECRET);
    const { trials } = JSON.parse(stdout) as { trials: { subject: string; text: string }[] };
    seen.set(name, { code, text: trials.find(({ subject }) => subject === 'spans')?.text });
  }
});
afterAll(async () => {
  await Promise.all(closing.map((close) => close()));
  certificates.remove();
});

describe('check with a Collector', () => {
  it.each(Object.entries(CASES))('says what comes of it: %s', (name, { code, text }) => {
    expect(seen.get(name)).toEqual({ code, text: expect.stringContaining(text) });
  });
});
