import type { FetchHarness } from './fetch-harness.js';
import type { Reply } from './providers/loopback.js';

/** What was recorded of one call, by the model that it was recorded under. */
export interface Billed {
  /** Input and output tokens. */
  readonly tokens: Readonly<Record<string, readonly [input: unknown, output: unknown]>>;
  readonly costUsd: Readonly<Record<string, unknown>>;
  readonly unpriced: readonly unknown[];
  readonly requests: readonly unknown[];
}

/** A call, and its answer. */
export interface BilledCall {
  readonly url: string;
  readonly body: object;
  readonly reply: Reply;
}

/** Makes a call, reads its answer to the end, and returns what was recorded. */
export async function billOf(harness: FetchHarness, { url, body, reply }: BilledCall): Promise<Billed> {
  harness.reset();
  harness.loopback.reply(reply);
  await (await harness.fetch(url, { method: 'POST', body: JSON.stringify(body) })).text();
  const { recorder } = harness;
  return {
    tokens: Object.fromEntries(
      recorder.callsOf('tokenUsage').map(([, , model, input, output]) => [model, [input, output]]),
    ),
    costUsd: Object.fromEntries(recorder.callsOf('cost').map(([, , model, usd]) => [model, usd])),
    unpriced: recorder.callsOf('unpriced').map(([, , model]) => model),
    requests: recorder.callsOf('request').map(([, , model, outcome]) => [model, outcome]),
  };
}

/** The same bytes, one by one. */
export function byteByByte(reply: Reply): Reply {
  const pieces = typeof reply.body === 'string' ? [reply.body] : (reply.body as readonly string[]);
  const bytes = Buffer.from(pieces.join(''));
  return { ...reply, body: [...bytes].map((byte) => Uint8Array.of(byte)) };
}
