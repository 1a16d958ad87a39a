import { setTimeout as sleep } from 'node:timers/promises';
import { instrumentFetch } from '../../../lib/fetch.js';
import { initMonitoring } from '../../../lib/index.js';
import { dataFrames, events, json, type Reply, startLoopback } from '../../support/providers/loopback.js';
import type { Collector } from './collector.js';

/** A call, and what it is answered. */
interface Call {
  readonly url: string;
  readonly body: object;
  readonly reply: Reply;
}

const CHAT = { model: 'gpt-4o', messages: [] };
const USAGE = { prompt_tokens: 1_000, completion_tokens: 200, total_tokens: 1_200 };

/** Of each kind one that the example gateway does not make. */
const CALLS: readonly Call[] = [
  // Through an intermediary that says who answered, and at which cost.
  {
    url: 'https://openrouter.ai/api/v1/chat/completions',
    body: { ...CHAT, model: 'openai/gpt-4o' },
    reply: json({
      id: 'gen-1',
      model: 'openai/gpt-4o',
      provider: 'OpenAI',
      // The price of the provider, and a fee.
      usage: { ...USAGE, cost: 0.0045 * 1.05 },
    }),
  },
  // Billed by searches.
  {
    url: 'https://api.cohere.com/v2/rerank',
    body: { model: 'rerank-v3.5', query: 'q', documents: ['a'] },
    reply: json({ id: 'r', results: [], meta: { billed_units: { search_units: 1 } } }),
  },
  // Cut off before its usage.
  {
    url: 'https://api.openai.com/v1/chat/completions',
    body: { ...CHAT, stream: true },
    reply: events(
      dataFrames([{ id: 'c', model: 'gpt-4o', choices: [{ index: 0, delta: { content: 'Good day' } }] }]),
      { ending: 'break' },
    ),
  },
  // To a host that nobody has declared.
  {
    url: 'https://llm.corp.example/v1/embeddings',
    body: { model: 'bge-m3', input: 'x' },
    reply: json({ data: [], usage: { prompt_tokens: 1, total_tokens: 1 } }),
  },
];

/** How the calls are made. */
interface OtherCallsOptions {
  /** Between two calls. @defaultValue 50 */
  readonly pauseMs?: number;
  /** How long an answer takes. @defaultValue 0 */
  readonly answerMs?: number;
}

/** Pushes the metrics of these calls, made again and again until it is stopped. */
export async function startOtherCalls(
  collector: Pick<Collector, 'otlpGrpc'>,
  { pauseMs = 50, answerMs = 0 }: OtherCallsOptions = {},
): Promise<{ stop(): Promise<void> }> {
  const monitoring = await initMonitoring({
    serviceName: 'other-calls',
    metrics: {
      exporters: ['otlp'],
      endpoint: `http://${collector.otlpGrpc}`,
      exportIntervalMillis: 500,
    },
    traces: { exporter: 'none' },
  });
  const loopback = await startLoopback();
  const answer: typeof globalThis.fetch = async (...call) => {
    await sleep(answerMs);
    return loopback.fetch(...call);
  };
  const fetch = instrumentFetch(answer, { estimateUsage: true });
  let isStopped = false;
  const made = (async () => {
    for (let round = 0; !isStopped; round += 1) {
      const { url, body, reply } = CALLS[round % CALLS.length] as Call;
      loopback.reply(reply);
      const response = await fetch(url, { method: 'POST', body: JSON.stringify(body) });
      // One of them is cut off.
      await response.text().catch(() => undefined);
      await sleep(pauseMs);
    }
  })();
  return {
    async stop() {
      isStopped = true;
      await made;
      await loopback.close();
      await monitoring.shutdown();
    },
  };
}
