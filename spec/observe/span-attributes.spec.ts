import { InMemorySpanExporter } from '@opentelemetry/sdk-trace';
import { instrumentFetch } from '../../lib/fetch.js';
import {
  initMonitoring,
  observeOperation,
  observeRequest,
  resolveConfig,
  startRequest,
} from '../../lib/index.js';
import { startTestMonitoring, type TestMonitoring } from '../../lib/testing.js';

let test: TestMonitoring;
beforeEach(async () => {
  test = await startTestMonitoring();
});
afterEach(() => test.shutdown());

describe('the attributes of a span', () => {
  it('are each of the conventions or below the own prefix', async () => {
    await observeOperation({ name: 'answer' }, async (operation) => {
      await operation.cacheLookup('L1', () => undefined);
      const request = startRequest({
        provider: 'openai',
        model: 'gpt-4o',
        streaming: true,
        serverAddress: 'api.openai.com',
        serverPort: 443,
      });
      request.firstToken();
      request.setResponse({ id: 'id', model: 'gpt-4o-2024', finishReasons: ['stop'] });
      request.setUsage({
        inputTokens: 10,
        outputTokens: 5,
        cacheReadTokens: 3,
        cacheWriteTokens: 2,
        reasoningTokens: 1,
      });
      request.fail(new TypeError('gone'));
    });
    const [request, operation] = await test.spans();
    expect(Object.keys(request?.attributes ?? {}).sort()).toEqual([
      'error.type',
      'gen_ai.operation.name',
      'gen_ai.provider.name',
      'gen_ai.request.model',
      'gen_ai.request.stream',
      'gen_ai.response.finish_reasons',
      'gen_ai.response.id',
      'gen_ai.response.model',
      'gen_ai.response.time_to_first_chunk',
      'gen_ai.usage.cache_creation.input_tokens',
      'gen_ai.usage.cache_read.input_tokens',
      'gen_ai.usage.cost',
      'gen_ai.usage.input_tokens',
      'gen_ai.usage.output_tokens',
      'gen_ai.usage.reasoning.output_tokens',
      'llm_edge.time_to_first_token_ms',
      'server.address',
      'server.port',
    ]);
    expect(Object.keys(operation?.attributes ?? {}).sort()).toEqual([
      'llm_edge.overhead_ms',
      'llm_edge.request_count',
    ]);
  });

  it.each([
    ['openai', 'openai'],
    ['anthropic', 'anthropic'],
    ['google', 'gcp.gemini'],
    ['vertex', 'gcp.vertex_ai'],
    ['azure', 'azure.ai.openai'],
    ['bedrock', 'aws.bedrock'],
    ['mistral', 'mistral_ai'],
    ['xai', 'x_ai'],
    ['cohere', 'cohere'],
    ['my-own', 'my-own'],
    ['constructor', 'constructor'],
  ])('call %s %s', async (provider, name) => {
    startRequest({ provider, model: 'm' }).end();
    const [span] = await test.spans();
    expect(span?.attributes['gen_ai.provider.name']).toBe(name);
  });
});

describe('the cost of a request', () => {
  const USAGE = { inputTokens: 1_000_000, outputTokens: 100_000 };
  const pricing = { overrides: { openai: { m: { input: 2, output: 10 } } } };
  const OPENINFERENCE = { 'llm.cost.prompt': 2, 'llm.cost.completion': 1, 'llm.cost.total': 3 };
  const LANGFUSE = { 'langfuse.observation.cost_details': '{"input":2,"output":1,"total":3}' };

  async function costsOf(costAttributes: readonly ('langfuse' | 'openinference')[] | undefined) {
    await test.shutdown();
    const spanExporter = new InMemorySpanExporter();
    const traces = { spanExporter, costAttributes };
    const monitoring = await initMonitoring({ metrics: { exporters: [] }, traces, pricing });
    const priced = startRequest({ provider: 'openai', model: 'm' });
    priced.setUsage(USAGE);
    priced.end();
    const reported = startRequest({ provider: 'openrouter', model: 'unknown' });
    reported.setResponse({ costUsd: 0.25 });
    reported.setUsage(USAGE);
    reported.end();
    await observeRequest({ provider: 'openai', model: 'm' }, async () => {
      const answers = [{ usage: { prompt_tokens: 1e6, completion_tokens: 0 } }];
      const fetch = instrumentFetch(async () => Response.json({ model: 'm', ...answers[0] }));
      for (let call = 0; call < 2; call += 1) {
        const init = { method: 'POST', body: '{"model":"m"}' };
        await (await fetch('https://api.openai.com/v1/chat/completions', init)).json();
      }
    });
    startRequest({ provider: 'openai', model: 'unknown' }).end();
    await monitoring.forceFlush();
    const spans = spanExporter.getFinishedSpans();
    await monitoring.shutdown();
    return spans.map(({ attributes }) =>
      Object.fromEntries(Object.entries(attributes).filter(([name]) => name.includes('cost'))),
    );
  }

  it('is under one name by default, and absent if it is not known', async () => {
    expect(await costsOf(undefined)).toEqual([
      { 'gen_ai.usage.cost': 3 },
      { 'gen_ai.usage.cost': 0.25 },
      { 'gen_ai.usage.cost': 4 },
      {},
    ]);
  });

  it('is set for Langfuse as JSON by kind, by option', async () => {
    expect(await costsOf(['langfuse'])).toEqual([
      { 'gen_ai.usage.cost': 3, ...LANGFUSE },
      { 'gen_ai.usage.cost': 0.25, 'langfuse.observation.cost_details': '{"total":0.25}' },
      { 'gen_ai.usage.cost': 4, 'langfuse.observation.cost_details': '{"input":4,"output":0,"total":4}' },
      {},
    ]);
  });

  it('is set under the names of OpenInference, by option', async () => {
    expect(await costsOf(['openinference', 'langfuse'])).toEqual([
      { 'gen_ai.usage.cost': 3, ...OPENINFERENCE, ...LANGFUSE },
      expect.objectContaining({ 'gen_ai.usage.cost': 0.25, 'llm.cost.total': 0.25 }),
      expect.objectContaining({ 'llm.cost.prompt': 4, 'llm.cost.completion': 0, 'llm.cost.total': 4 }),
      {},
    ]);
  });

  it('takes its names from the environment as well', () => {
    const resolved = resolveConfig({}, { LLM_EDGE_COST_ATTRIBUTES: 'openinference, langfuse' });
    expect(resolved.ok && resolved.value.traces.costAttributes).toEqual(['langfuse', 'openinference']);
    const wrong = resolveConfig({}, { LLM_EDGE_COST_ATTRIBUTES: 'helicone' });
    expect(wrong.ok && wrong.value.warnings.map(({ variable }) => variable)).toEqual([
      'LLM_EDGE_COST_ATTRIBUTES',
    ]);
  });
});

describe('the tier that was billed', () => {
  it.each([
    ['openai', 'openai.response.service_tier'],
    ['azure', 'openai.response.service_tier'],
    ['anthropic', 'llm_edge.response.service_tier'],
  ])('of %s is %s', async (provider, name) => {
    const request = startRequest({ provider, model: 'm' });
    request.setResponse({ serviceTier: 'flex' });
    request.end();
    const [span] = await test.spans();
    const tiers = Object.entries(span?.attributes ?? {}).filter(([key]) => key.includes('tier'));
    expect(tiers).toEqual([[name, 'flex']]);
  });
});

describe('the time to the first chunk', () => {
  const CHUNK_SECONDS = 'gen_ai.response.time_to_first_chunk';
  const TOKEN_MS = 'llm_edge.time_to_first_token_ms';

  async function timesOf(events: readonly string[], contentType: string) {
    let now = 1_000;
    const clock = jest.spyOn(performance, 'now').mockImplementation(() => now);
    try {
      const source = {
        pull(controller: ReadableStreamDefaultController<Uint8Array>) {
          const next = events[(now - 1_000) / 250];
          if (next === undefined) return controller.close();
          now += 250;
          controller.enqueue(new TextEncoder().encode(next));
        },
      };
      // Without a queue, a chunk is made when it is read.
      const body = new ReadableStream<Uint8Array>(source, { highWaterMark: 0 });
      const fetch = instrumentFetch(async () => {
        return new Response(body, { headers: { 'content-type': contentType } });
      });
      const stream = contentType === 'text/event-stream';
      const init = { method: 'POST', body: JSON.stringify({ model: 'm', stream }) };
      await (await fetch('https://api.openai.com/v1/chat/completions', init)).text();
    } finally {
      clock.mockRestore();
    }
    const [span] = await test.spans();
    return [span?.attributes[CHUNK_SECONDS], span?.attributes[TOKEN_MS]];
  }

  const frame = (delta: object): string =>
    `data: ${JSON.stringify({ id: 'x', model: 'm', choices: [{ index: 0, delta }] })}\n\n`;

  it('is in seconds, and comes before the first token if the first chunk has no output', async () => {
    const events = [': processing\n\n', frame({ role: 'assistant', content: '' }), frame({ content: 'Hi' })];
    expect(await timesOf(events, 'text/event-stream')).toEqual([0.5, 750]);
  });

  it('is absent for an answer that is not streamed', async () => {
    expect(await timesOf(['{"id":"x",', '"model":"m"}'], 'application/json')).toEqual([undefined, undefined]);
  });

  it('is known for a stream that an observed request returns', async () => {
    async function* chunks() {
      yield 1;
      yield 2;
    }
    for await (const _ of observeRequest({ provider: 'p', model: 'm' }, chunks));
    const [span] = await test.spans();
    expect(span?.attributes).toMatchObject({ [CHUNK_SECONDS]: expect.any(Number) });
    expect(span?.attributes).not.toHaveProperty([TOKEN_MS]);
  });
});

describe('an answer without usage', () => {
  it.each([
    ['chat', 1],
    ['text_completion', 1],
    ['generate_content', 1],
    ['embeddings', 1],
    ['image_generation', 1],
    ['speech', 1],
    ['transcription', 1],
    ['count_tokens', undefined],
  ])('of %s is counted as a gap: %p', async (operation, expected) => {
    startRequest({ provider: 'openai', model: 'm', operation }).end();
    expect(
      await test.value('llm_edge_usage_missing_total', {
        provider: 'openai',
        model: 'm',
        reason: 'not_reported',
      }),
    ).toBe(expected);
  });
});
