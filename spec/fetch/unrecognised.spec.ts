import OpenAI from 'openai';
import { instrumentFetch } from '../../lib/fetch.js';
import { observeRequest } from '../../lib/index.js';
import { startTestMonitoring, type TestMonitoring } from '../../lib/testing.js';
import { type CapturedLog, captureLog } from '../support/captured-log.js';
import { json, type Loopback, startLoopback } from '../support/providers/loopback.js';
import { recordedSeries } from '../support/recorded-series.js';
import { forgetLoggedHosts } from '../support/unrecognised-hosts.js';
import { withEnv } from '../support/with-env.js';

const COUNTER = 'llm_edge_monitoring_unrecognised_requests_total';
const GATEWAY = 'https://llm.corp.example';
const CHAT = `${GATEWAY}/v1/chat/completions`;
const VERTEX = `${GATEWAY}/v1/projects/p/locations/l/publishers`;
const BODY = JSON.stringify({ model: 'llama', messages: [] });
const ANSWER = {
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1,
  model: 'llama',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Hi' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 },
};

type Fetch = typeof fetch;

let test: TestMonitoring;
let loopback: Loopback;
let log: CapturedLog;
beforeAll(async () => {
  loopback = await startLoopback();
});
afterAll(() => loopback.close());
beforeEach(async () => {
  forgetLoggedHosts();
  loopback.reply(json(ANSWER));
  log = captureLog();
  test = await startTestMonitoring();
});
afterEach(async () => {
  log.release();
  await test.shutdown();
});

const counted = () => recordedSeries(test, COUNTER);
const linesAbout = (host: string): readonly string[] =>
  log.lines.filter((line) => line.includes(`requests to ${host} `));

const slow =
  (inner: Fetch): Fetch =>
  async (input, init) => {
    await new Promise((resolve) => setImmediate(resolve));
    return inner(input, init);
  };

async function post(fetch: Fetch, url: string, body: string | Uint8Array = BODY): Promise<void> {
  await (await fetch(url, { method: 'POST', body })).text();
}

describe('a request to an unknown host', () => {
  it('that a real client makes is counted, and the log says once what to add', async () => {
    const client = new OpenAI({
      apiKey: 'sk-s3cret',
      baseURL: 'https://user:pa55@LLM.corp.example:443/v1',
      defaultQuery: { key: 'qu3ry' },
      fetch: instrumentFetch(loopback.fetch),
    });
    for (let count = 0; count < 3; count += 1) {
      const answer = await client.chat.completions.create({ model: 'llama', messages: [] });
      expect(answer).toEqual(ANSWER);
    }
    expect(await counted()).toEqual({ 'llm.corp.example fetch': 3 });
    expect(await test.series('llm_edge_requests_total')).toEqual([]);
    const lines = linesAbout('llm.corp.example');
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain("hosts: { 'llm.corp.example': { provider: 'corp' } }");
    expect(lines[0]).toContain('LLM_EDGE_HOSTS=llm.corp.example=corp ');
    expect(log.lines.join()).not.toMatch(/s3cret|pa55|qu3ry/);
  });

  it.each([
    ['an API of OpenAI', CHAT, 'llama'],
    ['Azure OpenAI', `${GATEWAY}/openai/deployments/my%20gpt/chat/completions?api-version=1`, 'my gpt'],
    ['Gemini', `${GATEWAY}/v1beta/models/gemini-2.5-flash:generateContent`, 'gemini-2.5-flash'],
    ['Gemini on Vertex AI', `${VERTEX}/google/models/gemini-2.5-pro:streamGenerateContent`, 'gemini-2.5-pro'],
    ['Claude on Vertex AI', `${VERTEX}/anthropic/models/claude-opus-4-6:rawPredict`, 'claude-opus-4-6'],
    ['embeddings on Vertex AI', `${VERTEX}/google/models/text-embedding-005:predict`, 'text-embedding-005'],
    ['a tuned model', `${GATEWAY}/v1/projects/p/locations/l/endpoints/12:generateContent`, 'endpoints/12'],
    ['Bedrock', `${GATEWAY}/model/us.amazon.nova-lite-v1%3A0/converse`, 'us.amazon.nova-lite-v1:0'],
    ['an ARN', `${GATEWAY}/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A1%3Aprompt-router%2Fq7/invoke`, 'q7'],
    ['Cohere', `${GATEWAY}/v2/chat`, 'llama'],
    ['Ollama', `${GATEWAY}/api/chat`, 'llama'],
    ['Anthropic, on a port', 'http://llm.corp.example:8080/v1/messages', 'llama'],
    ['the loopback interface', 'http://[::1]:9000/v1/chat/completions', 'llama'],
  ])('of %s is recognised once the line of the log is added', async (_title, url, model) => {
    await post(instrumentFetch(loopback.fetch), url);
    const [host = '', ...rest] = Object.keys(await counted()).map((key) => key.replace(/ fetch$/, ''));
    expect(rest).toEqual([]);
    const [line = ''] = linesAbout(host);
    const [, name = '', provider = '', option, value] =
      /hosts: \{ '(.+?)': \{ provider: '(\w+)'(?:, (\w+): '(\w+)')? \} \}/.exec(line) ?? [];
    const [, entries = ''] = /LLM_EDGE_HOSTS=(\S+) /.exec(line) ?? [];
    expect(name).toBe(host);
    const hosts = { [name]: { provider, ...(option === undefined ? {} : { [option]: value }) } };
    await post(instrumentFetch(loopback.fetch, { hosts }), url);
    await withEnv({ LLM_EDGE_HOSTS: entries }, () => post(instrumentFetch(loopback.fetch), url));
    expect(await counted()).toEqual({ [`${host} fetch`]: 1 });
    const requests = await test.series('llm_edge_requests_total');
    expect(requests.map(({ labels, value: count }) => [labels['provider'], labels['model'], count])).toEqual([
      [provider, model, 2],
    ]);
  });

  it('is told to have one host, by whichever name of the loopback interface it is called', async () => {
    const fetch = instrumentFetch(loopback.fetch);
    for (const name of ['localhost', '127.0.0.1', '[::1]']) {
      await post(fetch, `http://${name}:9000/v1/chat/completions`);
    }
    expect(await counted()).toEqual({ 'localhost:9000 fetch': 3 });
    expect(log.lines.filter((line) => line.includes('look like calls'))).toHaveLength(1);
  });

  it.each([
    ['whose body is bytes', CHAT, Buffer.from(BODY)],
    [
      'to a deployment, whose body names no model',
      `${GATEWAY}/openai/deployments/gpt/chat/completions?x=1`,
      '{}',
    ],
    ['below a prefix of an API', `${GATEWAY}/team-a/anthropic/v1/messages`, '{}'],
    ['to Vertex AI', `${VERTEX}/google/models/g:streamGenerateContent`, '{}'],
    ['with a trailing slash', `${CHAT}/`, BODY],
    ['with a port', 'http://10.0.0.7:9000/v1/embeddings', '{"model":"m","input":"x"}'],
  ])('%s is counted', async (_title, url, body) => {
    await post(instrumentFetch(loopback.fetch), url, body);
    expect(await counted()).toEqual({ [`${new URL(url).host} fetch`]: 1 });
  });

  it('to a host that is declared with another API is told so, without an entry that exists', async () => {
    const hosts = { 'llm.corp.example': { provider: 'tgi', api: 'huggingface' as const } };
    await post(instrumentFetch(loopback.fetch, { hosts }), CHAT);
    expect(await counted()).toEqual({ 'llm.corp.example fetch': 1 });
    expect(log.lines.join()).toContain('Its entry in hosts is for another API');
    expect(log.lines.join()).toContain(
      "with api: 'openai' for the start of this path, such as 'llm.corp.example/v1'",
    );

    const path = { ...hosts, 'llm.corp.example/v1': { provider: 'tgi', api: 'openai' as const } };
    await post(instrumentFetch(loopback.fetch, { hosts: path }), CHAT);
    expect(await counted()).toEqual({ 'llm.corp.example fetch': 1 });
  });

  it('whose body is read from a Request is counted once it was sent', async () => {
    const headers = { 'content-type': 'application/json' };
    const request = new Request(CHAT, { method: 'POST', headers, body: BODY });
    await (await instrumentFetch(loopback.fetch)(request)).text();
    expect(loopback.calls.at(-1)?.body).toBe(BODY);
    expect(await counted()).toEqual({ 'llm.corp.example fetch': 1 });
  });

  it('that fails is counted, and fails as before', async () => {
    const error = new Error('no route');
    const broken = instrumentFetch(() => Promise.reject(error));
    await expect(broken(CHAT, { method: 'POST', body: BODY })).rejects.toBe(error);
    expect(await counted()).toEqual({ 'llm.corp.example fetch': 1 });
  });
});

describe('what is no call to a model', () => {
  it.each([
    ['Slack', 'https://slack.com/api/chat.postMessage', '{"channel":"C1","text":"hi","model":"x"}'],
    ['a Slack webhook', 'https://hooks.slack.com/services/T0/B0/x', '{"text":"hi"}'],
    ['Twilio', 'https://api.twilio.com/2010-04-01/Accounts/AC1/Messages.json', 'To=%2B1&Body=hi'],
    ['Twilio Conversations', 'https://conversations.twilio.com/v1/Conversations/CH1/Messages', 'Body=hi'],
    ['Vonage', 'https://api.nexmo.com/v1/messages', '{"message_type":"text","text":"hi","to":"1"}'],
    ['Discord', 'https://discord.com/api/v10/channels/1/messages', '{"content":"hi"}'],
    ['Microsoft Graph', 'https://graph.microsoft.com/v1.0/chats/1/messages', '{"body":{"content":"hi"}}'],
    ['Intercom', 'https://api.intercom.io/conversations/1/reply', '{"body":"hi"}'],
    ["another's /api/generate", 'https://pdf.example/api/generate', '{"template":"invoice"}'],
    ['a model that is no name', 'https://cars.example/api/generate', '{"model":{"id":3}}'],
    ['a model within', 'https://cars.example/v1/responses', '{"car":{"model":"T"}}'],
    ['a survey', 'https://survey.example/v1/responses', '{"answers":[1,2]}'],
    ['a text editor', 'https://editor.example/completions', '{"prefix":"fo"}'],
    ['a store of vectors', 'https://db.example/collections/a/embeddings', '{"vectors":[[1]]}'],
    ['a list of models', 'https://llm.corp.example/v1/models', '{"model":"x"}'],
    ['a Collector', 'http://collector.example:4318/v1/traces', '{"model":"x"}'],
    ['a body that is no JSON', CHAT, 'model=llama'],
    ['another reranker', 'https://search.example/v1/rerank', '{"query":"q","documents":["a"]}'],
    ['a forum', 'https://forum.example/api/moderations', '{"post":7,"action":"hide"}'],
    ['a scanner', 'https://scan.example/v1/ocr', '{"file":"invoice.pdf"}'],
    ['a generator of codes', 'https://qr.example/generate', '{"text":"hi"}'],
    ['Workers of others', 'https://jobs.example/ai/run/nightly', '{"model":"x"}'],
    ['predictions of others', 'https://weather.example/models/a/b/predictions', '{"model":"x"}'],
    [
      'SageMaker',
      'https://runtime.sagemaker.us-east-1.amazonaws.com/endpoints/e/invocations',
      '{"model":"x"}',
    ],
    [
      'AWS Lambda',
      'https://lambda.us-east-1.amazonaws.com/2015-03-31/functions/f/invocations',
      '{"model":"x"}',
    ],
    ['a model of another kind', 'https://bim.example/api/model/42/invoke', '{}'],
    ['a model of MLflow', 'https://ml.example/v1/models/iris:predict', '{"model":"x"}'],
    ['interactions of Discord', 'https://discord.com/api/interactions', '{"model":"x"}'],
    ['an interaction with a colon', 'https://crm.example/interactions/a:b', '{"model":"x"}'],
    ['a thread of a forum', 'https://forum.example/threads/1/runs', '{"model":"x"}'],
    ['a cancelled response', 'https://llm.corp.example/v1/responses/resp_1/cancel', '{"model":"x"}'],
    ['a session', 'https://llm.corp.example/v1/realtime', '{"model":"x"}'],
    ['GraphQL', 'https://api.example/graphql', '{"query":"{ model }","model":"x"}'],
  ])('is not counted: %s', async (_title, url, body) => {
    await post(instrumentFetch(loopback.fetch), url, body);
    expect(await counted()).toEqual({});
    expect(log.lines).toEqual([]);
  });

  it('is not counted: a GET of a listed path', async () => {
    const fetch = instrumentFetch(loopback.fetch);
    await (await fetch(CHAT, { method: 'GET' })).text();
    await (await fetch(`${GATEWAY}/v1/responses/resp_1`)).text();
    expect(await counted()).toEqual({});
  });

  it('reaches the inner fetch with the same arguments, and returns its promise', () => {
    const seen: unknown[] = [];
    const made = Promise.resolve(new Response());
    const fetch = instrumentFetch((...args) => {
      seen.push(...args);
      return made;
    });
    const init = { method: 'POST', body: '{"template":"invoice"}' };
    expect(fetch('https://pdf.example/api/generate', init)).toBe(made);
    expect(seen).toEqual(['https://pdf.example/api/generate', init]);
    expect(seen[1]).toBe(init);
  });
});

describe('a call through several fetches', () => {
  it('is counted once', async () => {
    await post(instrumentFetch(slow(instrumentFetch(loopback.fetch))), CHAT);
    expect(await counted()).toEqual({ 'llm.corp.example fetch': 1 });
  });

  it('is not counted where an inner one knows the host', async () => {
    const knowing = instrumentFetch(loopback.fetch, { hosts: { 'llm.corp.example': { provider: 'corp' } } });
    await post(instrumentFetch(slow(knowing)), CHAT);
    expect(await counted()).toEqual({});
    expect(await recordedSeries(test, 'llm_edge_requests_total')).toEqual({ 'llama corp success': 1 });
  });

  it('is not counted where an outer one observes it under another address', async () => {
    const inner = instrumentFetch(loopback.fetch);
    const outer = instrumentFetch((_input, init) => inner(CHAT, init));
    await post(outer, 'https://api.openai.com/v1/chat/completions');
    expect(await counted()).toEqual({});
  });

  it('is not counted where the caller observes it', async () => {
    const fetch = instrumentFetch(loopback.fetch);
    await observeRequest({ provider: 'corp', model: 'llama' }, () => post(fetch, CHAT));
    expect(await counted()).toEqual({});
  });
});

describe('a fetch that throws instead of rejecting', () => {
  it('still throws, and its request is counted', async () => {
    const throwing = instrumentFetch(() => {
      throw new TypeError('no fetch');
    });
    expect(() => throwing(CHAT, { method: 'POST', body: BODY })).toThrow('no fetch');
    expect(await counted()).toEqual({ 'llm.corp.example fetch': 1 });
  });
});

describe('many unknown hosts', () => {
  it('are counted and logged by name up to 20, and as one after that', async () => {
    const fetch = instrumentFetch(loopback.fetch);
    for (let index = 0; index < 25; index += 1)
      await post(fetch, `https://h${index}.example/v1/chat/completions`);
    const series = await counted();
    expect(Object.keys(series)).toHaveLength(21);
    expect(series).toMatchObject({ 'h0.example fetch': 1, 'h19.example fetch': 1, 'other fetch': 5 });
    expect(log.lines.filter((line) => line.includes('look like calls to a model'))).toHaveLength(21);
    expect(await recordedSeries(test, 'llm_edge_monitoring_series_overflow_total')).toMatchObject({
      provider: 0,
      model: 0,
    });
  });
});

describe("unrecognised: 'observe'", () => {
  const observing = () => instrumentFetch(loopback.fetch, { unrecognised: 'observe' });

  it('counts a request under the name of its host, with its tokens', async () => {
    await post(observing(), CHAT);
    expect(await counted()).toEqual({ 'llm.corp.example fetch': 1 });
    expect(linesAbout('llm.corp.example')).toEqual([
      expect.stringMatching(/ are observed without a provider\. Add to .*hosts: \{ 'llm\.corp\.example'/),
    ]);
    expect(await recordedSeries(test, 'llm_edge_requests_total')).toEqual({
      'llama llm.corp.example success': 1,
    });
    expect(await recordedSeries(test, 'llm_edge_tokens_total')).toEqual({
      'llama llm.corp.example input': 10,
      'llama llm.corp.example output': 5,
    });
    const [span] = await test.spans();
    expect(span?.attributes).toMatchObject({ 'server.address': 'llm.corp.example', 'server.port': 443 });
  });

  it('observes what an outer fetch only counts, which is then counted once', async () => {
    await post(instrumentFetch(slow(observing())), CHAT);
    expect(await counted()).toEqual({ 'llm.corp.example fetch': 1 });
    expect(await recordedSeries(test, 'llm_edge_requests_total')).toEqual({
      'llama llm.corp.example success': 1,
    });
  });

  it('adds the tokens to the request of the caller, whose names hold', async () => {
    await observeRequest({ provider: 'corp', model: 'llama' }, () => post(observing(), CHAT));
    expect(await counted()).toEqual({});
    expect(await recordedSeries(test, 'llm_edge_requests_total')).toEqual({ 'llama corp success': 1 });
    expect(await recordedSeries(test, 'llm_edge_tokens_total')).toEqual({
      'llama corp input': 10,
      'llama corp output': 5,
    });
  });

  it('says that usage is missing where a later call would report it, which is not recognised', async () => {
    const queued = { id: 'resp_guest', object: 'response', status: 'queued', background: true, output: [] };
    loopback.reply(json(queued));
    await post(observing(), `${GATEWAY}/v1/responses`, JSON.stringify({ model: 'llama', background: true }));
    expect(await recordedSeries(test, 'llm_edge_usage_missing_total')).toEqual({
      'llama llm.corp.example not_reported': 1,
    });
  });

  it('leaves alone what is no call to a model', async () => {
    await post(observing(), 'https://api.nexmo.com/v1/messages', '{"text":"hi"}');
    expect([await counted(), await test.series('llm_edge_requests_total')]).toEqual([{}, []]);
  });

  it('takes no slot of a provider, however many hosts there are', async () => {
    await test.shutdown();
    test = await startTestMonitoring({ limits: { providers: 2, models: 8 } });
    const fetch = observing();
    for (let index = 0; index < 30; index += 1) {
      const body = JSON.stringify({ model: `m${index % 3}` });
      await post(fetch, `https://h${index % 6}.example/v1/chat/completions`, body);
    }
    await post(fetch, 'https://api.openai.com/v1/chat/completions');
    await post(fetch, 'https://api.groq.com/openai/v1/chat/completions');
    const requests = await recordedSeries(test, 'llm_edge_requests_total');
    expect(requests).toMatchObject({ 'llama openai success': 1, 'llama groq success': 1 });
    const providers = new Set(
      (await test.series('llm_edge_requests_total')).map(({ labels }) => labels['provider']),
    );
    expect([...providers].sort()).toEqual(
      ['groq', 'h0.example', 'h1.example', 'h2.example', 'h3.example', 'openai', 'other'].sort(),
    );
    const sum = Object.values(requests).reduce((total: number, value) => total + Number(value), 0);
    expect(sum).toBe(32);
  });
});
