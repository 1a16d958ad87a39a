import OpenAI from 'openai';
import { startRequest } from '../../../lib/index.js';
import { type FetchHarness, startFetchHarness } from '../../support/fetch-harness.js';
import { dataFrames, events, json, namedFrames, type Reply } from '../../support/providers/loopback.js';
import {
  chatAnswer,
  EMBEDDINGS_ANSWER,
  RESPONSE_COUNTS,
  responseAnswer,
} from '../../support/providers/openai.js';

let harness: FetchHarness;
let client: OpenAI;
let ids = 0;
beforeAll(async () => {
  harness = await startFetchHarness();
  client = new OpenAI({ apiKey: 'key', fetch: harness.fetch, maxRetries: 0 });
});
beforeEach(() => {
  ids += 1;
});
afterEach(() => harness.reset());
afterAll(() => harness.close());

/** Requests, tokens and costs, all with their labels; and how often usage was missing. */
function recorded() {
  const { recorder } = harness;
  const named = ([, provider, model, ...rest]: readonly unknown[]) => [`${provider} ${model}`, ...rest];
  return {
    requests: recorder.callsOf('request').map((call) => named(call).slice(0, 2)),
    tokens: recorder.callsOf('tokenUsage').map((call) => named(call).slice(0, 3)),
    costs: recorder.callsOf('cost').map((call) => named(call)[0]),
    usd: recorder.callsOf('cost').map(([, , , usd]) => Number((usd as number).toFixed(9))),
    usageMissing: recorder.callsOf('usageMissing').length,
    unpriced: recorder.callsOf('unpriced').length,
    active: recorder.active,
  };
}
const NOTHING = { requests: [], tokens: [], costs: [], usd: [], usageMissing: 0, unpriced: 0, active: 0 };
const FLEX_USD = Number(((264 * 1.1 + 64 * 0.275 + 152 * 4.4) / 2 / 1e6).toFixed(9));

const response = (overrides: object) =>
  json(responseAnswer({ id: `resp_${ids}`, background: true, ...overrides }));
const queued = (status = 'queued') => response({ status, output: [], usage: null });
const create = () => client.responses.create({ model: 'o4-mini', input: 'Hi', background: true });

const CREATED = { ...NOTHING, requests: [['openai o4-mini', 'success']] };
const COUNTED = {
  ...CREATED,
  tokens: [['openai o4-mini', RESPONSE_COUNTS.inputTokens, RESPONSE_COUNTS.outputTokens]],
  costs: ['openai o4-mini'],
  usd: [FLEX_USD],
};

describe('the OpenAI client', () => {
  describe('with a response in the background', () => {
    it('gets what it always gets; the request is the creation, and its usage is counted once', async () => {
      harness.loopback.reply(queued(), queued('in_progress'), response({}));
      const { id, status } = await create();
      expect(status).toBe('queued');
      expect(recorded()).toEqual(CREATED);
      expect((await client.responses.retrieve(id)).status).toBe('in_progress');
      expect(recorded()).toEqual(CREATED);
      expect((await client.responses.retrieve(id)).output_text).toBe('Hi');
      await client.responses.retrieve(id);
      expect(recorded()).toEqual(COUNTED);
    });

    it('counts the usage under the names of the request within which it was created', async () => {
      harness.loopback.reply(queued(), response({}));
      const request = startRequest({ provider: 'gateway', model: 'alias' });
      const body = JSON.stringify({ model: 'o4-mini', input: 'Hi', background: true });
      const url = 'https://api.openai.com/v1/responses';
      await (await request.run(() => harness.fetch(url, { method: 'POST', body }))).text();
      request.end();
      await client.responses.retrieve(`resp_${ids}`);
      const name = 'gateway alias';
      expect(recorded()).toEqual({
        ...COUNTED,
        requests: [[name, 'success']],
        tokens: [[name, RESPONSE_COUNTS.inputTokens, RESPONSE_COUNTS.outputTokens]],
        costs: [name],
      });
    });

    it('counts the usage where another process created it, under the model that answered', async () => {
      harness.loopback.reply(response({}));
      await client.responses.retrieve(`resp_${ids}`);
      await client.responses.retrieve(`resp_${ids}`);
      const name = 'openai o4-mini-2025-04-16';
      expect(recorded()).toMatchObject({ requests: [], tokens: [[name, 328, 152]], costs: [name] });
    });

    it('counts a response once that reported its usage to the call that made it', async () => {
      harness.loopback.reply(json(responseAnswer({ id: `resp_${ids}` })));
      await client.responses.create({ model: 'o4-mini', input: 'Hi' });
      await client.responses.retrieve(`resp_${ids}`);
      expect(recorded()).toEqual(COUNTED);
    });

    it('counts the usage of a stream that is read where it was left', async () => {
      const created = { type: 'response.created', sequence_number: 0 };
      const delta = { type: 'response.output_text.delta', sequence_number: 1, delta: 'Hi' };
      const running = responseAnswer({ id: `resp_${ids}`, background: true, status: 'queued', usage: null });
      const done = responseAnswer({ id: `resp_${ids}`, background: true });
      harness.loopback.reply(
        events(namedFrames([{ ...created, response: running }, delta]), { ending: 'hang' }),
        events(namedFrames([{ type: 'response.completed', sequence_number: 2, response: done }])),
      );
      const stream = await client.responses.create({
        model: 'o4-mini',
        input: 'Hi',
        background: true,
        stream: true,
      });
      for await (const event of stream) if (event.type === 'response.output_text.delta') break;
      expect(recorded()).toMatchObject({ requests: [['openai o4-mini', 'client_cancelled']], tokens: [] });
      const rest = await client.responses.retrieve(`resp_${ids}`, { stream: true, starting_after: 1 });
      const types: string[] = [];
      for await (const { type } of rest) types.push(type);
      expect(types).toEqual(['response.completed']);
      expect(recorded()).toMatchObject({ tokens: COUNTED.tokens, usd: COUNTED.usd });
    });

    it('counts nothing of one that is cancelled, and that usage is missing of one that reports none', async () => {
      harness.loopback.reply(queued(), queued('cancelled'), queued('cancelled'), response({ usage: null }));
      const { id } = await create();
      expect((await client.responses.cancel(id)).status).toBe('cancelled');
      await client.responses.retrieve(id);
      expect(recorded()).toEqual(CREATED);
      await client.responses.retrieve(id);
      await client.responses.retrieve(id);
      expect(recorded()).toEqual({ ...CREATED, usageMissing: 1 });
    });

    it.each(['its own', "the caller's"])(
      'counts the usage once where a poll sees the end before the stream does, in %s request',
      async (whose) => {
        const completed = responseAnswer({ id: `resp_${ids}`, background: true });
        const done = { type: 'response.completed', sequence_number: 0, response: completed };
        harness.loopback.reply(events(namedFrames([done])), json(completed));
        const request =
          whose === 'its own' ? undefined : startRequest({ provider: 'openai', model: 'o4-mini' });
        const url = 'https://api.openai.com/v1/responses';
        const body = JSON.stringify({ model: 'o4-mini', input: 'Hi', background: true, stream: true });
        const start = () => harness.fetch(url, { method: 'POST', body });
        const stream = await (request?.run(start) ?? start());
        await client.responses.retrieve(`resp_${ids}`);
        await stream.text();
        request?.end();
        const name = 'openai o4-mini-2025-04-16';
        expect(recorded()).toEqual({ ...COUNTED, tokens: [[name, 328, 152]], costs: [name] });
      },
    );

    it('counts the usage under the names of the request behind an intermediary', async () => {
      harness.loopback.reply(queued(), response({}), response({}));
      const gateway = new OpenAI({
        apiKey: 'key',
        baseURL: 'https://ai-gateway.vercel.sh/v1',
        fetch: harness.fetch,
      });
      await gateway.responses.create({ model: 'openai/o4-mini', input: 'Hi', background: true });
      for (let poll = 0; poll < 2; poll += 1) await gateway.responses.retrieve(`resp_${ids}`);
      const name = 'vercel/openai openai/o4-mini';
      expect(recorded()).toEqual({
        ...COUNTED,
        requests: [[name, 'success']],
        tokens: [[name, 328, 152]],
        costs: [name],
      });
    });

    it('is one request where the caller observes it', async () => {
      harness.loopback.reply(queued(), queued('in_progress'), response({}));
      const url = 'https://api.openai.com/v1/responses';
      const body = JSON.stringify({ model: 'o4-mini', input: 'Hi', background: true });
      const request = startRequest({ provider: 'openai', model: 'o4-mini' });
      const call = async (path: string, init: RequestInit): Promise<void> => {
        await (await request.run(() => harness.fetch(url + path, init))).text();
      };
      await call('', { method: 'POST', body });
      await call(`/resp_${ids}`, {});
      await call(`/resp_${ids}`, {});
      request.end();
      expect(recorded()).toEqual(COUNTED);
    });

    it('leaves an error of a poll to its caller', async () => {
      harness.loopback.reply(json({ error: { message: 'No', type: 'invalid_request_error' } }, 404));
      await expect(client.responses.retrieve('resp_none')).rejects.toThrow(OpenAI.NotFoundError);
      expect(recorded()).toEqual(NOTHING);
    });
  });

  describe('with a run of an assistant', () => {
    const run = (status: string, rest: object = {}) => ({
      id: `run_${ids}`,
      object: 'thread.run',
      thread_id: 'thread_1',
      assistant_id: 'asst_1',
      model: 'gpt-4o-mini',
      status,
      usage: null,
      last_error: null,
      ...rest,
    });
    const usage = { prompt_tokens: 1_000, completion_tokens: 200, total_tokens: 1_200 };
    const REQUEST = ['openai gpt-4o-mini', 'success'];
    const ONE = { ...NOTHING, requests: [REQUEST] };
    const DONE = { tokens: [['openai gpt-4o-mini', 1_000, 200]], usd: [0.00027] };

    it('counts the usage of a run that is polled once', async () => {
      const completed = json(run('completed', { usage }));
      harness.loopback.reply(json(run('queued')), json(run('in_progress')), completed);
      const { id } = await client.beta.threads.runs.create('thread_1', { assistant_id: 'asst_1' });
      expect(recorded()).toEqual(ONE);
      for (let poll = 0; poll < 3; poll += 1)
        await client.beta.threads.runs.retrieve(id, { thread_id: 'thread_1' });
      expect(recorded()).toMatchObject({ ...ONE, ...DONE, costs: ['openai gpt-4o-mini'] });
    });

    it('counts the usage of a run that was cancelled once', async () => {
      const cancelled = run('cancelled', { usage });
      harness.loopback.reply(events(dataFrames([run('queued'), cancelled], '[DONE]')), json(cancelled));
      const stream = await client.beta.threads.runs.create('thread_1', {
        assistant_id: 'asst_1',
        stream: true,
      });
      for await (const _event of stream);
      await client.beta.threads.runs.retrieve(`run_${ids}`, { thread_id: 'thread_1' });
      expect(recorded()).toMatchObject({ tokens: DONE.tokens, usd: DONE.usd });
    });

    it('counts the usage of a stream that calls a function at its end', async () => {
      const delta = { id: 'msg_1', object: 'thread.message.delta', delta: { content: [{ type: 'text' }] } };
      const step = { id: 'step_1', object: 'thread.run.step', status: 'completed', usage };
      const stream = (...data: object[]): Reply => events(dataFrames(data, '[DONE]'));
      harness.loopback.reply(
        stream(run('queued'), delta, step, run('requires_action')),
        stream(run('queued'), delta, step, run('completed', { usage })),
      );
      const first = await client.beta.threads.runs.create('thread_1', {
        assistant_id: 'asst_1',
        stream: true,
      });
      for await (const _event of first);
      expect(recorded()).toEqual(ONE);
      const second = await client.beta.threads.runs.submitToolOutputs(`run_${ids}`, {
        thread_id: 'thread_1',
        tool_outputs: [{ tool_call_id: 'call_1', output: '7' }],
        stream: true,
      });
      for await (const _event of second);
      await client.beta.threads.runs.retrieve(`run_${ids}`, { thread_id: 'thread_1' }).catch(() => undefined);
      expect(recorded()).toMatchObject({ requests: [REQUEST, REQUEST], usageMissing: 0, ...DONE });
    });
  });

  describe('with a run that does not end well', () => {
    const run = (status: string, rest: object = {}) => ({
      id: `run_${ids}`,
      object: 'thread.run',
      model: 'gpt-4o-mini',
      status,
      usage: null,
      last_error: null,
      ...rest,
    });
    const delta = { id: 'msg_1', object: 'thread.message.delta', delta: { content: [{ type: 'text' }] } };
    const failed = run('failed', { last_error: { code: 'rate_limit_exceeded', message: 'x' } });

    it.each([
      ['fails', events(dataFrames([run('queued'), delta, failed], '[DONE]')), 'rate_limited'],
      ['breaks off', events(dataFrames([run('queued'), delta]), { ending: 'break' }), 'stream_interrupted'],
      ['is aborted', events(dataFrames([run('queued'), delta]), { ending: 'hang' }), 'client_cancelled'],
      ['is refused', json({ error: { message: 'No', type: 'invalid_request_error' } }, 404), 'not_found'],
    ])('has the outcome of one that %s', async (_title, reply, outcome) => {
      harness.loopback.reply(reply);
      const read = async (): Promise<void> => {
        const stream = await client.beta.threads.runs.create('thread_1', {
          assistant_id: 'asst_1',
          stream: true,
        });
        let count = 0;
        for await (const _event of stream) {
          count += 1;
          if (outcome === 'client_cancelled' && count === 2) stream.controller.abort();
        }
      };
      await read().catch(() => undefined);
      expect(recorded()).toMatchObject({ requests: [[expect.any(String), outcome]], tokens: [], active: 0 });
    });
  });

  describe('with a batch', () => {
    const line = (body: object, custom_id = 'a') =>
      JSON.stringify({
        id: 'batch_req_1',
        custom_id,
        response: { status_code: 200, request_id: 'req_1', body },
        error: null,
      });
    const lines = (...bodies: object[]): Reply => ({
      headers: { 'content-type': 'application/octet-stream' },
      body: Buffer.from(`${bodies.map((body) => line(body)).join('\n')}\n`),
    });
    const usage = { prompt_tokens: 1_000, completion_tokens: 200, total_tokens: 1_200 };

    it('counts the usage of its results once, at the price of a batch', async () => {
      const answer = chatAnswer({ usage, service_tier: 'default' });
      harness.loopback.reply(lines(answer, answer, EMBEDDINGS_ANSWER));
      for (let read = 0; read < 2; read += 1) {
        const file = await client.files.content(`file-${ids}`);
        expect((await file.text()).trim().split('\n')).toHaveLength(3);
      }
      expect(recorded()).toMatchObject({
        requests: [],
        tokens: [
          ['openai gpt-4o-mini-2024-07-18', 2_000, 400],
          ['openai text-embedding-3-small', 8, 0],
        ],
        usd: [0.00027, 0.00000008],
        usageMissing: 0,
      });
    });

    it('counts responses and large lines in pieces', async () => {
      const large = responseAnswer({ model: 'o4-mini', instructions: 'x'.repeat(200_000) });
      const bytes = Buffer.from(line(large));
      const cuts = [0, 1, 2, 70_000, 150_000, bytes.length - 3, bytes.length];
      const body = cuts.slice(1).map((end, index) => bytes.subarray(cuts[index], end));
      harness.loopback.reply({ headers: { 'content-type': 'application/octet-stream' }, body });
      await (await client.files.content(`file-${ids}`)).text();
      expect(recorded()).toMatchObject({ tokens: [['openai o4-mini', 328, 152]], usd: [FLEX_USD] });
    });

    it('reads what follows a line that is too large to be read, whose usage is missing', async () => {
      const answer = chatAnswer({ usage });
      const deep = { ...answer, x: JSON.parse('['.repeat(200) + ']'.repeat(200)), y: 'y'.repeat(70_000) };
      const output = Array.from({ length: 3_000 }, (_, at) => ({ type: 'web_search_call', id: `ws_${at}` }));
      harness.loopback.reply(lines(answer, deep, responseAnswer({ output }), answer));
      for (let read = 0; read < 2; read += 1) await (await client.files.content(`file-${ids}`)).text();
      expect(recorded()).toMatchObject({
        tokens: [['openai gpt-4o-mini-2024-07-18', 2_000, 400]],
        usageMissing: 1,
      });
    });

    it.each([
      ['another file', Buffer.from('%PDF-1.7\n{"response":{"body":{"usage":{"prompt_tokens":1}}}}\n')],
      ['an empty file', Buffer.from('')],
      ['the input of a batch', Buffer.from('{"custom_id":"a","body":{"model":"gpt-4o"}}\n')],
    ])('counts nothing of %s', async (_title, body) => {
      harness.loopback.reply({ headers: { 'content-type': 'application/octet-stream' }, body });
      expect(await (await client.files.content(`file-${ids}`)).text()).toBe(body.toString());
      expect(recorded()).toEqual(NOTHING);
    });

    it('counts the results when they are read to the end', async () => {
      const answer = chatAnswer({ usage });
      harness.loopback.reply({ ...lines(answer, answer), ending: 'break' }, lines(answer));
      await (await client.files.content(`file-${ids}`)).text().catch(() => undefined);
      expect(recorded()).toEqual(NOTHING);
      await (await client.files.content(`file-${ids}`)).text();
      expect(recorded()).toMatchObject({ tokens: [['openai gpt-4o-mini-2024-07-18', 1_000, 200]] });
    });
  });
});
