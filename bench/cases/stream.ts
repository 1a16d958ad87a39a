import { observeRequest } from 'llm-edge-monitoring';
import { instrumentFetch } from 'llm-edge-monitoring/fetch';
import OpenAI from 'openai';
import { addedTo, collectGarbage, measure, scaled, type Work } from '../harness.js';
import type { Effort, Measurement, RunCase } from '../measurement.js';
import { CHAT, streamingFetch } from '../openai-stub.js';
import { startOurs } from '../peers.js';

const EVENTS = 2000;
const LONG_EVENTS = 20_000;
const STREAMS = 500;
const STREAMS_EVENTS = 100;
const NS_PER_US = 1000;

type Open = () => Promise<AsyncIterable<unknown>>;

function opener(fetch: typeof globalThis.fetch): Open {
  const client = new OpenAI({ apiKey: 'sk-none', fetch });
  const body = { model: CHAT.model, messages: [...CHAT.messages], stream: true as const };
  return () => client.chat.completions.create(body);
}

async function readAll(open: Open): Promise<void> {
  for await (const _chunk of await open());
}

function reading(open: Open, streams = 1): Work {
  return {
    run: async () => {
      await Promise.all(Array.from({ length: streams }, () => readAll(open)));
    },
  };
}

/** The stream object of the client, tapped where the caller has no fetch to instrument. */
function observed(open: Open): Open {
  return () => observeRequest({ provider: 'openai', model: CHAT.model, streaming: true }, open);
}

async function added(
  name: string,
  ours: Work,
  off: Work,
  events: number,
  effort: Effort,
): Promise<Measurement> {
  const samples = await measure({ ours, off }, { effort, times: 1, warmUpRounds: 10 });
  return { name, unit: 'us', samples: scaled(addedTo(samples, samples.off ?? []), events * NS_PER_US) };
}

const PASSED_ON = Promise.resolve(new Response());

/** Calls to other hosts, which most of a process's calls are if the global fetch is instrumented. */
function passing(fetch: typeof globalThis.fetch): Work {
  return {
    run: async (times) => {
      for (let index = 0; index < times; index += 1) {
        await fetch('https://registry.example.com/packages/a', { method: 'POST' });
      }
    },
  };
}

/** Bytes that the heap has grown by just before the end of a stream. */
async function heapAtEnd(events: number): Promise<number> {
  const open = opener(instrumentFetch(streamingFetch(events)));
  collectGarbage();
  const before = process.memoryUsage().heapUsed;
  let seen = 0;
  let grown = 0;
  for await (const _chunk of await open()) {
    seen += 1;
    if (seen < events) continue;
    collectGarbage();
    grown = process.memoryUsage().heapUsed - before;
    break;
  }
  return grown;
}

/**
 * Time that monitoring adds to each event of a raw stream of the `openai` client, and to a call to another host;
 * what it holds meanwhile.
 */
export const run: RunCase = async (effort) => {
  const monitoring = await startOurs(80);
  const plain = opener(streamingFetch(EVENTS));
  const tapped = opener(instrumentFetch(streamingFetch(EVENTS)));
  const manyPlain = opener(streamingFetch(STREAMS_EVENTS));
  const manyTapped = opener(instrumentFetch(streamingFetch(STREAMS_EVENTS)));

  const measurements: Measurement[] = [
    await added('stream.tap', reading(tapped), reading(plain), EVENTS, effort),
    await added('stream.tap.iterable', reading(observed(plain)), reading(plain), EVENTS, effort),
    await added(
      'stream.tap.500',
      reading(manyTapped, STREAMS),
      reading(manyPlain, STREAMS),
      STREAMS * STREAMS_EVENTS,
      { ...effort, rounds: 5 },
    ),
  ];
  const passOn: typeof globalThis.fetch = () => PASSED_ON;
  const passed = await measure(
    { ours: passing(instrumentFetch(passOn)), off: passing(passOn) },
    { effort, times: 20_000 },
  );
  measurements.push({ name: 'stream.pass', unit: 'ns', samples: addedTo(passed, passed.off ?? []) });
  const growth: number[] = [];
  for (let round = 0; round < 6; round += 1) {
    const short = await heapAtEnd(EVENTS);
    const long = await heapAtEnd(LONG_EVENTS);
    if (round > 0) growth.push((long - short) / 1024);
  }
  measurements.push({ name: 'stream.heap', unit: 'KB', samples: { ours: growth } });
  await monitoring.shutdown();
  return measurements;
};
