import { EventStreamCodec } from '@smithy/eventstream-codec';
import type { Reply } from './loopback.js';

const codec = new EventStreamCodec(
  (bytes) => Buffer.from(bytes as Uint8Array).toString('utf8'),
  (text) => Buffer.from(text, 'utf8'),
);

/** One message of the binary framing that AWS streams in. */
function message(headers: Readonly<Record<string, string>>, payload: object): Uint8Array {
  const typed = Object.entries(headers).map(([name, value]) => [name, { type: 'string', value }] as const);
  return codec.encode({ headers: Object.fromEntries(typed), body: Buffer.from(JSON.stringify(payload)) });
}

/** An event of a stream. */
export function streamEvent(type: string, payload: object): Uint8Array {
  return message(
    { ':message-type': 'event', ':event-type': type, ':content-type': 'application/json' },
    payload,
  );
}

/** An error within a stream. */
export function streamException(type: string, payload: object): Uint8Array {
  return message(
    { ':message-type': 'exception', ':exception-type': type, ':content-type': 'application/json' },
    payload,
  );
}

/** A piece of what a model streams of its own. */
export function modelChunk(payload: object): Uint8Array {
  return streamEvent('chunk', { bytes: Buffer.from(JSON.stringify(payload)).toString('base64') });
}

/** An answer in the binary framing. */
export function eventStream(messages: readonly Uint8Array[], ending: Reply['ending'] = 'end'): Reply {
  return { headers: { 'content-type': 'application/vnd.amazon.eventstream' }, body: messages, ending };
}

const USAGE = {
  inputTokens: 12,
  outputTokens: 89,
  totalTokens: 9_301,
  cacheReadInputTokens: 8_000,
  cacheWriteInputTokens: 1_200,
  cacheDetails: [
    { ttl: '1h', inputTokens: 1_000 },
    { ttl: '5m', inputTokens: 200 },
  ],
};

/** `USAGE` in the normal form. */
export const CONVERSE_COUNTS = {
  inputTokens: 9_212,
  outputTokens: 89,
  cacheReadTokens: 8_000,
  cacheWriteTokens: 1_200,
  cacheWrite1hTokens: 1_000,
};

/** The output of `Converse`. */
export const CONVERSE_ANSWER = {
  output: { message: { role: 'assistant', content: [{ text: 'Hi' }] } },
  stopReason: 'end_turn',
  usage: USAGE,
  metrics: { latencyMs: 551 },
};

/** The events of `ConverseStream`: reasoning, text and a tool call. */
export const CONVERSE_EVENTS = [
  streamEvent('messageStart', { role: 'assistant' }),
  streamEvent('contentBlockDelta', { contentBlockIndex: 0, delta: { reasoningContent: { text: 'Hmm' } } }),
  streamEvent('contentBlockStop', { contentBlockIndex: 0 }),
  streamEvent('contentBlockDelta', { contentBlockIndex: 1, delta: { text: 'Hi' } }),
  streamEvent('contentBlockStop', { contentBlockIndex: 1 }),
  streamEvent('contentBlockStart', {
    contentBlockIndex: 2,
    start: { toolUse: { toolUseId: 't', name: 'f' } },
  }),
  streamEvent('contentBlockDelta', { contentBlockIndex: 2, delta: { toolUse: { input: '{}' } } }),
  streamEvent('contentBlockStop', { contentBlockIndex: 2 }),
  streamEvent('messageStop', { stopReason: 'tool_use' }),
  streamEvent('metadata', { usage: USAGE, metrics: { latencyMs: 551 } }),
];

/** What the last event of a model's stream counts. */
export const INVOCATION_METRICS = {
  'amazon-bedrock-invocationMetrics': {
    inputTokenCount: 12,
    outputTokenCount: 3,
    invocationLatency: 551,
    firstByteLatency: 300,
    cacheReadInputTokenCount: 40,
  },
};
