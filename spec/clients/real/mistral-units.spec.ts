import { runScript } from '../../support/run-script.js';

/** The client is published as ES modules only, which jest cannot load: it runs in a process of its own. */
const SCRIPT = `
  import { HTTPClient, Mistral } from '@mistralai/mistralai';
  import { startFetchHarness } from '#lib/../spec/support/fetch-harness.ts';
  import { dataFrames, events, json, namedFrames } from '#lib/../spec/support/providers/loopback.ts';
  import { chatAnswer, chatChunk } from '#lib/../spec/support/providers/openai.ts';

  const harness = await startFetchHarness();
  const httpClient = new HTTPClient({ fetcher: harness.fetch });
  const client = new Mistral({ apiKey: 'key', httpClient, retryConfig: { strategy: 'none' } });
  const usage = { prompt_tokens: 188, completion_tokens: 55, total_tokens: 243 };
  const searched = { ...usage, total_tokens: 7355, connector_tokens: 7112, connectors: { web_search: 1 } };
  const model = 'mistral-medium-2505';
  const results = {};

  async function run(name, reply, work) {
    harness.loopback.reply(reply);
    const result = await work().catch((error) => error.constructor.name);
    const { requests, usage, usageMissing, firstTokens } = harness.recorded();
    const request = requests.map((one) => [one.operation, one.model, one.outcome].join(' ')).join();
    const costUsd = harness.recorder.callsOf('cost').map((call) => Number(call[3].toFixed(9)))[0];
    results[name] = { result, request, usage: usage[0], usageMissing, firstTokens, costUsd };
    harness.reset();
  }

  await run('agent', json(chatAnswer({ model, usage })), async () => {
    const messages = [{ role: 'user', content: 'Hi' }];
    return (await client.agents.complete({ agentId: 'ag_1', messages })).choices[0].message.content;
  });

  const chunks = dataFrames([
    chatChunk({ role: 'assistant', content: 'Hi' }, null, { model, usage: undefined }),
    chatChunk({ content: '' }, 'stop', { model, usage }),
  ], '[DONE]');
  const agent = async () => {
    let count = 0;
    for await (const event of await client.agents.stream({ agentId: 'ag_1', messages: [{ role: 'user', content: 'Hi' }] })) count += 1;
    return count;
  };
  await run('streamed agent', events(chunks), agent);
  await run('broken agent', events(chunks.slice(0, 1), { ending: 'break' }), agent);

  const output = { object: 'entry', type: 'message.output', id: 'msg_1', role: 'assistant', content: 'Hi', model };
  const tool = { object: 'entry', type: 'tool.execution', id: 'tool_1', name: 'web_search', arguments: '{}' };
  const conversation = { object: 'conversation.response', conversation_id: 'conv_1', outputs: [tool, output], usage: searched };
  await run('conversation', json(conversation), async () => {
    return (await client.beta.conversations.start({ agentId: 'ag_1', inputs: 'Hi' })).outputs.length;
  });
  await run('append', json({ ...conversation, outputs: [output], usage }), async () => {
    return (await client.beta.conversations.append({
      conversationId: 'conv_1', conversationAppendRequest: { inputs: 'Hi' },
    })).conversationId;
  });

  const at = { created_at: '2026-11-01T00:00:00Z' };
  const delta = { type: 'message.output.delta', ...at, output_index: 0, id: 'msg_1', content_index: 0, role: 'assistant', model };
  const frames = namedFrames([
    { type: 'conversation.response.started', ...at, conversation_id: 'conv_1' },
    { ...delta, content: 'H' },
    { ...delta, content: 'i' },
    { type: 'conversation.response.done', ...at, usage: searched },
  ]);
  const stream = async (count = 9) => {
    let events = 0;
    for await (const event of await client.beta.conversations.startStream({ model: 'mistral-medium-latest', inputs: 'Hi' })) {
      events += 1;
      if (events === count) break;
    }
    return events;
  };
  await run('stream', events(frames), () => stream());
  await run('aborted', events(frames.slice(0, 3), { ending: 'hang' }), () => stream(2));
  await run('failing', events([
    ...frames.slice(0, 2), ...namedFrames([{ type: 'conversation.response.error', ...at, message: 'No', code: 3000 }]),
  ]), () => stream());
  await run('refused', json({ message: 'Requests rate limit exceeded', code: '1300' }, 429), () => stream());

  const ocr = { pages: [], model: 'mistral-ocr-2505', usage_info: { pages_processed: 10, doc_size_bytes: 9 } };
  const document = { type: 'document_url', documentUrl: 'https://a' };
  const read = (options) => async () => {
    return (await client.ocr.process({ model: 'mistral-ocr-2505', document, ...options })).usageInfo.pagesProcessed;
  };
  await run('ocr', json(ocr), read({}));
  await run('annotated', json(ocr), read({ documentAnnotationFormat: { type: 'json_object' } }));
  await run('unused', json({ ...ocr, usage_info: {} }), read({}));

  await run('no pages', json({ message: 'No', code: '3310' }, 422), read({}));

  const results1 = [{ categories: {}, category_scores: {} }];
  await run('moderation', json({ id: 'm', model: 'mistral-moderation-2411', results: results1 }), async () => {
    return (await client.classifiers.moderate({ model: 'mistral-moderation-latest', inputs: ['Hi'] })).id;
  });

  await run('chat moderation', json({ id: 'm', model: 'mistral-moderation-2411', results: results1 }), async () => {
    return (await client.classifiers.moderateChat({ model: 'mistral-moderation-latest', inputs: [{ role: 'user', content: 'Hi' }] })).id;
  });
  await run('no moderation', json({ message: 'No', code: '1300' }, 429), async () => {
    return (await client.classifiers.moderate({ model: 'mistral-moderation-latest', inputs: ['Hi'] })).id;
  });

  const heard = { prompt_audio_seconds: 203, prompt_tokens: 4, completion_tokens: 635, total_tokens: 3264 };
  const file = { fileName: 'a.wav', content: new Uint8Array([1, 2, 3]) };
  const transcript = { model: 'voxtral-mini-2602', text: 'Hi', language: null, usage: heard };
  await run('transcription', json(transcript), async () => {
    return (await client.audio.transcriptions.complete({ model: 'voxtral-mini-2602', file })).text;
  });
  await run('streamed transcription', events(namedFrames([
    { type: 'transcription.text.delta', text: 'Hi' },
    { ...transcript, type: 'transcription.done' },
  ])), async () => {
    let count = 0;
    for await (const event of await client.audio.transcriptions.stream({ model: 'voxtral-mini-2602', file })) count += 1;
    return count;
  });

  console.log(JSON.stringify(results));
  await harness.close();
`;

const SEARCHED = { inputTokens: 7_300, outputTokens: 55, webSearches: 1 };
const PLAIN = { inputTokens: 188, outputTokens: 55 };
const HEARD = { inputTokens: 4, outputTokens: 635, inputAudioSeconds: 203 };
const NOTHING = { usageMissing: 0, firstTokens: 0 };
const MODEL = 'mistral-medium-2505';
const ASKED = 'chat mistral-medium-latest';

describe('the Mistral client', () => {
  it('gets what it always gets of agents, documents and audio, counted by their own units', async () => {
    const { stdout, stderr } = await runScript(SCRIPT).end();
    expect(stderr).toBe('');
    const results = JSON.parse(stdout);
    // Chats are priced elsewhere; here only what is billed by other units.
    for (const name of ['agent', 'streamed agent', 'append']) delete results[name].costUsd;
    expect(results).toEqual({
      agent: { ...NOTHING, result: 'Grüß dich! 😀', request: `chat ${MODEL} success`, usage: PLAIN },
      'streamed agent': {
        ...NOTHING,
        result: 2,
        request: `chat ${MODEL} success`,
        usage: PLAIN,
        firstTokens: 1,
      },
      'broken agent': {
        ...NOTHING,
        result: expect.any(String),
        request: `chat ${MODEL} stream_interrupted`,
        firstTokens: 1,
      },
      conversation: { ...NOTHING, result: 2, request: `chat ${MODEL} success`, usage: SEARCHED },
      append: { ...NOTHING, result: 'conv_1', request: `chat ${MODEL} success`, usage: PLAIN },
      stream: { ...NOTHING, result: 4, request: `${ASKED} success`, usage: SEARCHED, firstTokens: 1 },
      aborted: { ...NOTHING, result: 2, request: `${ASKED} client_cancelled`, firstTokens: 1 },
      failing: { ...NOTHING, result: 3, request: `${ASKED} api_error`, firstTokens: 1 },
      refused: { ...NOTHING, result: expect.any(String), request: `${ASKED} rate_limited` },
      ocr: {
        ...NOTHING,
        result: 10,
        request: 'ocr mistral-ocr-2505 success',
        usage: { inputPages: 10 },
        costUsd: 0.01,
      },
      annotated: {
        ...NOTHING,
        result: 10,
        request: 'ocr mistral-ocr-2505 success',
        usage: { annotatedPages: 10 },
        costUsd: 0.03,
      },
      unused: {
        result: expect.anything(),
        request: 'ocr mistral-ocr-2505 success',
        usageMissing: 1,
        firstTokens: 0,
      },
      moderation: {
        result: 'm',
        request: 'moderation mistral-moderation-latest success',
        usageMissing: 1,
        firstTokens: 0,
      },
      'no pages': {
        ...NOTHING,
        result: expect.any(String),
        request: 'ocr mistral-ocr-2505 invalid_request',
      },
      'chat moderation': {
        result: 'm',
        request: 'moderation mistral-moderation-latest success',
        usageMissing: 1,
        firstTokens: 0,
      },
      'no moderation': {
        ...NOTHING,
        result: expect.any(String),
        request: 'moderation mistral-moderation-latest rate_limited',
      },
      transcription: {
        ...NOTHING,
        result: 'Hi',
        request: 'transcription voxtral-mini-2602 success',
        usage: HEARD,
        costUsd: 0.01015,
      },
      'streamed transcription': {
        ...NOTHING,
        result: 2,
        request: 'transcription voxtral-mini-2602 success',
        usage: HEARD,
        firstTokens: 1,
        costUsd: 0.01015,
      },
    });
  });
});
