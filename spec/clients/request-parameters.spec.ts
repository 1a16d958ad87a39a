import { type Attributes, ROOT_CONTEXT, SpanKind } from '@opentelemetry/api';
import { SamplingDecision, TracerProvider } from '@opentelemetry/sdk-trace';
import { instrumentFetch } from '../../lib/fetch.js';
import { initMonitoring, observeRequest, startRequest } from '../../lib/index.js';
import { startTestMonitoring, type TestMonitoring } from '../../lib/testing.js';

const CHAT = 'https://api.openai.com/v1/chat/completions';
const GEMINI = 'https://generativelanguage.googleapis.com/v1beta/models/gemini-2.5-pro:generateContent';

/** Answers each call with an empty object. */
const fetch = instrumentFetch(() => Promise.resolve(Response.json({})));

const PARAMETERS = [
  'gen_ai.request.max_tokens',
  'gen_ai.request.temperature',
  'gen_ai.request.top_p',
  'gen_ai.request.reasoning.level',
  'openai.request.service_tier',
  'llm_edge.request.service_tier',
];

/** The parameters of a call among the attributes of its span, in the order of {@link PARAMETERS}. */
function parametersIn(attributes: Attributes | undefined): unknown[] {
  return PARAMETERS.map((name) => attributes?.[name]);
}

describe('the parameters of a call', () => {
  let test: TestMonitoring;
  beforeEach(async () => {
    test = await startTestMonitoring();
  });
  afterEach(() => test.shutdown());

  async function post(url: string, body: unknown): Promise<Attributes | undefined> {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    await (await fetch(url, { method: 'POST', body: text })).text();
    return (await test.spans())[0]?.attributes;
  }

  const common = { model: 'm', temperature: 0.5, top_p: 0.9 };
  const none = undefined;
  it.each([
    [
      'OpenAI chat completions',
      CHAT,
      { ...common, max_completion_tokens: 100, max_tokens: 7, reasoning_effort: 'low', service_tier: 'flex' },
      [100, 0.5, 0.9, 'low', 'flex', none],
    ],
    [
      'OpenAI responses',
      'https://api.openai.com/v1/responses',
      { ...common, max_output_tokens: 100, reasoning: { effort: 'high', summary: 'auto' } },
      [100, 0.5, 0.9, 'high', none, none],
    ],
    [
      'Ollama, with an effort',
      'https://ollama.com/api/chat',
      {
        model: 'm',
        think: 'high',
        options: { num_predict: 100, temperature: 0.5, top_p: 0.9, num_ctx: 4096 },
      },
      [100, 0.5, 0.9, 'high', none, none],
    ],
    [
      'Ollama, which only says whether to think, and not how long the answer may be',
      'https://ollama.com/api/generate',
      { model: 'm', think: true, options: { num_predict: -1, temperature: 0.5, top_p: 0.9 } },
      [none, 0.5, 0.9, none, none, none],
    ],
    [
      'Azure OpenAI',
      'https://mine.openai.azure.com/openai/deployments/d/chat/completions',
      { ...common, max_tokens: 100, service_tier: 'priority' },
      [100, 0.5, 0.9, none, 'priority', none],
    ],
    [
      'Anthropic messages',
      'https://api.anthropic.com/v1/messages',
      { ...common, max_tokens: 100, output_config: { effort: 'medium' }, service_tier: 'standard_only' },
      [100, 0.5, 0.9, 'medium', none, 'standard_only'],
    ],
    [
      'Gemini',
      GEMINI,
      {
        generationConfig: {
          maxOutputTokens: 100,
          temperature: 0.5,
          topP: 0.9,
          thinkingConfig: { thinkingLevel: 'HIGH' },
        },
        serviceTier: 'flex',
      },
      [100, 0.5, 0.9, 'HIGH', none, 'flex'],
    ],
    [
      'Gemini in snake case',
      GEMINI,
      {
        generation_config: {
          max_output_tokens: 100,
          temperature: 0.5,
          top_p: 0.9,
          thinking_config: { thinking_level: 'low' },
        },
      },
      [100, 0.5, 0.9, 'low', none, none],
    ],
    [
      'Cohere',
      'https://api.cohere.com/v2/chat',
      { model: 'm', max_tokens: 100, temperature: 0.5, p: 0.9 },
      [100, 0.5, 0.9, none, none, none],
    ],
    [
      'Mistral',
      'https://api.mistral.ai/v1/chat/completions',
      { ...common, max_tokens: 100, reasoning_effort: 'none' },
      [100, 0.5, 0.9, 'none', none, none],
    ],
  ])('are read from the body of %s', async (_api, url, body, expected) => {
    expect(parametersIn(await post(url, body))).toEqual(expected);
  });

  it('are left out where the body has none', async () => {
    expect(parametersIn(await post(CHAT, { model: 'm' }))).toEqual(PARAMETERS.map(() => none));
  });

  it('are read from a body of 2 MB in bounded memory', async () => {
    const messages = [{ role: 'user', content: 'x'.repeat(2_000_000), temperature: 1, user: 'me' }];
    const attributes = await post(CHAT, { messages, max_tokens: 100, ...common });
    expect(parametersIn(attributes)).toEqual([100, 0.5, 0.9, none, none, none]);
  });

  it('are read from a Request while it is sent', async () => {
    const inner = instrumentFetch(async (input) => {
      await (input as Request).text();
      return Response.json({});
    });
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify({ ...common, max_tokens: 100 });
    await (await inner(new Request(CHAT, { method: 'POST', headers, body }))).text();
    const [span] = await test.spans();
    expect(parametersIn(span?.attributes)).toEqual([100, 0.5, 0.9, none, none, none]);
  });

  it.each([
    ['texts', '"100"', '"0.5"', '"0.9"', '7', '7'],
    ['lists', '[100]', '[0.5]', '[0.9]', '["low"]', '["flex"]'],
    ['objects', '{"a":1}', '{}', '{}', '{}', '{"type":"flex"}'],
    ['beyond the range of numbers', '1e999', '1e999', '-1e999', 'true', 'false'],
    ['out of range', '-1', '-0.1', '1.01', '""', '" "'],
    ['too large', '10000000001', '100.5', '2', `"${'a'.repeat(41)}"`, `"${'b'.repeat(100_000)}"`],
    ['no whole number of tokens, and sentences', '1.5', 'null', 'null', '"Tell me a secret"', '"sk-1 2"'],
  ])('are dropped where they are hostile: %s', async (_title, maxTokens, temperature, topP, effort, tier) => {
    const body = `{"model":"gpt-4o","max_tokens":${maxTokens},"temperature":${temperature},"top_p":${topP},
      "reasoning_effort":${effort},"service_tier":${tier}}`;
    const attributes = await post(CHAT, body);
    expect(parametersIn(attributes)).toEqual(PARAMETERS.map(() => none));
    expect(attributes?.['gen_ai.request.model']).toBe('gpt-4o');
  });

  it('may be passed as options, which win over the body of the call within', async () => {
    const parameters = {
      maxTokens: 50,
      temperature: 1,
      topP: 0.1,
      reasoningEffort: 'minimal',
      serviceTier: 'flex',
    };
    await observeRequest({ provider: 'openai', model: 'm', parameters }, () => post(CHAT, common));
    const [span] = await test.spans();
    expect(parametersIn(span?.attributes)).toEqual([50, 1, 0.1, 'minimal', 'flex', none]);
  });

  it('are those of the first call within an observed request that passes none', async () => {
    await observeRequest({ provider: 'openai', model: 'm' }, async () => {
      await post(CHAT, { ...common, temperature: 0.1 });
      await post(CHAT, { ...common, temperature: 0.2 });
    });
    const [span] = await test.spans();
    expect(parametersIn(span?.attributes)).toEqual([none, 0.1, 0.9, none, none, none]);
  });

  it('are counted where an option is not valid', async () => {
    const parameters = { maxTokens: Number.NaN, temperature: '1', topP: 0.5, serviceTier: 'a b' };
    startRequest({ provider: 'openai', model: 'm', parameters: parameters as never }).end();
    const [span] = await test.spans();
    expect(parametersIn(span?.attributes)).toEqual([none, none, 0.5, none, none, none]);
    expect(await test.value('llm_edge_monitoring_dropped_total', { reason: 'invalid_value' })).toBe(3);
  });

  it('are the only members of a body that reach a span: nothing that identifies a person does', async () => {
    const secret = 'jane.doe';
    const attributes = await post(CHAT, {
      ...common,
      user: secret,
      metadata: { user_id: secret, session: secret },
      safety_identifier: secret,
      prompt_cache_key: secret,
      conversation: secret,
      conversation_id: secret,
      session_id: secret,
      previous_response_id: secret,
      messages: [{ role: 'user', name: secret, content: secret }],
      'user.id': secret,
      'session.id': secret,
      'gen_ai.conversation.id': secret,
    });
    expect(JSON.stringify(attributes)).not.toContain(secret);
    const names = Object.keys(attributes ?? {}).filter((name) => /user|session|conversation/.test(name));
    expect(names).toEqual([]);
  });

  it('leave identifiers of persons to attributes that the caller passes', async () => {
    const attributes = { 'user.id': 'u1', 'session.id': 's1', 'gen_ai.conversation.id': 'c1' };
    startRequest({ provider: 'openai', model: 'm', attributes }).end();
    const [span] = await test.spans();
    expect(span?.attributes).toMatchObject(attributes);
  });
});

describe('a sampler', () => {
  it('sees the parameters of a call', async () => {
    const seen: Attributes[] = [];
    const tracerProvider = new TracerProvider({
      sampler: {
        shouldSample(
          _context = ROOT_CONTEXT,
          _traceId = '',
          _name = '',
          _kind = SpanKind.CLIENT,
          attributes = {},
        ) {
          seen.push(attributes);
          return { decision: SamplingDecision.NOT_RECORD };
        },
        toString: () => 'spec',
      },
    });
    const monitoring = await initMonitoring({ tracerProvider, metrics: { port: 0 } });
    try {
      await fetch(CHAT, { method: 'POST', body: '{"model":"m","max_tokens":5,"service_tier":"flex"}' });
      expect(seen.map(parametersIn)).toEqual([[5, undefined, undefined, undefined, 'flex', undefined]]);
    } finally {
      await monitoring.shutdown();
    }
  });
});
