import { deepEqual, equal, ok } from 'node:assert/strict';
import fc from 'fast-check';
import { bedrockMiddleware } from '../../../lib/bedrock.js';
import { check, trying } from '../../support/fuzz-program.js';
import { startCallObserver } from '../../support/observed-calls.js';

const observer = await startCallObserver();

// Headers of an answer, of which limits, times and costs are read.
const RATE_LIMITS = ['llm_edge_rate_limit_remaining', 'llm_edge_rate_limit_limit'] as const;
const headerName = fc.constantFrom(
  'x-ratelimit-limit-requests',
  'x-ratelimit-remaining-requests',
  'x-ratelimit-reset-requests',
  'anthropic-ratelimit-tokens-remaining',
  'anthropic-ratelimit-tokens-reset',
  'x-ratelimit-limit-tokens-minute',
  'retry-after',
  'retry-after-ms',
  'x-litellm-response-cost',
  'content-type',
);
const headerValue = fc.oneof(
  fc.constantFrom('6m0s', '20ms', '1e400', '-1', 'NaN', '0x10', '1e999s', '2026-01-01T00:00:00Z', 'Infinity'),
  fc.stringMatching(/^(?:[0-9]{1,30}(?:\.[0-9]{1,9})?(?:ms|[smhd])?){1,5}$/),
  fc.nat(60_000).map((length) => '1'.repeat(length)),
  fc.nat(20_000).map((length) => `${'1h'.repeat(length)}!`),
  fc.string({ maxLength: 40 }).map((text) => text.replace(/[^\x20-\x7e]/g, '')),
);
await check(
  fc.asyncProperty(
    fc.dictionary(headerName, headerValue, { maxKeys: 4 }),
    fc.constantFrom(200, 400, 429, 500, 529),
    async (headers, status) => {
      trying(JSON.stringify(headers));
      const call = await observer.observe({ headers, status, response: [Buffer.from('{}')] });
      equal(Buffer.from(call.received).toString(), '{}');
      ok(call.costUsd === undefined || Number(call.costUsd) >= 0);
      for (const metric of RATE_LIMITS) {
        for (const { value } of await observer.test.series(metric)) {
          ok(typeof value === 'number' && value >= 0 && Number.isFinite(value));
        }
      }
    },
  ),
);

// Events that the AWS SDK has taken out of their frames, and outputs of its commands.
type Next = (args: object) => Promise<object>;
type Middleware = (next: Next, context: { commandName: string }) => Next;
const middlewares: Middleware[] = [];
bedrockMiddleware().applyToStack({ add: (middleware) => void middlewares.push(middleware as Middleware) });

const command = fc.constantFrom(
  'ConverseCommand',
  'ConverseStreamCommand',
  'InvokeModelCommand',
  'InvokeModelWithResponseStreamCommand',
);
const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 100 }),
  fc.json().map((text) => new Uint8Array(Buffer.from(text))),
  fc.constant(new Uint8Array(200_000).fill(0x5b)),
);
const known = fc.constantFrom(
  'contentBlockDelta',
  'metadata',
  'messageStop',
  'usage',
  'chunk',
  'bytes',
  'delta',
);
/** By the text that stands for them: a report could not write them down. */
const HOSTILE: ReadonlyMap<unknown, object> = new Map([
  ['a proxy', new Proxy({}, { get: (_, key) => (key === 'then' ? undefined : fail()) })],
  ['a usage that throws', Object.defineProperty({}, 'usage', { get: fail, enumerable: true })],
  ['a chunk that throws', Object.defineProperty({}, 'chunk', { get: fail, enumerable: true })],
]);
const { shape } = fc.letrec((tie) => ({
  shape: fc.oneof(
    { maxDepth: 4 },
    fc.anything({ withBigInt: true, withNullPrototype: true, withSparseArray: true }),
    bytes,
    fc.dictionary(known, tie('shape')),
    fc.constantFrom(...HOSTILE.keys()),
  ),
}));
await check(
  fc.asyncProperty(command, fc.array(shape, { maxLength: 4 }), shape, async (commandName, planned, other) => {
    trying(`${commandName}: ${fc.stringify([planned, other])}`);
    const events = planned.map(built);
    const whole = built(other);
    const stream = {
      async *[Symbol.asyncIterator]() {
        yield* events;
      },
    };
    const isStream = commandName.includes('Stream');
    const output = isStream ? { stream, body: stream } : { output: whole, body: whole };
    const result = { output, response: whole };
    const [middleware] = middlewares;
    const answer = await middleware?.(async () => result, { commandName })({ input: { modelId: 'm' } });
    equal(answer, result);
    const seen: unknown[] = [];
    if (isStream) for await (const event of stream) seen.push(event);
    equal(seen.length, isStream ? events.length : 0);
    for (const [index, event] of seen.entries()) ok(Object.is(event, events[index]));
    deepEqual(await observer.test.value('llm_edge_active_requests', {}), 0);
  }),
);

await observer.close();

function built(value: unknown): unknown {
  const hostile = HOSTILE.get(value);
  if (hostile !== undefined) return hostile;
  if (Array.isArray(value)) return value.map(built);
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) {
    return value;
  }
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, built(member)]));
}

function fail(): never {
  throw new Error('hostile');
}
