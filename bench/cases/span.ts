import { createRequire } from 'node:module';
import { OpenAIInstrumentation } from '@opentelemetry/instrumentation-openai';
import { AlwaysOnSampler, BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { OpenAIInstrumentation as OpenLLMetry } from '@traceloop/instrumentation-openai';
import { instrumentFetch } from 'llm-edge-monitoring/fetch';
import type { OpenAI } from 'openai';
import { addedTo, collectYoungGarbage, measure, scaled, type Work } from '../harness.js';
import type { RunCase } from '../measurement.js';
import { CHAT, completingFetch } from '../openai-stub.js';
import { startOurs } from '../peers.js';
import { createPlainFetch } from '../plain-fetch.js';

const NS_PER_US = 1000;
/** So many that each turn has several collections of garbage, which are part of the cost of a call. */
const CALLS = 1000;
const TURNS = 4;
const WARM_UP_ROUNDS = 1;

const EXPORTER = {
  export: (_spans: unknown, done: (result: { code: number }) => void): void => done({ code: 0 }),
  shutdown: async (): Promise<void> => undefined,
};

function createProvider(): TracerProvider {
  return new TracerProvider({
    sampler: new AlwaysOnSampler(),
    spanProcessors: [new BatchSpanProcessor({ exporter: EXPORTER })],
  });
}

const require = createRequire(import.meta.url);

/** A separate copy of the `openai` package: the instrumentations patch the classes that they get. */
function freshOpenAI(): typeof OpenAI {
  for (const file of Object.keys(require.cache)) {
    if (/[\\/]node_modules[\\/]openai[\\/]/.test(file)) delete require.cache[file];
  }
  return (require('openai') as { OpenAI: typeof OpenAI }).OpenAI;
}

function calling(ofClass: typeof OpenAI, fetch: typeof globalThis.fetch): Work {
  const client = new ofClass({ apiKey: 'sk-none', fetch });
  const body = { ...CHAT, messages: [...CHAT.messages] };
  return {
    prepare: collectYoungGarbage,
    run: async (times) => {
      for (let index = 0; index < times; index += 1) await client.chat.completions.create(body);
    },
  };
}

/** What each way to instrument the `openai` client adds to one call that is not streamed. */
export const run: RunCase = async (effort) => {
  const monitoring = await startOurs(80, { spanExporter: EXPORTER });
  const tracerProvider = createProvider();
  const off = calling(freshOpenAI(), completingFetch());
  const ours = calling(freshOpenAI(), instrumentFetch(completingFetch()));
  const otel = calling(freshOpenAI(), createPlainFetch(completingFetch(), tracerProvider));

  const openLLMetry = new OpenLLMetry();
  openLLMetry.setTracerProvider(tracerProvider);
  const patched = freshOpenAI();
  openLLMetry.manuallyInstrument(patched);

  const ofOtel = new OpenAIInstrumentation();
  ofOtel.setTracerProvider(tracerProvider);
  ofOtel.enable();
  const hooked = freshOpenAI();

  const works = {
    ours,
    otel,
    otelOpenAI: calling(hooked, completingFetch()),
    openLLMetry: calling(patched, completingFetch()),
    off,
  };
  const samples = await measure(works, {
    effort,
    times: CALLS,
    repeats: TURNS,
    warmUpRounds: WARM_UP_ROUNDS,
  });
  await monitoring.shutdown();
  return [
    {
      name: 'span.call',
      unit: 'us',
      samples: scaled(addedTo(samples, samples.off ?? []), NS_PER_US),
      unequal:
        'ours makes the span, all metrics and the price, of every answer; plain OTel makes a span in context and one ' +
        'histogram, of this one answer, and is the floor of a fetch with both; OpenLLMetry makes spans only; ' +
        'instrumentation-openai makes spans and two histograms, which have no reader here.',
    },
  ];
};
