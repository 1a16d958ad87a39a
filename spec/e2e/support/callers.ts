import { randomBytes } from 'node:crypto';
import type { Gateway } from './gateway.js';

/** One call to the gateway, made by a test. */
export interface Call {
  readonly traceId: string;
  readonly status: number;
  readonly durationMs: number;
}

/** Calls the gateway this often, one after the other, each in a trace that is known before and with a new question. */
export async function callGateway({ chatUrl }: Gateway, count: number): Promise<readonly Call[]> {
  const calls: Call[] = [];
  for (let index = 0; index < count; index += 1) calls.push(await call(chatUrl));
  return calls;
}

async function call(chatUrl: string): Promise<Call> {
  const traceId = randomBytes(16).toString('hex');
  const startedAt = performance.now();
  const response = await fetch(chatUrl, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      traceparent: `00-${traceId}-${randomBytes(8).toString('hex')}-01`,
    },
    body: JSON.stringify({
      model: 'gpt-4o-mini',
      messages: [{ role: 'user', content: `Who is ${traceId}?` }],
    }),
  });
  await response.text();
  return { traceId, status: response.status, durationMs: performance.now() - startedAt };
}
