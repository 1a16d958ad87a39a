import { type AddressInfo, createServer, type Socket } from 'node:net';
import { type Certificates, createCertificates } from '../support/certificates.js';
import { exportOverHttp } from '../support/http-exports.js';
import { type HttpAnswer, type HttpReceiver, startHttpReceiver } from '../support/otlp-http-receiver.js';

const DAY_MILLIS = 86_400_000;
const inOneDay = (): string => new Date(Date.now() + DAY_MILLIS).toUTCString();
const busy = (retryAfter: string): HttpAnswer => ({ status: 503, headers: { 'retry-after': retryAfter } });
const final = { retryable: false, tooLarge: false };
const passing = { retryable: true, tooLarge: false };

/** What the receiver does, and what the failure then is; `undefined` for a success. */
const CASES: readonly [HttpAnswer | 'cut' | 'drip' | 'silence' | undefined, object | undefined][] = [
  [undefined, undefined],
  [{ status: 202 }, undefined],
  // Partial success: one span of it was rejected.
  [{ status: 200, body: Buffer.from([0x0a, 0x02, 0x08, 0x01]) }, undefined],
  [{ status: 200, body: 'no message of OTLP' }, undefined],
  [{ status: 400 }, { reason: 'HTTP 400', message: 'HTTP 400 Bad Request', ...final }],
  [
    { status: 401, body: 'secret'.repeat(9) },
    { message: 'HTTP 401 Unauthorized', ...final },
  ],
  [{ status: 404 }, { message: expect.stringContaining('no OTLP receiver at this path'), ...final }],
  [{ status: 413 }, { reason: 'HTTP 413', retryable: false, tooLarge: true }],
  [
    { status: 302, headers: { location: '/elsewhere' } },
    { reason: 'HTTP 302', ...final },
  ],
  [{ status: 500 }, { reason: 'HTTP 500', ...final }],
  [{ status: 429 }, { reason: 'HTTP 429', ...passing }],
  [{ status: 502 }, { reason: 'HTTP 502', ...passing }],
  [{ status: 503 }, { reason: 'HTTP 503', ...passing }],
  [{ status: 504 }, { reason: 'HTTP 504', ...passing }],
  [busy('2'), { delayMillis: 2000, ...passing }],
  [busy('0'), { delayMillis: 0, ...passing }],
  [busy('9999999999'), { delayMillis: 9_999_999_999_000, ...passing }],
  [busy('Thu, 01 Jan 1970 00:00:00 GMT'), { delayMillis: 0, ...passing }],
  [busy(inOneDay()), { delayMillis: expect.closeTo(DAY_MILLIS, -7), ...passing }],
  [busy('-1'), { reason: 'HTTP 503', message: 'HTTP 503', ...passing }],
  [busy('1e9'), { reason: 'HTTP 503', message: 'HTTP 503', ...passing }],
  [busy('soon'), { reason: 'HTTP 503', message: 'HTTP 503', ...passing }],
  [busy('9'.repeat(5000)), { reason: 'HTTP 503', message: 'HTTP 503', ...passing }],
  ['cut', { reason: 'ECONNRESET', ...passing }],
];

async function listen(onConnection: (socket: Socket) => void) {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    onConnection(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: (server.address() as AddressInfo).port, close: () => server.close() };
}

describe('an export over HTTP', () => {
  let certificates: Certificates;
  let receiver: HttpReceiver;
  beforeAll(() => {
    certificates = createCertificates();
  });
  afterEach(() => receiver.close());
  afterAll(() => certificates.remove());

  it('is one request, and its failure is read as the specification says', async () => {
    const numberIn = (url: string): number => Number(/\d+/.exec(url)?.[0]);
    receiver = await startHttpReceiver(({ url }) => CASES[numberIn(url)]?.[0]);
    const results = await exportOverHttp(CASES.map((_, index) => ({ url: `${receiver.origin}/${index}` })));
    for (const [index, [answer, failure]] of CASES.entries()) {
      expect([answer, results[index]]).toMatchObject([answer, failure ?? {}]);
      if (failure === undefined) expect(results[index]).toEqual({});
    }
    expect(receiver.requests.map(({ url }) => numberIn(url))).toEqual([...CASES.keys()]);
    expect(JSON.stringify(results)).not.toContain('secret');
  });

  it('ends at its deadline, whatever the receiver sends meanwhile', async () => {
    receiver = await startHttpReceiver(({ url }) => (url === '/drip' ? 'drip' : 'silence'));
    const exports = ['silence', 'drip'].map((path) => ({
      url: `${receiver.origin}/${path}`,
      timeoutMillis: 200,
    }));
    expect(await exportOverHttp(exports)).toMatchObject([
      { reason: 'DEADLINE_EXCEEDED', message: 'no answer after 200 ms', ...passing },
      { reason: 'HTTP 503', ...passing },
    ]);
    expect(receiver.requests).toHaveLength(2);
  });

  it('ends as the status says where the answer is cut off, too long, or switches the protocol', async () => {
    receiver = await startHttpReceiver();
    const answers = [
      'HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc',
      `HTTP/1.1 200 OK\r\n\r\n${'a'.repeat(5_000_000)}`,
      'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\nmore',
      'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: any\r\n\r\n',
    ];
    const servers = await Promise.all(
      answers.map((answer) => listen((socket) => socket.once('data', () => socket.end(answer)))),
    );
    const results = await exportOverHttp(servers.map(({ port }) => ({ url: `http://127.0.0.1:${port}` })));
    for (const { close } of servers) close();
    expect(results).toEqual([{}, {}, {}, { reason: 'HTTP 101', message: 'HTTP 101', ...final }]);
  });

  it('may succeed later where no connection was made', async () => {
    receiver = await startHttpReceiver();
    await receiver.close();
    expect(await exportOverHttp([{ url: `${receiver.origin}/v1/traces` }])).toMatchObject([
      { reason: 'ECONNREFUSED', ...passing },
    ]);
  });

  it('says that the server speaks gRPC where the answer is a frame of HTTP/2, as of a gRPC server', async () => {
    receiver = await startHttpReceiver();
    const settings = Buffer.from([0, 0, 6, 4, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0x40, 0]);
    const garbage = Buffer.from('220 mail.example ESMTP\r\n');
    const servers = await Promise.all(
      [settings, garbage].map((answer) => listen((socket) => socket.end(answer))),
    );
    const results = await exportOverHttp(
      servers.map(({ port }) => ({ url: `http://127.0.0.1:${port}/v1/traces` })),
    );
    for (const { close } of servers) close();
    expect(results).toMatchObject([
      {
        reason: 'HPE_INVALID_CONSTANT',
        message: expect.stringContaining('OTEL_EXPORTER_OTLP_PROTOCOL=grpc'),
      },
      { message: expect.not.stringContaining('OTEL_EXPORTER') },
    ]);
  });

  it('uses the certificates over https, and says what TLS refuses', async () => {
    receiver = await startHttpReceiver(undefined, certificates.serverOptions);
    const url = `${receiver.origin}/v1/traces`;
    const { authorityFile: certificateFile, keyFile: clientKeyFile } = certificates;
    const mutual = { certificateFile, clientKeyFile, clientCertificateFile: certificates.certificateFile };
    expect(await exportOverHttp([{ url }, { url, certificateFile }, { url, ...mutual }])).toMatchObject([
      { message: expect.stringContaining('certificate'), ...passing },
      { message: expect.stringMatching(/certificate|socket/), ...passing },
      {},
    ]);
    expect(receiver.requests).toHaveLength(1);
  });
});
