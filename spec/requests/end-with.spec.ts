import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { connect, createServer as createHttp2Server, type Http2ServerResponse } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { SpanStatusCode } from '@opentelemetry/api';
import {
  type NodeServerResponse,
  type OperationHandle,
  observeOperation,
  startOperation,
  startRequest,
} from '../../lib/index.js';
import { startTestMonitoring, type TestMonitoring } from '../../lib/testing.js';
import { listenOnLoopback } from '../support/listen-on-loopback.js';

type Handler = (operation: OperationHandle, response: ServerResponse, request: IncomingMessage) => unknown;

/** How a client takes an answer. */
type Client = 'reads' | 'leaves' | 'resets' | 'leaves before the answer';

const BOOM = Object.assign(new Error('boom'), { code: 'ETIMEDOUT' });

let test: TestMonitoring;

beforeEach(async () => {
  test = await startTestMonitoring();
});
afterEach(() => test.shutdown());

/** What was recorded of the operations, one text each. */
async function outcomes(): Promise<string[]> {
  const series = await test.series('llm_edge_operations_total');
  return series.flatMap(({ labels: { status, error_type: errorType }, value }) =>
    Array<string>(Number(value)).fill(String(errorType ?? status)),
  );
}

/** Serves one call and waits until its response is closed. */
async function serve(handler: Handler, client: Client = 'reads', method = 'GET'): Promise<string> {
  const server = createServer((request, response) => {
    response.on('close', () => server.emit('served'));
    const operation = startOperation({ name: 'served' });
    operation.endWith(response);
    void operation.run(() => handler(operation, response, request));
    if (client === 'leaves before the answer') call.destroy();
  });
  const served = once(server, 'served');
  const { origin, close } = await listenOnLoopback(server);
  const call = request(origin, { method }).on('error', () => undefined);
  call.on('response', (answer) => {
    answer.on('error', () => undefined);
    if (client === 'reads') answer.resume();
    else answer.once('data', () => (client === 'leaves' ? call.destroy() : call.socket?.resetAndDestroy()));
  });
  call.end();
  await served;
  call.destroy();
  await close();
  const recorded = await outcomes();
  expect(recorded).toHaveLength(1);
  return recorded[0] ?? '';
}

async function span() {
  const spans = (await test.spans()).filter(({ name }) => name === 'served');
  expect(spans).toHaveLength(1);
  return spans[0] as (typeof spans)[number];
}

describe('operation.endWith()', () => {
  it.each<[number, string]>([
    [200, 'success'],
    [204, 'success'],
    [304, 'success'],
    [404, 'success'],
    [429, 'success'],
    [500, 'server_error'],
    [502, 'server_error'],
    [503, 'overloaded'],
    [504, 'timeout'],
  ])('records status %i as %s', async (status, outcome) => {
    expect(await serve((_operation, response) => response.writeHead(status).end())).toBe(outcome);
    const { attributes, status: spanStatus } = await span();
    expect(attributes['http.response.status_code']).toBe(status);
    expect(spanStatus.code).toBe(outcome === 'success' ? SpanStatusCode.UNSET : SpanStatusCode.ERROR);
  });

  it('ends with the last byte, after the handler has returned', async () => {
    let isEndedEarly = true;
    await serve((operation, response) => {
      response.flushHeaders();
      setTimeout(() => response.write('first'), 20);
      setTimeout(() => {
        isEndedEarly = operation.ended;
        response.end('last');
      }, 60);
    });
    expect(isEndedEarly).toBe(false);
    const { sum } = (await test.value('llm_edge_operation_duration_ms', {})) as { readonly sum: number };
    const firstByteMs = (await span()).attributes['llm_edge.time_to_first_byte_ms'];
    expect(firstByteMs).toBeGreaterThan(18);
    expect(firstByteMs).toBeLessThan(sum);
    expect(sum).toBeGreaterThan(58);
  });

  describe('with a response that does not reach its end', () => {
    it.each<Client>(['leaves', 'resets'])('is cancelled by a client that %s', async (client) => {
      expect(await serve((_operation, response) => response.write('x'), client)).toBe('client_cancelled');
      expect((await span()).attributes['http.response.status_code']).toBe(200);
    });

    it('is cancelled by a client that leaves before it begins', async () => {
      expect(await serve(() => undefined, 'leaves before the answer')).toBe('client_cancelled');
      expect((await span()).attributes).not.toHaveProperty(['http.response.status_code']);
    });

    it('is cancelled by a client that leaves while the rest is being sent', async () => {
      const answer = (_operation: OperationHandle, response: ServerResponse) => {
        response.write(Buffer.alloc(50_000_000));
        response.end();
      };
      expect(await serve(answer, 'leaves')).toBe('client_cancelled');
    });

    it('is not the client’s fault if this process destroys it', async () => {
      const outcome = await serve((_operation, response) =>
        response.write('x', () => response.destroy(new Error('x'))),
      );
      expect(outcome).toBe('stream_interrupted');
    });

    it('keeps the type of a known error', async () => {
      expect(await serve((_operation, response) => response.write('x', () => response.destroy(BOOM)))).toBe(
        'timeout',
      );
    });

    it.each(['response', 'socket'] as const)('knows who destroyed the %s without an error', async (which) => {
      const outcome = await serve((_operation, response, { socket }) =>
        response.write('x', () => (which === 'response' ? response : socket).destroy()),
      );
      expect(outcome).toBe('stream_interrupted');
    });

    it('is a failure of the server if it never began', async () => {
      expect(await serve((_operation, response) => response.destroy())).toBe('server_error');
    });

    it('is interrupted if the source of a pipe closes early', async () => {
      const outcome = await serve(async (_operation, response) => {
        const source = new Readable({ read: () => undefined });
        source.push('x');
        response.once('pipe', () => setImmediate(() => source.destroy()));
        await pipeline(source, response).catch(() => undefined);
      });
      expect(outcome).toBe('stream_interrupted');
    });
  });

  describe('with requests', () => {
    const GPT = { provider: 'openai', model: 'gpt-4o' };

    it('blames the last one for a status of 500 and up', async () => {
      const outcome = await serve((_operation, response) => {
        startRequest(GPT).fail(new Error('x'), 'rate_limited');
        response.writeHead(502).end();
      });
      expect(outcome).toBe('rate_limited');
    });

    it('blames none that was repeated with success', async () => {
      const outcome = await serve((_operation, response) => {
        startRequest(GPT).fail(new Error('x'), 'rate_limited');
        startRequest(GPT).end();
        response.writeHead(500).end();
      });
      expect(outcome).toBe('server_error');
    });

    it('takes their time from the overhead, across await', async () => {
      await serve(async (_operation, response) => {
        await Promise.resolve();
        const request = startRequest(GPT);
        setTimeout(() => {
          request.end();
          response.end();
        }, 50);
      });
      const sumOf = async (metric: 'llm_edge_operation_duration_ms' | 'llm_edge_request_duration_ms') =>
        (await test.series(metric)).map(({ value }) => (value as { readonly sum: number }).sum)[0] ?? 0;
      const requestMs = await sumOf('llm_edge_request_duration_ms');
      const { attributes } = await span();
      expect(requestMs).toBeGreaterThan(48);
      expect(attributes['llm_edge.request_count']).toBe(1);
      expect(attributes['llm_edge.overhead_ms']).toBeCloseTo(
        (await sumOf('llm_edge_operation_duration_ms')) - requestMs,
      );
    });
  });

  describe('with the handle', () => {
    it('lets an explicit failure win', async () => {
      const outcome = await serve((operation, response) => {
        operation.fail(new Error('x'), 'budget_exceeded');
        response.writeHead(402).end();
      });
      expect(outcome).toBe('budget_exceeded');
    });

    it.each(['a value', 'an error'])(
      'ignores that the callback of an observed operation gives %s',
      async (given) => {
        const server = createServer((_request, response) => {
          response.on('close', () => server.emit('served'));
          const handle = async (operation: OperationHandle) => {
            await Promise.resolve();
            operation.endWith(response);
            if (given === 'an error') throw BOOM;
          };
          observeOperation({ name: 'served' }, handle).then(
            () => response.writeHead(500).end(),
            () => response.writeHead(500).end(),
          );
        });
        const served = once(server, 'served');
        const { origin, close } = await listenOnLoopback(server);
        await (await fetch(origin)).text();
        await served;
        await close();
        expect(await outcomes()).toEqual([given === 'an error' ? 'timeout' : 'server_error']);
      },
    );

    it('leaves the methods of the response as they were', async () => {
      let own: string[] | undefined;
      await serve((_operation, response) => {
        response.write('x');
        own = ['write', 'end'].filter((name) => Object.hasOwn(response, name));
        response.end();
      });
      expect(own).toEqual([]);
    });

    it('works beside a middleware that replaces the methods later', async () => {
      const outcome = await serve((_operation, response) => {
        const { write, end } = response;
        const calls: unknown[] = [];
        response.write = (...args: unknown[]) => {
          calls.push(args[0]);
          return Reflect.apply(write, response, args) as boolean;
        };
        response.end = (...args: unknown[]) => Reflect.apply(end, response, args) as ServerResponse;
        response.write('a');
        response.write('b');
        response.end(() => expect(calls).toEqual(['a', 'b']));
      });
      expect(outcome).toBe('success');
      expect((await span()).attributes).toHaveProperty(['llm_edge.time_to_first_byte_ms']);
    });

    it('ends at once with a response that is over', async () => {
      let over: ServerResponse | undefined;
      await serve((_operation, response) => {
        over = response;
        response.writeHead(503).end();
      });
      const late = startOperation({});
      late.endWith(over as ServerResponse);
      expect(late.ended).toBe(true);
      expect(await outcomes()).toEqual(['overloaded', 'overloaded']);
    });

    it.each([undefined, null, {}, 'x'])('counts %p as an invalid value', async (value) => {
      const operation = startOperation({});
      operation.endWith(value as unknown as NodeServerResponse);
      expect(operation.ended).toBe(false);
      operation.end();
      expect(await outcomes()).toEqual(['success']);
      expect(await test.value('llm_edge_monitoring_dropped_total', { reason: 'invalid_value' })).toBe(1);
    });
  });

  describe('with HTTP/2', () => {
    type Http2Handler = (response: Http2ServerResponse) => unknown;

    async function serveHttp2(
      handler: Http2Handler,
      client: 'reads' | 'cancels' | 'leaves',
    ): Promise<string> {
      const server = createHttp2Server((_request, response) => {
        response.stream.on('error', () => undefined);
        response.on('close', () => server.emit('served'));
        startOperation({ name: 'served' }).endWith(response);
        handler(response);
      }).listen(0, '127.0.0.1');
      await once(server, 'listening');
      const served = once(server, 'served');
      const session = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
      session.on('error', () => undefined);
      const stream = session.request({ ':path': '/' }).on('error', () => undefined);
      if (client === 'reads') stream.resume();
      else stream.once('data', () => (client === 'cancels' ? stream.close(8) : session.destroy()));
      await served;
      session.destroy();
      server.close();
      await once(server, 'close');
      return (await outcomes()).join();
    }

    it.each<[string, Http2Handler, 'reads' | 'cancels' | 'leaves', string]>([
      ['reads', (response) => response.end('x'), 'reads', 'success'],
      ['reads a 503', (response) => response.writeHead(503).end('x'), 'reads', 'overloaded'],
      ['cancels', (response) => response.write('x'), 'cancels', 'client_cancelled'],
      ['leaves', (response) => response.write('x'), 'leaves', 'client_cancelled'],
      [
        'is cut off',
        (response) => response.write('x', () => response.stream.destroy(new Error('x'))),
        'reads',
        'stream_interrupted',
      ],
    ])('knows a client that %s', async (_name, handler, client, outcome) => {
      expect(await serveHttp2(handler, client)).toBe(outcome);
      expect((await span()).attributes).toHaveProperty(['llm_edge.time_to_first_byte_ms']);
    });
  });
});

describe('startOperation()', () => {
  it('does nothing before initMonitoring', async () => {
    await test.shutdown();
    const operation = startOperation({});
    operation.endWith(undefined as unknown as NodeServerResponse);
    expect([operation.run(() => 1), operation.ended, operation.span.isRecording()]).toEqual([
      1,
      false,
      false,
    ]);
    operation.end();
    expect(operation.ended).toBe(true);
    test = await startTestMonitoring();
  });
});
