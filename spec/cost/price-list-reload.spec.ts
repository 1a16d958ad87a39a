import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PricingOptions } from '../../lib/index.js';
import { startTestMonitoring, type TestMonitoring } from '../../lib/testing.js';
import { type CapturedLog, captureLog } from '../support/captured-log.js';
import { type LoopbackServer, listenOnLoopback } from '../support/listen-on-loopback.js';
import { copyOfList, type ListDocument, until, usdOf, withPrice } from '../support/price-list.js';
import { withEnv } from '../support/with-env.js';

const SOON_MILLIS = 5;
const REFUSED = 'error: the price list of the option pricing.list is not used: ';

const folder = mkdtempSync(join(tmpdir(), 'price-list-'));
const file = join(folder, 'data.json');
let bundled: ListDocument[];
let test: TestMonitoring | undefined;
let log: CapturedLog;

beforeAll(async () => {
  bundled = await copyOfList();
});
beforeEach(() => {
  log = captureLog();
});
afterEach(async () => {
  await test?.shutdown();
  test = undefined;
  log.release();
});
afterAll(() => rmSync(folder, { recursive: true }));

let ageSeconds = 1_000_000;

/** Writes the document of the file, with a new time. */
function write(content: unknown): void {
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  ageSeconds += 1;
  utimesSync(file, ageSeconds, ageSeconds);
}

async function start(list: PricingOptions['list']): Promise<TestMonitoring> {
  test = await startTestMonitoring({ pricing: { list } });
  return test;
}

const one = async (metric: Parameters<TestMonitoring['series']>[0]): Promise<unknown> =>
  (await test?.series(metric))?.[0]?.value;
const inForce = async (): Promise<unknown> => (await test?.series('llm_edge_price_list_info'))?.[0]?.labels;
const reloaded = (): Promise<unknown> => one('llm_edge_price_list_last_reload_successful');
const refusals = (): readonly string[] =>
  log.lines.filter((line) => line.startsWith(REFUSED)).map((line) => line.slice(REFUSED.length));

const digest = (content: unknown): string =>
  createHash('sha256').update(JSON.stringify(content)).digest('hex');

describe('the installed price list', () => {
  it('says what it is', async () => {
    await start(undefined);
    expect(await inForce()).toEqual({ source: 'bundled', version: expect.stringMatching(/^\d+\.\d+\.\d+$/) });
    expect(await one('llm_edge_price_list_timestamp_seconds')).toBeGreaterThan(
      Date.parse('2026-09-01') / 1000,
    );
    expect(await reloaded()).toBe(1);
  });
});

describe('a price list in a file', () => {
  it('is in force from its load to the shutdown, and says what it is', async () => {
    const list = withPrice(bundled, 'newest-model', 7);
    write(list);
    expect(usdOf('newest-model')).toBeUndefined();
    await start(file);
    await until(() => usdOf('newest-model') === 7);
    expect(await inForce()).toEqual({ source: 'file', version: digest(list).slice(0, 12) });
    expect(await one('llm_edge_price_list_timestamp_seconds')).toBe(ageSeconds);
    expect(usdOf('gpt-4o')).toBe(2.5);
    await test?.shutdown();
    expect(usdOf('newest-model')).toBeUndefined();
    expect(usdOf('gpt-4o')).toBe(2.5);
  });

  it('is read again when it has changed, and the series of the old one ends', async () => {
    write(withPrice(bundled, 'newest-model', 7));
    await start({ from: file, refreshIntervalMillis: SOON_MILLIS });
    await until(() => usdOf('newest-model') === 7);
    expect(await test?.series('llm_edge_price_list_info')).toHaveLength(1);
    const list = withPrice(bundled, 'newest-model', 8);
    write(list);
    await until(() => usdOf('newest-model') === 8);
    expect(await inForce()).toEqual({ source: 'file', version: digest(list).slice(0, 12) });
    expect(await test?.series('llm_edge_price_list_info')).toHaveLength(1);
  });

  it.each([
    ['is not JSON', '{', 'it is not JSON'],
    ['is no list', {}, 'it is not a list of 1 to 1000 providers'],
    ['is empty', [], 'it is not a list of 1 to 1000 providers'],
    ['has a negative price', ['openai', -1], 'input_mtok is not a price'],
    ['has a price that is a text', ['openai', '1'], 'input_mtok is not a price'],
    ['has a price that is too large to be a number', '[1e999]', '[0] has no id'],
  ])('that %s is refused, and the old one stays in force', async (_, content, reason) => {
    const price = Array.isArray(content) && content.length === 2 ? content[1] : undefined;
    write(price === undefined ? content : withPrice(bundled, 'newest-model', price as number));
    await start({ from: file, refreshIntervalMillis: SOON_MILLIS });
    await until(async () => (await reloaded()) === 0);
    expect(refusals()).toEqual([expect.stringContaining(reason)]);
    expect(usdOf('gpt-4o')).toBe(2.5);
    expect(await inForce()).toMatchObject({ source: 'bundled' });
    write(withPrice(bundled, 'newest-model', 7));
    await until(async () => (await reloaded()) === 1);
    expect(usdOf('newest-model')).toBe(7);
  });

  it.each([
    ['no id', { match: { equals: 'm' }, prices: {} }, 'has no id'],
    ['no rule', { id: 'm', prices: {} }, 'has no rule'],
    ['two rules', { id: 'm', match: { equals: 'm', contains: 'm' }, prices: {} }, 'is not one rule'],
    ['a rule without end', { id: 'm', match: nested(20), prices: {} }, 'is not one rule'],
    ['an expression that is slow', { id: 'm', match: { regex: '^(a+)+$' }, prices: {} }, 'may take too long'],
    ['many repetitions', { id: 'm', match: { regex: '.*.*.*.*x' }, prices: {} }, 'may take too long'],
    ['a broken expression', { id: 'm', match: { regex: '(' }, prices: {} }, 'may take too long'],
    ['no prices', { id: 'm', match: { equals: 'm' } }, 'is not an object'],
    [
      'a tier without price',
      { id: 'm', match: { equals: 'm' }, prices: { input_mtok: { base: 1, tiers: [{}] } } },
      'is not a price',
    ],
    [
      'an unknown date',
      { id: 'm', match: { equals: 'm' }, prices: [{ constraint: { start_date: 'x' }, prices: {} }] },
      'constraint',
    ],
  ])('is refused for a model with %s', async (_, model, reason) => {
    write([...bundled, { id: 'mine', name: 'Mine', api_pattern: '', models: [model] }]);
    await start(file);
    await until(async () => (await reloaded()) === 0);
    expect(refusals()).toEqual([expect.stringContaining(reason)]);
    expect(usdOf('gpt-4o')).toBe(2.5);
  });

  it('is refused if more than 5 % of the models are missing, unless accepted', async () => {
    const list = bundled.filter(({ id }) => id !== 'openrouter');
    write(list);
    await start(file);
    await until(async () => (await reloaded()) === 0);
    expect(refusals()).toEqual([expect.stringMatching(/^\d+\.\d % of the models are missing from it$/)]);
    await test?.shutdown();
    await start({ from: file, accept: true });
    await until(async () => ((await inForce()) as { source: string }).source === 'file');
    expect(usdOf('gpt-4o')).toBe(2.5);
  });

  it('is accepted with a few models less', async () => {
    const list = withPrice(bundled, 'newest-model', 7);
    for (const provider of list) provider.models = provider.models.filter(({ id }) => id !== 'o1-preview');
    write(list);
    await start(file);
    await until(() => usdOf('newest-model') === 7);
  });

  it.each([25.1, 0.249])('is refused if a price in use becomes %d, unless accepted', async (usd) => {
    expect(usdOf('gpt-4o')).toBe(2.5);
    write(withPrice(withPrice(bundled, 'gpt-4o', usd), 'newest-model', 7));
    await start(file);
    await until(async () => (await reloaded()) === 0);
    expect(refusals()).toEqual(['it changes a price in use more than tenfold: input_mtok of openai/gpt-4o']);
    expect([usdOf('gpt-4o'), usdOf('newest-model')]).toEqual([2.5, undefined]);
    await test?.shutdown();
    await start({ from: file, accept: true });
    await until(() => usdOf('gpt-4o') === usd);
  });

  it('is refused if a price in use has a tier that is wild', async () => {
    expect(usdOf('gpt-4o')).toBe(2.5);
    const copy = structuredClone(bundled);
    const model = copy.find(({ id }) => id === 'openai')?.models.find(({ id }) => id === 'gpt-4o');
    Object.assign(model?.prices ?? {}, { input_mtok: { base: 2.5, tiers: [{ start: 1000, price: 2500 }] } });
    write(copy);
    await start(file);
    await until(async () => (await reloaded()) === 0);
    expect(refusals()).toEqual(['it changes a price in use more than tenfold: input_mtok of openai/gpt-4o']);
  });

  it('is refused if another row takes a model in use for a wild price', async () => {
    expect(usdOf('gpt-4o')).toBe(2.5);
    const copy = structuredClone(bundled);
    const prices = { input_mtok: 2500, output_mtok: 10 };
    const { models } = copy.find(({ id }) => id === 'openai') as { models: object[] };
    models.unshift({ id: 'everything', match: { contains: '' }, prices });
    write(copy);
    await start(file);
    await until(async () => (await reloaded()) === 0);
    expect(refusals()).toEqual(['it changes a price in use more than tenfold: input_mtok of openai/gpt-4o']);
    expect(usdOf('gpt-4o')).toBe(2.5);
  });

  it('is refused with another digest, and accepted with its own', async () => {
    const list = withPrice(bundled, 'newest-model', 7);
    write(list);
    await start({ from: file, sha256: digest(bundled) });
    await until(async () => (await reloaded()) === 0);
    expect(refusals()).toEqual([`its SHA-256 is ${digest(list)}, not the one in the options`]);
    await test?.shutdown();
    await start({ from: file, sha256: digest(list).toUpperCase() });
    await until(() => usdOf('newest-model') === 7);
  });

  it('is refused beyond 8 MiB', async () => {
    write(`[${' '.repeat(8 * 1024 * 1024)}]`);
    await start(file);
    await until(async () => (await reloaded()) === 0);
    expect(refusals()).toEqual(['it is larger than 8388608 bytes']);
  });
});

describe('a price list at a URL', () => {
  let answer: (request: IncomingMessage, response: ServerResponse) => void;
  let server: LoopbackServer;
  let requests: IncomingMessage[];

  beforeEach(async () => {
    requests = [];
    server = await listenOnLoopback(
      createServer((request, response) => {
        requests.push(request);
        answer(request, response);
      }),
    );
  });
  afterEach(() => server.close());

  it('is in force, and asked for again with its validator', async () => {
    const list = withPrice(bundled, 'newest-model', 7);
    answer = (request, response) => {
      const isKnown = request.headers['if-none-match'] === '"1"';
      response.writeHead(isKnown ? 304 : 200, {
        etag: '"1"',
        'last-modified': 'Thu, 01 Oct 2026 00:00:00 GMT',
      });
      response.end(isKnown ? undefined : JSON.stringify(list));
    };
    await start({ from: `${server.origin}/data.json`, refreshIntervalMillis: SOON_MILLIS });
    await until(() => usdOf('newest-model') === 7);
    expect(await inForce()).toEqual({ source: 'url', version: digest(list).slice(0, 12) });
    expect(await one('llm_edge_price_list_timestamp_seconds')).toBe(Date.parse('2026-10-01') / 1000);
    await until(() => requests.length > 2);
    expect(requests.slice(1).every(({ headers }) => headers['if-none-match'] === '"1"')).toBe(true);
    expect(await reloaded()).toBe(1);
    expect(usdOf('newest-model')).toBe(7);
  });

  it.each<[string, (response: ServerResponse) => void, RegExp]>([
    ['fails', (response) => response.writeHead(500).end(), /^the server answers? ?(ed)? with 500$/],
    ['has no news, but is not known', (response) => response.writeHead(304).end(), /304/],
    ['redirects', (response) => response.writeHead(302, { location: '/other' }).end(), /redirect/],
    [
      'breaks off',
      (response) => response.writeHead(200).write('[', () => response.destroy()),
      /terminated|aborted|socket/,
    ],
    ['has no end', endless, /^it is larger than 8388608 bytes$/],
  ])('that %s leaves the installed one in force', async (_, respond, reason) => {
    answer = (_request, response) => respond(response);
    await start({ from: server.origin });
    await until(async () => (await reloaded()) === 0);
    expect(refusals()).toEqual([expect.stringMatching(reason)]);
    expect(usdOf('gpt-4o')).toBe(2.5);
  });

  it('that comes after the shutdown is not put in force', async () => {
    let finish = (): void => undefined;
    answer = (_request, response) => {
      finish = () => response.end(JSON.stringify(withPrice(bundled, 'newest-model', 7)));
    };
    await start(server.origin);
    await until(() => requests.length > 0);
    await test?.shutdown();
    finish();
    await new Promise((resolve) => requests[0]?.socket.once('close', resolve) ?? resolve(undefined));
    expect(usdOf('newest-model')).toBeUndefined();
  });
});

describe('the option pricing.list', () => {
  it.each([
    ['http://prices.example.com/data.json'],
    ['https://user:secret@prices.example.com/data.json'],
    ['ftp://prices.example.com/data.json'],
    [join(folder, 'missing.json')],
    [folder],
    [''],
    [5],
    [{ from: 'https://prices.example.com', sha256: 'x' }],
    [{ from: 'https://prices.example.com', refreshIntervalMillis: 0 }],
    [{ from: 'https://prices.example.com', refresh: 5 }],
  ])('refuses %j at the start', async (list) => {
    const starting = startTestMonitoring({ pricing: { list: list as never } });
    await expect(starting).rejects.toMatchObject({ code: 'ERR_INVALID_CONFIG' });
    const { message } = (await starting.catch((error: unknown) => error)) as Error;
    expect(message).toContain('pricing.list');
    expect(message).not.toContain('secret');
  });
});

describe('the environment', () => {
  const from = (variables: Readonly<Record<string, string>>): Promise<TestMonitoring> =>
    withEnv(variables, () => start(undefined));

  it('names a list and its digest', async () => {
    const list = withPrice(bundled, 'newest-model', 7);
    write(list);
    await from({ LLM_EDGE_PRICE_LIST: file, LLM_EDGE_PRICE_LIST_DIGEST: digest(list) });
    await until(() => usdOf('newest-model') === 7);
  });

  it('that names no list that can be used leaves the installed one in force, with a warning', async () => {
    const { monitoring } = await from({ LLM_EDGE_PRICE_LIST: 'http://prices.example.com/secret' });
    expect(monitoring.config.warnings).toEqual([
      expect.objectContaining({
        option: 'pricing.list.from',
        variable: 'LLM_EDGE_PRICE_LIST',
        effect: 'the bundled price list is in force',
      }),
    ]);
    expect(JSON.stringify(monitoring.config.warnings)).not.toContain('secret');
    expect(await inForce()).toMatchObject({ source: 'bundled' });
  });
});

function nested(depth: number): unknown {
  return depth === 0 ? { equals: 'm' } : { or: [nested(depth - 1)] };
}

function endless(response: ServerResponse): void {
  const space = Buffer.alloc(65_536, ' ');
  const more = (): void => {
    while (!response.destroyed && response.write(space));
    if (!response.destroyed) response.once('drain', more);
  };
  response.writeHead(200);
  more();
}
