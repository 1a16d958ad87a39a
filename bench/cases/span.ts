import { createRequire } from 'node:module';
import { ROOT_CONTEXT, SpanKind, type Tracer } from '@opentelemetry/api';
import { OpenAIInstrumentation } from '@opentelemetry/instrumentation-openai';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { OpenAIInstrumentation as OpenLLMetry } from '@traceloop/instrumentation-openai';
import { instrumentFetch } from 'llm-edge-monitoring/fetch';
import type { OpenAI } from 'openai';
import { addedTo, measure, scaled, type Work } from '../harness.js';
import type { Effort, Measurement, RunCase } from '../measurement.js';
import { CHAT, completingFetch } from '../openai-stub.js';
import { setResultAttributes, startRequestSpan } from '../package.js';
import { startOurs } from '../peers.js';

const NS_PER_US = 1000;
/** Less than a queue of spans, so that none is dropped. */
const SPANS = 1000;
const CALLS = 200;

const EXPORTER = {
  export: (_spans: unknown, done: (result: { code: number }) => void): void => done({ code: 0 }),
  shutdown: async (): Promise<void> => undefined,
};

const USAGE = { inputTokens: 1200, outputTokens: 300, cacheReadTokens: 800 };
const RESPONSE = { id: 'chatcmpl-B9', model: 'gpt-4o-mini-2024-07-18', finishReasons: ['stop'] };

function createProvider(sampled: boolean): TracerProvider {
  return new TracerProvider({
    sampler: sampled ? new AlwaysOnSampler() : new AlwaysOffSampler(),
    spanProcessors: [new BatchSpanProcessor({ exporter: EXPORTER })],
  });
}

function oursSpan(tracer: Tracer): void {
  const options = {
    provider: 'openai',
    model: CHAT.model,
    operation: 'chat',
    attributes: {},
    streaming: false,
    serverAddress: 'api.openai.com',
  };
  const span = startRequestSpan(tracer, options, ROOT_CONTEXT);
  if (span.isRecording()) {
    setResultAttributes(span, { response: RESPONSE, usage: USAGE, costUsd: 0.0075 }, undefined);
  }
  span.end();
}

/** The same span as somebody writes it who follows the conventions by hand. */
function plainSpan(tracer: Tracer): void {
  const span = tracer.startSpan(
    `chat ${CHAT.model}`,
    {
      kind: SpanKind.CLIENT,
      attributes: {
        'gen_ai.operation.name': 'chat',
        'gen_ai.provider.name': 'openai',
        'gen_ai.request.model': CHAT.model,
        'gen_ai.request.stream': false,
        'server.address': 'api.openai.com',
      },
    },
    ROOT_CONTEXT,
  );
  if (span.isRecording()) {
    span.setAttributes({
      'gen_ai.response.id': RESPONSE.id,
      'gen_ai.response.model': RESPONSE.model,
      'gen_ai.response.finish_reasons': [...RESPONSE.finishReasons],
      'gen_ai.usage.input_tokens': USAGE.inputTokens,
      'gen_ai.usage.output_tokens': USAGE.outputTokens,
      'gen_ai.usage.cache_read.input_tokens': USAGE.cacheReadTokens,
      'llm_edge.cost_usd': 0.0075,
    });
  }
  span.end();
}

async function spans(name: string, sampled: boolean, effort: Effort): Promise<Measurement> {
  const work = (make: (tracer: Tracer) => void): Work => {
    const provider = createProvider(sampled);
    const tracer = provider.getTracer('bench');
    return {
      prepare: () => provider.forceFlush(),
      run: (times) => {
        for (let index = 0; index < times; index += 1) make(tracer);
      },
    };
  };
  const works = { ours: work(oursSpan), otel: work(plainSpan) };
  return { name, unit: 'ns', samples: await measure(works, { effort, times: SPANS, warmUpRounds: 20 }) };
}

const require = createRequire(import.meta.url);

/** A copy of the `openai` package of its own: the instrumentations patch the classes they are given. */
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
    run: async (times) => {
      for (let index = 0; index < times; index += 1) await client.chat.completions.create(body);
    },
  };
}

/** What each way to instrument the `openai` client adds to one call that is not streamed. */
async function calls(effort: Effort): Promise<Measurement> {
  const tracerProvider = createProvider(true);
  const off = calling(freshOpenAI(), completingFetch());
  const ours = calling(freshOpenAI(), instrumentFetch(completingFetch()));

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
    otelOpenAI: calling(hooked, completingFetch()),
    openLLMetry: calling(patched, completingFetch()),
    off,
  };
  const samples = await measure(works, { effort, times: CALLS, warmUpRounds: 10 });
  return { name: 'span.call', unit: 'us', samples: scaled(addedTo(samples, samples.off ?? []), NS_PER_US) };
}

/** One span of a request, sampled and not, and a whole call beside other instrumentations of the client. */
export const run: RunCase = async (effort) => {
  const sampled = await spans('span.sampled', true, effort);
  const unsampled = await spans('span.unsampled', false, effort);
  const monitoring = await startOurs(80, { spanExporter: EXPORTER });
  const whole = await calls(effort);
  await monitoring.shutdown();
  return [sampled, unsampled, whole];
};
