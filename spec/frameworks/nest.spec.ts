import 'reflect-metadata';
import { once } from 'node:events';
import { request as sendRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import {
  Body,
  type CanActivate,
  Controller,
  Get,
  HttpException,
  type INestApplication,
  Module,
  Param,
  ParseIntPipe,
  Post,
  Req,
  Sse,
  StreamableFile,
  UseGuards,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Observable } from 'rxjs';
import { instrumentFetch } from '../../lib/fetch.js';
import { recordCacheHit } from '../../lib/index.js';
import { type NestRequest, observeOperations, operationOf } from '../../lib/nest.js';
import { startTestMonitoring, type TestMonitoring } from '../../lib/testing.js';
import { type ModelServer, startModelServer } from '../support/model-server.js';
import { recordedSeries } from '../support/recorded-series.js';

const USAGE = { prompt_tokens: 10, completion_tokens: 2 };
const ANSWER = JSON.stringify({ model: 'gpt-4o', choices: [{ finish_reason: 'stop' }], usage: USAGE });
/** Longer than what a socket hands over at once, so that body parsers wait for the rest. */
const LONG_TEXT = 'a'.repeat(90_000);

let model: ModelServer;
let ask: () => Promise<string>;
/** Sends the next event of `GET /events`, or ends them. */
let events: { next(text: string): void; complete(): void } | undefined;

class Nobody implements CanActivate {
  canActivate(): boolean {
    return false;
  }
}

@Controller()
class ChatController {
  @Post('chat')
  async chat(@Body() body: { readonly text: string }): Promise<object> {
    return { answer: await ask(), length: body.text.length };
  }

  @Sse('events')
  events(): Observable<{ data: string }> {
    return new Observable((subscriber) => {
      events = {
        next: (data) => subscriber.next({ data }),
        complete: () => subscriber.complete(),
      };
      // Within the operation, like the rest.
      void ask();
    });
  }

  @Get('file')
  file(): StreamableFile {
    return new StreamableFile(Readable.from([Buffer.from('one'), Buffer.from('two')]));
  }

  @Get('things/:id')
  thing(@Param('id', ParseIntPipe) id: number): object {
    return { id };
  }

  @Get('closed')
  @UseGuards(Nobody)
  closed(): object {
    return {};
  }

  @Get('limited')
  limited(): never {
    throw Object.assign(new Error('slow down'), { status: 429, code: 'rate_limit_exceeded' });
  }

  @Get('teapot')
  teapot(): never {
    throw new HttpException('a teapot', 418);
  }

  @Get('cached')
  async cached(@Req() request: NestRequest): Promise<object> {
    return { hit: await operationOf(request)?.cacheLookup('L1', () => 'hit') };
  }
}

@Module({ imports: [observeOperations({ attributes: { tenant: 'a' } })], controllers: [ChatController] })
class AppModule {}

let test: TestMonitoring;
let app: INestApplication | undefined;
let origin: string;

beforeEach(async () => {
  test = await startTestMonitoring();
  model = await startModelServer((_call, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(ANSWER);
  });
  const fetch = instrumentFetch(globalThis.fetch, { hosts: { [model.host]: { provider: 'openai' } } });
  ask = async () => (await fetch(model.url, { method: 'POST', body: '{"model":"gpt-4o"}' })).text();
});
afterEach(async () => {
  events = undefined;
  await app?.close();
  app = undefined;
  await test.shutdown();
  await model.close();
});

async function start(platform: 'express' | 'fastify', prefix?: string): Promise<void> {
  app = await NestFactory.create(
    AppModule,
    platform === 'express' ? new ExpressAdapter() : new FastifyAdapter({ forceCloseConnections: true }),
    { logger: false },
  );
  if (prefix !== undefined) app.setGlobalPrefix(prefix);
  await app.listen(0, '127.0.0.1');
  origin = `http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}`;
}

const outcomes = (): Promise<object> => recordedSeries(test, 'llm_edge_operations_total').then(nonZero);

function nonZero(series: Readonly<Record<string, unknown>>): object {
  return Object.fromEntries(Object.entries(series).filter(([, count]) => count !== 0));
}

/** Waits until the only operation has ended, and returns its span. */
async function ended() {
  for (;;) {
    const span = (await test.spans()).find(({ attributes }) => 'http.request.method' in attributes);
    if (span !== undefined) return span;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe.each(['express', 'fastify'] as const)('observeOperations() of nest, on %s', (platform) => {
  it('makes one operation of a request with its calls, across the body parser', async () => {
    await start(platform);
    const response = await fetch(`${origin}/chat`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ text: LONG_TEXT }),
    });
    expect(await response.json()).toEqual({ answer: ANSWER, length: LONG_TEXT.length });
    const span = await ended();
    expect(span.name).toBe('POST /chat');
    expect(span.attributes).toMatchObject({
      'http.request.method': 'POST',
      'http.route': '/chat',
      'http.response.status_code': 201,
      'llm_edge.request_count': 1,
      tenant: 'a',
    });
    const call = (await test.spans()).find(({ name }) => name === 'chat gpt-4o');
    expect(call?.parentSpanContext?.spanId).toBe(span.spanContext().spanId);
    expect(await outcomes()).toEqual({ success: 1 });
  });

  it('ends with the last event of @Sse(), and takes the calls that its observable makes', async () => {
    await start(platform);
    const response = await fetch(`${origin}/events`);
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    events?.next('one');
    await reader.read();
    expect(await outcomes()).toEqual({});
    events?.complete();
    while (!(await reader.read()).done);
    expect((await ended()).attributes).toMatchObject({
      'http.route': '/events',
      'llm_edge.request_count': 1,
    });
    expect(await outcomes()).toEqual({ success: 1 });
  });

  it('is client_cancelled if the caller leaves a stream', async () => {
    await start(platform);
    const call = sendRequest(`${origin}/events`).on('error', () => undefined);
    call.end();
    const [incoming] = await once(call, 'response');
    incoming.on('error', () => undefined);
    events?.next('one');
    await once(incoming, 'data');
    call.destroy();
    expect((await ended()).attributes).toMatchObject({ 'error.type': 'client_cancelled' });
    expect(await outcomes()).toEqual({ 'client_cancelled error': 1 });
  });

  it('ends with the last byte of a file', async () => {
    await start(platform);
    expect(await (await fetch(`${origin}/file`)).text()).toBe('onetwo');
    expect((await ended()).name).toBe('GET /file');
    expect(await outcomes()).toEqual({ success: 1 });
  });

  it.each([
    ['a guard', '/closed', 403, 'GET /closed'],
    ['a pipe', '/things/x', 400, 'GET /things/:id'],
    ['an exception with a status', '/teapot', 418, 'GET /teapot'],
    ['no route', '/nowhere', 404, 'GET'],
  ])('counts no failure of this server where %s answers', async (_what, path, status, name) => {
    await start(platform);
    const response = await fetch(`${origin}${path}`);
    await response.text();
    expect(response.status).toBe(status);
    const span = await ended();
    expect([span.name, span.attributes['http.response.status_code']]).toEqual([name, status]);
    expect(await outcomes()).toEqual({ success: 1 });
  });

  it('gives a response of 500 the type of the error that an exception filter has answered', async () => {
    await start(platform);
    const response = await fetch(`${origin}/limited`);
    await response.text();
    expect(response.status).toBe(500);
    expect((await ended()).name).toBe('GET /limited');
    expect(await outcomes()).toEqual({ 'rate_limited error': 1 });
  });

  it('observes all paths beside a global prefix, and hands out the operation', async () => {
    await start(platform, 'v1');
    expect(await (await fetch(`${origin}/v1/cached`)).json()).toEqual({ hit: 'hit' });
    expect((await ended()).name).toBe('GET /v1/cached');
    expect(nonZero(await recordedSeries(test, 'llm_edge_cache_hits_total'))).toEqual({ L1: 1 });
    await (await fetch(`${origin}/cached`)).text();
    while (Object.values(await outcomes())[0] !== 2) await new Promise((resolve) => setImmediate(resolve));
  });

  it('does nothing without monitoring', async () => {
    await test.shutdown();
    await start(platform);
    recordCacheHit('L1');
    expect(await (await fetch(`${origin}/things/1`)).json()).toEqual({ id: 1 });
    expect(await (await fetch(`${origin}/cached`)).json()).toEqual({});
    test = await startTestMonitoring();
  });
});

describe('observeOperations() of nest', () => {
  it('refuses wrong options', () => {
    expect(() => observeOperations({ maxDurationMs: -1 })).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_CONFIG' }),
    );
  });
});
