import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { ShippedQuery } from '../../scripts/promql/collect-queries.js';
import { emptyQueries, evaluateQueries, failedQueries } from '../../scripts/promql/evaluate-queries.js';

/** What Prometheus answers, by query. */
const ANSWERS: Record<string, unknown> = {
  up: { data: { resultType: 'vector', result: [{ value: [0, '1'] }, { value: [0, 'NaN'] }] } },
  nan: { data: { resultType: 'vector', result: [{ value: [0, 'NaN'] }] } },
  nothing: { data: { resultType: 'vector', result: [] } },
  'scalar(up)': { data: { resultType: 'scalar', result: [0, '2'] } },
  'up[': { status: 'error', error: 'unexpected end of input' },
};

const shipped = (query: string): ShippedQuery => ({ source: `panel ${query}`, kind: 'panel', query });

describe('evaluateQueries()', () => {
  let server: Server;
  let url: string;

  beforeAll(async () => {
    server = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const query = new URLSearchParams(Buffer.concat(chunks).toString()).get('query') ?? '';
      response.end(JSON.stringify(request.url === '/api/v1/query' ? ANSWERS[query] : {}));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    url = `http://127.0.0.1:${address.port}`;
  });

  afterAll(() => server.close());

  it('returns the values, or why there are none', async () => {
    expect(await evaluateQueries(url, Object.keys(ANSWERS).map(shipped))).toEqual([
      { ...shipped('up'), values: [1, Number.NaN] },
      { ...shipped('nan'), values: [Number.NaN] },
      { ...shipped('nothing'), values: [] },
      { ...shipped('scalar(up)'), values: [2] },
      { ...shipped('up['), values: [], error: 'unexpected end of input' },
    ]);
  });

  it('tells queries that were refused from those without a single number', async () => {
    const outcomes = await evaluateQueries(url, Object.keys(ANSWERS).map(shipped));
    expect(failedQueries(outcomes)).toEqual(['panel up[: unexpected end of input']);
    expect(emptyQueries(outcomes)).toEqual(['panel nan: nan', 'panel nothing: nothing']);
  });
});
