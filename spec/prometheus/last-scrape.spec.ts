import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { send } from '../support/http-client.js';
import { createManualTimer } from '../support/manual-timer.js';
import { createLastScrape } from '../support/scrape-server.js';

const undo: (() => unknown)[] = [];

afterEach(async () => {
  for (const step of undo.splice(0)) await step();
});

/** Serves a handler, and tells whether the wait for a scrape has ended. */
async function start(handler: RequestListener) {
  const timer = createManualTimer();
  const lastScrape = createLastScrape(timer.setTimer);
  const server = createServer(lastScrape.watch(handler));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  undo.push(() => new Promise((resolve) => server.close(resolve)));
  const state = { isOver: false };
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`,
    timer,
    lastScrape,
    state,
    wait(millis: number): Promise<void> {
      return lastScrape.wait(millis).then(() => {
        state.isOver = true;
      });
    },
  };
}

const answer =
  (status: number): RequestListener =>
  (_request, response) => {
    response.writeHead(status).end('page');
  };

describe('createLastScrape()', () => {
  it('ends its wait with the first page, and sets no timer that goes on', async () => {
    const { url, timer, wait } = await start(answer(200));
    const waiting = wait(1000);
    expect(timer.delays).toEqual([1000]);
    const { headers, body } = await send(url, { headers: { connection: 'keep-alive' } });
    await waiting;
    expect([body.toString(), headers.connection, timer.delays]).toEqual(['page', 'close', []]);
  });

  it('leaves connections alone before it waits, and after', async () => {
    const { url, timer, wait } = await start(answer(200));
    const keepAlive = { headers: { connection: 'keep-alive' } };
    const before = await send(url, keepAlive);
    const waiting = wait(1000);
    timer.advance(1000);
    await waiting;
    const after = await send(url, keepAlive);
    expect([before.headers.connection, after.headers.connection]).toEqual(['keep-alive', 'keep-alive']);
  });

  it.each([
    ['HEAD', 200],
    ['GET', 401],
    ['GET', 500],
    ['GET', 503],
  ])('goes on after a %s that is answered with %d', async (method, status) => {
    const { url, timer, wait, state } = await start(answer(status));
    const waiting = wait(1000);
    expect((await send(url, { method })).status).toBe(status);
    timer.advance(999);
    expect([state.isOver, timer.delays]).toEqual([false, [1000]]);
    timer.advance(1);
    await waiting;
  });

  it('goes on after a scrape that arrived before the wait', async () => {
    let proceed = (): void => undefined;
    const arrived = withResolvers();
    const { url, timer, wait, state } = await start((_request, response) => {
      proceed = () => response.end('old page');
      arrived.resolve();
    });
    const early = send(url);
    await arrived.promise;
    const waiting = wait(1000);
    proceed();
    expect((await early).body.toString()).toBe('old page');
    expect([state.isOver, timer.delays]).toEqual([false, [1000]]);
    timer.advance(1000);
    await waiting;
  });

  it('goes on after a scraper that hung up before its page', async () => {
    const closed = withResolvers();
    const { url, timer, wait } = await start((_request, response) => {
      response.once('close', closed.resolve);
      response.destroy();
    });
    const waiting = wait(1000);
    await expect(send(url)).rejects.toThrow();
    await closed.promise;
    expect(timer.delays).toEqual([1000]);
    timer.advance(1000);
    await waiting;
  });

  it('ends its wait when it is told to', async () => {
    const { timer, lastScrape, wait } = await start(answer(200));
    lastScrape.end();
    const waiting = wait(1000);
    lastScrape.end();
    await waiting;
    expect(timer.delays).toEqual([]);
  });
});

function withResolvers(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
