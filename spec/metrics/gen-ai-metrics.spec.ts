import { bedrockMiddleware } from '../../lib/bedrock.js';
import { instrumentFetch } from '../../lib/fetch.js';
import {
  observeOperation,
  observeRequest,
  recordRequestFailure,
  recordRequestSuccess,
  recordTokenUsage,
  startRequest,
} from '../../lib/index.js';
import { type GenAiMonitoring, startGenAiMonitoring, sums } from '../support/gen-ai-monitoring.js';

const CHAT_URL = 'https://api.openai.com/v1/chat/completions';
const GPT = { provider: 'openai', model: 'gpt-4o' } as const;

const SECONDS = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92];
const TOKENS = [1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864];

const SERVER = {
  'gen_ai.server.request.duration': { unit: 's', bounds: SECONDS },
  'gen_ai.server.time_to_first_token': {
    unit: 's',
    bounds: [0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10],
  },
  'gen_ai.server.time_per_output_token': {
    unit: 's',
    bounds: [0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5],
  },
};
const V1_41 = {
  'gen_ai.client.operation.duration': { unit: 's', bounds: SECONDS },
  'gen_ai.client.token.usage': { unit: '{token}', bounds: TOKENS },
  'gen_ai.client.operation.time_to_first_chunk': { unit: 's', bounds: SECONDS },
  'gen_ai.client.operation.time_per_output_chunk': { unit: 's', bounds: SECONDS },
};
const COUNTER = { unit: '{token}', bounds: [] };
const NEXT = {
  'gen_ai.client.operation.duration': { unit: 's', bounds: SECONDS },
  'gen_ai.client.inference.duration': { unit: 's', bounds: SECONDS },
  'gen_ai.client.inference.time_to_first_chunk': { unit: 's', bounds: SECONDS },
  'gen_ai.client.inference.time_per_output_chunk': { unit: 's', bounds: SECONDS },
  'gen_ai.client.inference.usage.input_tokens': COUNTER,
  'gen_ai.client.inference.usage.output_tokens': COUNTER,
  'gen_ai.client.inference.usage.cache_read.input_tokens': COUNTER,
  'gen_ai.client.inference.usage.cache_write.input_tokens': COUNTER,
  'gen_ai.client.inference.usage.reasoning.output_tokens': COUNTER,
  'gen_ai.client.inference.operation.input_tokens': { unit: '{token}', bounds: TOKENS },
  'gen_ai.client.inference.operation.output_tokens': { unit: '{token}', bounds: TOKENS },
};

/** What a provider answers to a request with a stream, in this many events, the last one with the usage. */
function streamedAnswer(words: number, model = 'gpt-4o-2024-08-06'): Response {
  const event = (event: object): string => `data: ${JSON.stringify({ model, ...event })}\n\n`;
  const frames = [
    ...Array.from({ length: words }, () => event({ choices: [{ index: 0, delta: { content: 'a' } }] })),
    event({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }),
    event({ choices: [], usage: { prompt_tokens: 1000, completion_tokens: 20 } }),
    'data: [DONE]\n\n',
  ];
  const body = new ReadableStream({
    pull(controller) {
      const frame = frames.shift();
      if (frame === undefined) controller.close();
      else controller.enqueue(Buffer.from(frame));
    },
  });
  return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
}

function wholeAnswer(usage: object = { prompt_tokens: 1000, completion_tokens: 20 }): Response {
  const choices = [{ index: 0, message: { content: 'Hi' }, finish_reason: 'stop' }];
  return Response.json({ model: 'gpt-4o-2024-08-06', choices, usage });
}

function call(url: string, body: object, answer: () => Response): Promise<Response> {
  const init = {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json' },
  };
  return instrumentFetch(async () => answer())(url, init);
}

const chat = (answer: () => Response, more: object = {}): Promise<Response> =>
  call(CHAT_URL, { model: 'gpt-4o', messages: [], ...more }, answer);

const stream = (words: number): Promise<Response> => chat(() => streamedAnswer(words), { stream: true });

async function embed(): Promise<void> {
  const answer = (): Response =>
    Response.json({ model: 'embed', usage: { prompt_tokens: 5, total_tokens: 5 } });
  const response = await call('https://api.openai.com/v1/embeddings', { model: 'embed', input: 'a' }, answer);
  await response.text();
}

let running: GenAiMonitoring;

afterEach(() => running.stop());

/** Does what serves a caller with all that can be recorded, and makes a call that is no inference. */
async function useEverything(): Promise<void> {
  await observeOperation({}, () => stream(2).then((response) => response.text()));
  await observeOperation({}, async () => {
    const response = await stream(2);
    return response.text();
  });
  await embed();
}

describe('the option genAi.metrics', () => {
  it.each([
    ['v1.41', { ...V1_41, ...SERVER }],
    ['next', { ...NEXT, ...SERVER }],
    ['both', { ...V1_41, ...NEXT, ...SERVER }],
  ] as const)(
    'pushes the metrics of %s with units and buckets of the conventions',
    async (metrics, expected) => {
      running = await startGenAiMonitoring({ metrics });
      await useEverything();
      await running.push();
      const pushed = [...running.receiver.instruments].filter(([name]) => name.startsWith('gen_ai.'));
      expect(Object.fromEntries(pushed)).toEqual(expected);
    },
  );

  it('is none by default', async () => {
    running = await startGenAiMonitoring(undefined);
    await useEverything();
    expect(await running.push()).toEqual([]);
    expect(running.monitoring.config.genAi).toEqual({ metrics: 'none', scrape: false });
  });

  it('pushes them together with all others, the last time at the shutdown', async () => {
    running = await startGenAiMonitoring({ metrics: 'v1.41' });
    await chat(wholeAnswer).then((response) => response.text());
    await running.monitoring.shutdown();
    expect(running.receiver.pushes).toHaveLength(1);
    expect(running.receiver.pushes[0]).toMatchObject({
      'llm_edge_requests_total{provider="openai",model="gpt-4o",status="success"}': 1,
      'llm_edge_monitoring_series_overflow_total{label="model"}': 0,
    });
    expect([...running.receiver.instruments.keys()]).toContain('gen_ai.client.operation.duration');
  });
});

describe('a request', () => {
  const ATTRIBUTES = {
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': 'openai',
    'gen_ai.request.model': 'gpt-4o',
    'gen_ai.response.model': 'gpt-4o-2024-08-06',
    'server.address': 'api.openai.com',
    'server.port': '443',
  };

  it('has the attributes of the conventions in v1.41', async () => {
    running = await startGenAiMonitoring({ metrics: 'v1.41' });
    await chat(wholeAnswer).then((response) => response.text());
    expect(await running.push()).toEqual([
      { name: 'gen_ai.client.operation.duration', labels: ATTRIBUTES, value: 1 },
      {
        name: 'gen_ai.client.token.usage',
        labels: { ...ATTRIBUTES, 'gen_ai.token.type': 'input' },
        value: 1,
      },
      {
        name: 'gen_ai.client.token.usage',
        labels: { ...ATTRIBUTES, 'gen_ai.token.type': 'output' },
        value: 1,
      },
    ]);
  });

  it('has its tokens by modality in next', async () => {
    running = await startGenAiMonitoring({ metrics: 'next' });
    const details = { cached_tokens: 400, audio_tokens: 100 };
    const usage = {
      prompt_tokens: 1000,
      completion_tokens: 20,
      prompt_tokens_details: details,
      completion_tokens_details: { reasoning_tokens: 12, audio_tokens: 0 },
    };
    await chat(() => wholeAnswer(usage)).then((response) => response.text());
    const pushed = await running.push();
    expect(sums(pushed, 'gen_ai.token.modality')).toEqual({
      'gen_ai.client.inference.duration -': 1,
      'gen_ai.client.inference.usage.input_tokens audio': 100,
      'gen_ai.client.inference.usage.input_tokens unknown': 900,
      'gen_ai.client.inference.usage.output_tokens unknown': 20,
      'gen_ai.client.inference.usage.cache_read.input_tokens unknown': 400,
      'gen_ai.client.inference.usage.cache_write.input_tokens unknown': 0,
      'gen_ai.client.inference.usage.reasoning.output_tokens unknown': 12,
      'gen_ai.client.inference.operation.input_tokens -': 1,
      'gen_ai.client.inference.operation.output_tokens -': 1,
    });
    const { 'gen_ai.token.modality': _, ...labels } = pushed.find(({ value }) => value === 400)?.labels ?? {};
    expect(labels).toEqual(ATTRIBUTES);
  });

  it('that fails has an error type, and zero tokens in next', async () => {
    running = await startGenAiMonitoring({ metrics: 'both' });
    await chat(() => Response.json({ error: {} }, { status: 429 })).then((response) => response.text());
    expect(sums(await running.push(), 'error.type')).toEqual({
      'gen_ai.client.operation.duration rate_limited': 1,
      'gen_ai.client.inference.duration rate_limited': 1,
      'gen_ai.client.inference.usage.input_tokens -': 0,
      'gen_ai.client.inference.usage.output_tokens -': 0,
      'gen_ai.client.inference.usage.cache_read.input_tokens -': 0,
      'gen_ai.client.inference.usage.cache_write.input_tokens -': 0,
      'gen_ai.client.inference.usage.reasoning.output_tokens -': 0,
    });
  });

  it('of several calls is one, with the tokens of all of them and of the one that ends later', async () => {
    running = await startGenAiMonitoring({ metrics: 'both' });
    let late: Response | undefined;
    await observeRequest(GPT, async () => {
      await chat(wholeAnswer).then((response) => response.text());
      await chat(wholeAnswer).then((response) => response.text());
      late = await chat(wholeAnswer);
    });
    const before = sums(await running.push());
    await late?.text();
    const after = sums(await running.push());
    expect(before).toMatchObject({
      'gen_ai.client.operation.duration': 1,
      'gen_ai.client.inference.duration': 1,
      'gen_ai.client.inference.usage.input_tokens': 2000,
    });
    expect(after).toMatchObject({
      'gen_ai.client.operation.duration': 1,
      'gen_ai.client.inference.usage.input_tokens': 3000,
    });
  });

  it('that is no inference has its duration under the general name, in next too', async () => {
    running = await startGenAiMonitoring({ metrics: 'next' });
    await embed();
    expect(sums(await running.push(), 'gen_ai.operation.name')).toMatchObject({
      'gen_ai.client.operation.duration embeddings': 1,
      'gen_ai.client.inference.usage.input_tokens embeddings': 5,
    });
    expect([...running.receiver.instruments.keys()]).not.toContain('gen_ai.client.inference.duration');
  });

  it('is pushed as an increase where all pushes are', async () => {
    running = await startGenAiMonitoring({ metrics: 'both' }, { metrics: { temporality: 'delta' } });
    for (let round = 0; round < 2; round += 1) {
      await chat(wholeAnswer).then((response) => response.text());
      expect(sums(await running.push())).toMatchObject({
        'gen_ai.client.operation.duration': 1,
        'gen_ai.client.inference.usage.input_tokens': 1000,
      });
    }
  });

  it('whose details cannot be read has its tokens', async () => {
    running = await startGenAiMonitoring({ metrics: 'v1.41' });
    const details = {
      get reasoningTokens(): number {
        throw new Error('not readable');
      },
    };
    recordTokenUsage('openai', 'gpt-4o', 7, 5, details);
    recordTokenUsage('openai', 'gpt-4o', 7, Number.NaN);
    await running.push();
    expect(running.receiver.pushes.at(-1)).toMatchObject({
      'llm_edge_monitoring_dropped_total{reason="internal_error"}': 0,
      'llm_edge_tokens_total{provider="openai",model="gpt-4o",type="input"}': 14,
    });
  });

  it('that is recorded by hand is a chat', async () => {
    running = await startGenAiMonitoring({ metrics: 'both' });
    recordRequestSuccess('azure', 'gpt-4o', 10);
    recordRequestFailure('azure', 'gpt-4o', 'timeout', 10);
    recordTokenUsage('azure', 'gpt-4o', 7, 5, { reasoningTokens: 3 });
    const pushed = await running.push();
    expect(new Set(pushed.map(({ labels }) => labels['gen_ai.provider.name']))).toEqual(
      new Set(['azure.ai.openai']),
    );
    expect(sums(pushed, 'gen_ai.operation.name')).toMatchObject({
      'gen_ai.client.operation.duration chat': 2,
      'gen_ai.client.token.usage chat': 2,
      'gen_ai.client.inference.usage.input_tokens chat': 7,
      'gen_ai.client.inference.usage.reasoning.output_tokens chat': 3,
    });
  });
});

describe('a stream', () => {
  const CHUNKS = {
    'gen_ai.client.operation.time_to_first_chunk': 1,
    'gen_ai.client.operation.time_per_output_chunk': 4,
    'gen_ai.client.inference.time_to_first_chunk': 1,
    'gen_ai.client.inference.time_per_output_chunk': 4,
  };

  it('has the time to each of its events', async () => {
    running = await startGenAiMonitoring({ metrics: 'both' });
    await stream(3).then((response) => response.text());
    expect(sums(await running.push())).toMatchObject(CHUNKS);
  });

  it('has them once, whoever observes it', async () => {
    running = await startGenAiMonitoring({ metrics: 'both' });
    await observeRequest(GPT, () => stream(3)).then((response) => response.text());
    expect(sums(await running.push())).toMatchObject({ ...CHUNKS, 'gen_ai.client.operation.duration': 1 });
  });

  it('has the time to each value of an iterator', async () => {
    running = await startGenAiMonitoring({ metrics: 'v1.41' });
    async function* words() {
      yield* ['a', 'b', 'c'];
    }
    for await (const _ of observeRequest(GPT, words)) {
      // Only read.
    }
    expect(sums(await running.push())).toEqual({
      'gen_ai.client.operation.duration': 1,
      'gen_ai.client.operation.time_to_first_chunk': 1,
      'gen_ai.client.operation.time_per_output_chunk': 2,
    });
  });

  it('of an SDK that decodes events itself has the time to each of them', async () => {
    running = await startGenAiMonitoring({ metrics: 'v1.41' });
    let send = async (_args: { readonly input: object }): Promise<{ readonly output: object }> => ({
      output: { stream: decoded() },
    });
    async function* decoded() {
      for (const text of ['a', 'b', 'c']) yield { contentBlockDelta: { delta: { text } } };
      yield { messageStop: { stopReason: 'end_turn' } };
    }
    bedrockMiddleware().applyToStack({
      add: (middleware) => {
        send = middleware(send, { commandName: 'ConverseStreamCommand' });
      },
    });
    const { output } = await send({ input: { modelId: 'm' } });
    for await (const _ of (output as { readonly stream: AsyncIterable<unknown> }).stream) {
      // Only read.
    }
    expect(sums(await running.push(), 'gen_ai.provider.name')).toMatchObject({
      'gen_ai.client.operation.time_to_first_chunk aws.bedrock': 1,
      'gen_ai.client.operation.time_per_output_chunk aws.bedrock': 3,
    });
  });

  it('that is aborted has the times until then', async () => {
    running = await startGenAiMonitoring({ metrics: 'v1.41' });
    const response = await stream(5);
    const reader = response.body?.getReader();
    await reader?.read();
    await reader?.read();
    await reader?.cancel();
    expect(sums(await running.push(), 'error.type')).toEqual({
      'gen_ai.client.operation.duration client_cancelled': 1,
      'gen_ai.client.operation.time_to_first_chunk -': 1,
      'gen_ai.client.operation.time_per_output_chunk -': 1,
    });
  });

  it('alone has times of chunks: a whole answer has none', async () => {
    running = await startGenAiMonitoring({ metrics: 'both' });
    await chat(wholeAnswer).then((response) => response.text());
    await observeRequest(GPT, async () => new Response('whole')).then((response) => response.text());
    const names = (await running.push()).map(({ name }) => name);
    expect(names.filter((name) => name.includes('chunk'))).toEqual([]);
  });
});

describe('an operation', () => {
  it('is named after the request that was answered', async () => {
    running = await startGenAiMonitoring({ metrics: 'v1.41' });
    await observeOperation({}, async () => {
      await chat(() => Response.json({}, { status: 500 })).then((response) => response.text());
      await observeRequest({ provider: 'anthropic', model: 'claude' }, async () => 'answer');
      startRequest({ provider: 'openai', model: 'guard' }).fail(new Error('late'));
    });
    const [served] = (await running.push()).filter(({ name }) => name.startsWith('gen_ai.server.'));
    expect(served).toEqual({
      name: 'gen_ai.server.request.duration',
      labels: {
        'gen_ai.operation.name': 'chat',
        'gen_ai.provider.name': 'anthropic',
        'gen_ai.request.model': 'claude',
      },
      value: 1,
    });
  });

  it('is one, with its streamed tokens, however many operations are in it', async () => {
    running = await startGenAiMonitoring({ metrics: 'v1.41' });
    await observeOperation({}, () =>
      observeOperation({}, async () => {
        const response = await stream(3);
        return response.text();
      }),
    );
    const served = sums((await running.push()).filter(({ name }) => name.startsWith('gen_ai.server.')));
    expect(served).toEqual({
      'gen_ai.server.request.duration': 1,
      'gen_ai.server.time_to_first_token': 1,
      'gen_ai.server.time_per_output_token': 1,
    });
  });

  it('that fails has an error type and no time to a token', async () => {
    running = await startGenAiMonitoring({ metrics: 'v1.41' });
    const failing = observeOperation({}, async () => {
      await stream(3).then((response) => response.text());
      throw new Error('after the answer');
    });
    await expect(failing).rejects.toThrow('after the answer');
    const served = (await running.push()).filter(({ name }) => name.startsWith('gen_ai.server.'));
    expect(sums(served, 'error.type')).toEqual({ 'gen_ai.server.request.duration unknown': 1 });
  });

  it('without a request is left out, since no model served it', async () => {
    running = await startGenAiMonitoring({ metrics: 'both' });
    observeOperation({}, (operation) => operation.cacheLookup('L1', () => 'cached'));
    expect(await running.push()).toEqual([]);
  });
});

describe('attributes', () => {
  it('follow the limit of models, like the labels of all metrics', async () => {
    running = await startGenAiMonitoring({ metrics: 'v1.41' }, { limits: { models: 2 } });
    for (const model of ['a', 'b', 'c', 'd']) startRequest({ provider: 'openai', model }).end();
    expect(sums(await running.push(), 'gen_ai.request.model')).toEqual({
      'gen_ai.client.operation.duration a': 1,
      'gen_ai.client.operation.duration b': 1,
      'gen_ai.client.operation.duration other': 2,
    });
  });

  it('are all there for every model within the limit, answered and failed, in operations', async () => {
    running = await startGenAiMonitoring({ metrics: 'v1.41' }, { limits: { models: 2 } });
    for (const model of ['a', 'b']) {
      for (const isAnswered of [false, true]) {
        observeOperation({}, () => {
          const request = startRequest({ provider: 'openai', model, serverAddress: 'host' });
          if (isAnswered) request.setResponse({ model: `${model}-1` });
          request.end();
        });
        startRequest({ provider: 'openai', model }).end();
      }
    }
    expect(sums(await running.push(), 'gen_ai.response.model', 'server.address')).toEqual({
      'gen_ai.client.operation.duration - -': 4,
      'gen_ai.client.operation.duration - host': 2,
      'gen_ai.client.operation.duration a-1 host': 1,
      'gen_ai.client.operation.duration b-1 host': 1,
      'gen_ai.server.request.duration - -': 2,
      'gen_ai.server.request.duration a-1 -': 1,
      'gen_ai.server.request.duration b-1 -': 1,
    });
    expect(running.receiver.pushes.at(-1)).toMatchObject({
      'llm_edge_monitoring_series_overflow_total{label="model"}': 0,
    });
  });

  it('beyond twice that limit lack the answering model and the server, which is counted', async () => {
    running = await startGenAiMonitoring({ metrics: 'v1.41' }, { limits: { models: 1 } });
    for (const model of ['a-1', 'a-2', 'a-3', 'a-4']) {
      const request = startRequest({
        provider: 'openai',
        model: 'a',
        operation: `op-${model}`,
        serverAddress: model,
      });
      request.setResponse({ model });
      request.end();
    }
    expect(
      sums(await running.push(), 'gen_ai.operation.name', 'gen_ai.response.model', 'server.address'),
    ).toEqual({
      'gen_ai.client.operation.duration op-a-1 a-1 a-1': 1,
      'gen_ai.client.operation.duration op-a-2 a-2 a-2': 1,
      'gen_ai.client.operation.duration other - -': 2,
    });
    expect(running.receiver.pushes.at(-1)).toMatchObject({
      'llm_edge_monitoring_series_overflow_total{label="model"}': 2,
    });
  });
});
