/**
 * What the tap of `instrumentFetch` adds to reading a stream, in nanoseconds for each event, and what it costs a
 * call that is none of its business. Run: `npx tsx bench/fetch-tap.ts`.
 */
import type { ReadableWritablePair } from 'node:stream/web';
import { trace } from '@opentelemetry/api';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { DEFAULT_SERIES_LIMITS } from '../lib/catalogue/limits.js';
import { instrumentFetch } from '../lib/fetch.js';
import { current } from '../lib/instruments/current.js';
import { createExemplarStore } from '../lib/instruments/exemplars.js';
import { MetricsRecorder } from '../lib/instruments/metrics-recorder.js';

const EVENTS = 2_000;
const ROUNDS = 120;

type Fetch = typeof globalThis.fetch;

interface Stream {
  readonly name: string;
  readonly url: string;
  readonly chunks: readonly Uint8Array[];
}

const text = 'Reading a stream must cost next to nothing, whatever the model has to say in it.'.split(' ');

function chatEvent(index: number): object {
  return {
    id: 'chatcmpl-B9MHDbslfkBeAs8l4bebGdFOJ6PeG',
    object: 'chat.completion.chunk',
    created: 1_741_570_283,
    model: 'gpt-4o-mini-2024-07-18',
    service_tier: 'default',
    system_fingerprint: 'fp_44709d6fcb',
    choices: [
      { index: 0, delta: { content: ` ${text[index % text.length]}` }, logprobs: null, finish_reason: null },
    ],
    usage: null,
    obfuscation: 'p7Xo2LmQ',
  };
}

function messageEvent(index: number): object {
  return {
    type: 'content_block_delta',
    index: 0,
    delta: { type: 'text_delta', text: ` ${text[index % text.length]}` },
  };
}

function responsesEvent(index: number): object {
  return {
    type: 'response.output_text.delta',
    sequence_number: index,
    item_id: 'msg_67c9fdcf37fc8190ba82116e33fb28c507b8b0ad4e5eb654',
    output_index: 0,
    content_index: 0,
    delta: ` ${text[index % text.length]}`,
    logprobs: [],
    obfuscation: 'p7Xo2LmQ',
  };
}

function geminiEvent(index: number): object {
  const words = Array.from({ length: 8 }, (_, word) => text[(index + word) % text.length]).join(' ');
  return {
    candidates: [{ content: { parts: [{ text: words }], role: 'model' }, index: 0 }],
    usageMetadata: {
      promptTokenCount: 12,
      candidatesTokenCount: index * 8,
      totalTokenCount: 12 + index * 8,
      promptTokensDetails: [{ modality: 'TEXT', tokenCount: 12 }],
    },
    modelVersion: 'gemini-2.5-flash',
    responseId: 'kO6XaOLRFuWvkdUPuZnZ8Ac',
  };
}

function encode(event: (index: number) => object, named: boolean): Uint8Array[] {
  return Array.from({ length: EVENTS }, (_, index) => {
    const json = event(index) as { type?: string };
    return Buffer.from(`${named ? `event: ${json.type}\n` : ''}data: ${JSON.stringify(json)}\n\n`);
  });
}

/** Sixteen events in each chunk, as a fast connection delivers them. */
function merge(chunks: readonly Uint8Array[]): Uint8Array[] {
  const merged: Uint8Array[] = [];
  for (let index = 0; index < chunks.length; index += 16) {
    merged.push(Buffer.concat(chunks.slice(index, index + 16)));
  }
  return merged;
}

const OPENAI = 'https://api.openai.com/v1';
const GEMINI = 'https://generativelanguage.googleapis.com/v1beta/models';
const chat = encode(chatEvent, false);
const STREAMS: readonly Stream[] = [
  { name: 'openai chat', url: `${OPENAI}/chat/completions`, chunks: chat },
  { name: 'openai chat, 16 events a chunk', url: `${OPENAI}/chat/completions`, chunks: merge(chat) },
  { name: 'openai responses', url: `${OPENAI}/responses`, chunks: encode(responsesEvent, true) },
  {
    name: 'anthropic messages',
    url: 'https://api.anthropic.com/v1/messages',
    chunks: encode(messageEvent, true),
  },
  {
    name: 'gemini',
    url: `${GEMINI}/gemini-2.5-flash:streamGenerateContent?alt=sse`,
    chunks: encode(geminiEvent, false),
  },
];

const CONSUMERS: Readonly<Record<string, (body: ReadableStream<Uint8Array>) => Promise<number>>> = {
  async reader(body) {
    const reader = body.getReader();
    let bytes = 0;
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return bytes;
      bytes += value.length;
    }
  },
  async 'for await'(body) {
    let bytes = 0;
    for await (const chunk of body) bytes += chunk.length;
    return bytes;
  },
  async pipeThrough(body) {
    let chars = 0;
    for await (const piece of body.pipeThrough(
      new TextDecoderStream() as unknown as ReadableWritablePair<string, Uint8Array>,
    ))
      chars += piece.length;
    return chars;
  },
};

function fakeFetch(chunks: readonly Uint8Array[]): Fetch {
  return async () => {
    let next = 0;
    const body = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          const chunk = chunks[next++];
          if (chunk === undefined) controller.close();
          else controller.enqueue(chunk);
        },
      },
      { highWaterMark: 0 },
    );
    return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
  };
}

type Run = () => Promise<unknown>;

async function timeOf(run: Run, count: number): Promise<number> {
  const start = performance.now();
  await run();
  return ((performance.now() - start) * 1e6) / count;
}

/**
 * Nanoseconds that the second takes beyond the first. The two take turns and the fastest tenth counts, so that the
 * rest of the machine does not.
 */
async function compare(
  plain: Run,
  tapped: Run,
  count: number,
): Promise<readonly [plain: number, added: number]> {
  const times: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS; round += 1) {
    times[0].push(await timeOf(plain, count));
    times[1].push(await timeOf(tapped, count));
  }
  const [before, after] = times.map((all) => {
    // The first half warms the code up.
    const sorted = all.slice(ROUNDS / 2).sort((one, other) => one - other);
    return sorted[Math.floor(sorted.length / 10)] ?? Number.NaN;
  }) as [number, number];
  return [Math.round(before), Math.round(after - before)];
}

async function measureStreams(): Promise<void> {
  const init = { method: 'POST', body: '{"model":"gpt-4o-mini","stream":true}' };
  for (const { name, url, chunks } of STREAMS) {
    const plain = fakeFetch(chunks);
    const tapped = instrumentFetch(plain);
    for (const [how, consume] of Object.entries(CONSUMERS)) {
      const read = (fetch: Fetch) => async () => {
        const { body } = await fetch(url, init);
        if (body !== null) await consume(body);
      };
      const [before, added] = await compare(read(plain), read(tapped), EVENTS);
      console.log(`${name.padEnd(32)} ${how.padEnd(12)} +${added} ns an event (${before} untapped)`);
    }
  }
}

async function measurePassThrough(): Promise<void> {
  const calls = 20_000;
  const response = Promise.resolve(new Response());
  const plain: Fetch = () => response;
  const tapped = instrumentFetch(plain);
  const cases: readonly (readonly [string, string, RequestInit | undefined])[] = [
    ['GET of another host', 'https://registry.example.com/packages/a', undefined],
    ['POST to another host', 'https://registry.example.com/packages/a', { method: 'POST' }],
    ['POST to another path', `${OPENAI}/files`, { method: 'POST' }],
  ];
  for (const [name, url, init] of cases) {
    const run = (fetch: Fetch) => async () => {
      for (let call = 0; call < calls; call += 1) fetch(url, init).catch(() => undefined);
    };
    const [, added] = await compare(run(plain), run(tapped), calls);
    console.log(`${name.padEnd(45)} +${added} ns a call`);
  }
}

current.recorder = new MetricsRecorder({
  meter: new MeterProvider().getMeter('bench'),
  tracer: trace.getTracer('bench'),
  limits: DEFAULT_SERIES_LIMITS,
  providers: {},
  now: () => performance.now(),
  exemplars: createExemplarStore(),
});
await measureStreams();
await measurePassThrough();
