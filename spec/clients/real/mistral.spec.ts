import { runScript } from '../../support/run-script.js';

/** The client is published as ES modules only, which jest cannot load: it runs in a process of its own. */
const SCRIPT = `
  import { HTTPClient, Mistral } from '@mistralai/mistralai';
  import { startFetchHarness } from '#lib/../spec/support/fetch-harness.ts';
  import { dataFrames, events, json } from '#lib/../spec/support/providers/loopback.ts';
  import { chatAnswer, chatChunk } from '#lib/../spec/support/providers/openai.ts';

  const harness = await startFetchHarness();
  const httpClient = new HTTPClient({ fetcher: harness.fetch });
  const client = new Mistral({ apiKey: 'key', httpClient, retryConfig: { strategy: 'none' } });
  const prompt = { model: 'mistral-small-latest', messages: [{ role: 'user', content: 'Hi' }] };
  const usage = { prompt_tokens: 16, completion_tokens: 34, total_tokens: 50 };
  const results = {};

  async function run(name, reply, work) {
    harness.loopback.reply(reply);
    const result = await work().catch((error) => error.constructor.name);
    results[name] = { result, recorded: harness.recorded() };
    harness.reset();
  }

  await run('json', json(chatAnswer({ usage })), async () => {
    return (await client.chat.complete(prompt)).choices[0].message.content;
  });

  const frames = dataFrames([
    chatChunk({ role: 'assistant', content: '' }, null, { usage: undefined }),
    chatChunk({ content: [{ type: 'thinking', thinking: [{ type: 'text', text: 'Hmm' }] }] }, null, { usage: undefined }),
    chatChunk({ content: 'Hi' }, null, { usage: undefined }),
    chatChunk({ content: '' }, 'stop', { usage }),
  ], '[DONE]');
  await run('stream', events(frames), async () => {
    let count = 0;
    for await (const event of await client.chat.stream(prompt)) count += 1;
    return count;
  });

  await run('break', events(frames.slice(0, 3), { ending: 'hang' }), async () => {
    for await (const event of await client.chat.stream(prompt)) break;
    return 'left';
  });

  await run('limit', json({ message: 'Requests rate limit exceeded', code: '1300' }, 429), async () => {
    await client.chat.complete(prompt);
  });

  await run('embeddings', json({ id: 'e', object: 'list', model: 'mistral-embed', data: [], usage: { ...usage, completion_tokens: 0 } }), async () => {
    return (await client.embeddings.create({ model: 'mistral-embed', inputs: ['Hi'] })).model;
  });

  console.log(JSON.stringify(results));
  await harness.close();
`;

const REQUEST = {
  provider: 'mistral',
  model: 'mistral-small-latest',
  outcome: 'success',
  operation: 'chat',
  streamed: false,
  answeredBy: 'gpt-4o-mini-2024-07-18',
  finishReasons: ['stop'],
};
const ONE = {
  requests: [REQUEST],
  usage: [{ inputTokens: 16, outputTokens: 34 }],
  firstTokens: 0,
  usageMissing: 0,
  active: 0,
  dropped: [],
};
const { answeredBy: _model, finishReasons: _reasons, ...SILENT } = REQUEST;
const { finishReasons: _more, ...UNFINISHED } = REQUEST;

describe('the Mistral client', () => {
  it('gets what it always gets, and it is recorded', async () => {
    const { stdout, stderr } = await runScript(SCRIPT).end();
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual({
      json: { result: 'Grüß dich! 😀', recorded: ONE },
      stream: { result: 4, recorded: { ...ONE, requests: [{ ...REQUEST, streamed: true }], firstTokens: 1 } },
      break: {
        result: 'left',
        recorded: {
          ...ONE,
          requests: [{ ...UNFINISHED, streamed: true, outcome: 'client_cancelled' }],
          usage: [],
          firstTokens: 1,
        },
      },
      limit: {
        result: expect.any(String),
        recorded: { ...ONE, requests: [{ ...SILENT, outcome: 'rate_limited' }], usage: [] },
      },
      embeddings: {
        result: 'mistral-embed',
        recorded: {
          ...ONE,
          requests: [
            { ...UNFINISHED, model: 'mistral-embed', operation: 'embeddings', answeredBy: 'mistral-embed' },
          ],
          usage: [{ inputTokens: 16 }],
        },
      },
    });
  });
});
