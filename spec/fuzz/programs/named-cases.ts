import { trying } from '../../support/fuzz-program.js';
import { startCallObserver } from '../../support/observed-calls.js';

/** Bodies of requests, whose model is told; bodies of answers and streams of events, whose input tokens are. */
type Cases = readonly [requests: readonly string[], answers: readonly string[], streams: readonly string[]];

const [requests, answers, streams] = JSON.parse(process.env['FUZZ_CASES'] ?? '[[],[],[]]') as Cases;
const observer = await startCallObserver();
const rows: [string, unknown][] = [];

for (const request of requests) {
  trying(request);
  const { model, streamed } = await observer.observe({ request });
  rows.push([request, streamed === true ? `${model}, streamed` : model]);
}
for (const [type, bodies] of [
  ['application/json', answers],
  ['text/event-stream', streams],
] as const) {
  for (const body of bodies) {
    trying(body);
    // Whole, and a byte at a time.
    const counts = [];
    for (const response of [[Buffer.from(body)], Array.from(Buffer.from(body), (byte) => Buffer.of(byte))]) {
      const { inputTokens } = await observer.observe({ headers: { 'content-type': type }, response });
      counts.push(inputTokens ?? 'nothing');
    }
    rows.push([body, counts[0] === counts[1] ? counts[0] : counts]);
  }
}
await observer.close();
process.stdout.write(`${JSON.stringify(rows)}\n`);
