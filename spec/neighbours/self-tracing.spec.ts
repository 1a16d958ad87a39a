import { startModelServer } from '../support/model-server.js';
import { runScript } from '../support/run-script.js';

/** Makes one call by a client that can trace itself, observed by us, and prints the names of all spans. */
const program = (url: string, call: string, traces: 'ours' | 'none'): string => `
  import { createRequire } from 'node:module';
  import { trace } from '@opentelemetry/api';
  import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
  import { instrumentFetch } from '#lib/fetch.js';
  import { initMonitoring } from '#lib/index.js';

  const require = createRequire(process.cwd() + '/package.json');
  const url = '${url}';
  const exporter = new InMemorySpanExporter();
  const start = () => {
    if ('${traces}' === 'ours') return initMonitoring({ metrics: { exporters: [] }, traces: { spanExporter: exporter } });
    // Somebody else exports.
    const spanProcessors = [new SimpleSpanProcessor({ exporter })];
    trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors }));
    return initMonitoring({ metrics: { exporters: [] }, traces: 'none' });
  };
  const fetch = instrumentFetch(globalThis.fetch, { hosts: { [new URL(url).host]: { provider: 'vllm' } } });
  const names = [];
  ${call}
  await monitoring.forceFlush();
  names.push(...exporter.getFinishedSpans().map(({ name }) => name));
  process.stdout.write(JSON.stringify(names.sort()), () => process.exit());
`;

const ANSWER = {
  id: 'x',
  object: 'chat.completion',
  created: 1,
  model: 'm',
  choices: [{ index: 0, message: { role: 'assistant', content: 'hi' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
  // What Anthropic's client reads.
  type: 'message',
  role: 'assistant',
  content: [{ type: 'text', text: 'hi' }],
};

async function spansOf(call: string, traces: 'ours' | 'none' = 'ours'): Promise<readonly string[]> {
  const model = await startModelServer((_call, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(ANSWER));
  });
  try {
    const { stdout, stderr } = await runScript(program(new URL(model.url).origin, call, traces)).end();
    if (!stdout.startsWith('[')) throw new Error(stderr);
    return JSON.parse(stdout) as string[];
  } finally {
    await model.close();
  }
}

const aiSdk = (telemetry: string): string => `
  const { generateText } = await import('ai');
  const { createOpenAI } = await import('@ai-sdk/openai');
  const monitoring = await start();
  const model = createOpenAI({ apiKey: 'key', baseURL: url + '/v1', fetch }).chat('m');
  await generateText({ model, prompt: 'hello', ${telemetry} });`;

const anthropic = (option: string): string => `
  const { default: Anthropic } = await import('@anthropic-ai/sdk');
  const monitoring = await start();
  const client = new Anthropic({ apiKey: 'key', baseURL: url, fetch, ${option} });
  await client.messages.create({ model: 'm', max_tokens: 1, messages: [{ role: 'user', content: 'hello' }] });`;

const sentry = (options: string): string => `
  const Sentry = require('@sentry/node');
  Sentry.init({
    dsn: 'https://key@sentry.invalid/1',
    tracesSampleRate: 1,
    transport: () => ({ send: async () => ({ statusCode: 200 }), flush: async () => true }),
    beforeSendTransaction: ({ transaction, spans }) => {
      for (const { description, origin } of spans)
        if (description.startsWith('chat')) names.push(origin === 'auto.ai.openai' ? 'Sentry: ' + description : description);
      return null;
    },
    ${options}
  });
  const { OpenAI } = require('openai');
  const monitoring = await start();
  const client = new OpenAI({ apiKey: 'key', baseURL: url + '/v1', fetch });
  await Sentry.startSpan({ name: 'checkout' }, () =>
    client.chat.completions.create({ model: 'm', messages: [{ role: 'user', content: 'hello' }] }));
  await Sentry.flush();`;

const TELEMETRY = 'experimental_telemetry: { isEnabled: true }';
const WITHOUT_OPENAI = `integrations: (all) => all.filter(({ name }) => name !== 'OpenAI'),`;
const AI_SDK = ['ai.generateText', 'ai.generateText.doGenerate'];

describe('beside an SDK that traces itself', () => {
  it.each([
    ['the AI SDK has its telemetry on', aiSdk(TELEMETRY), [...AI_SDK, 'chat m']],
    ["Anthropic's client is left as it is", anthropic(''), ['anthropic.messages.create', 'chat m']],
    ['Sentry is left as it is', sentry(''), ['Sentry: chat m', 'chat m']],
  ])('has two spans for one call where %s', async (_title, call, expected) => {
    expect(await spansOf(call)).toEqual(expected);
  });

  it.each([
    ['the AI SDK has its telemetry off', aiSdk('')],
    ["Anthropic's client has `openTelemetry: false`", anthropic('openTelemetry: false')],
    ['Sentry runs without its integration', sentry(WITHOUT_OPENAI)],
  ])('has only ours where %s', async (_title, call) => {
    expect(await spansOf(call)).toEqual(['chat m']);
  });

  it.each([
    ['the AI SDK', aiSdk(TELEMETRY), AI_SDK],
    ["Anthropic's client", anthropic(''), ['anthropic.messages.create']],
    ['Sentry', sentry(''), ['Sentry: chat m']],
  ])("has only those of %s with `traces: 'none'`", async (_title, call, expected) => {
    expect(await spansOf(call, 'none')).toEqual(expected);
  });
});
