import { bedrockMiddleware } from '../../lib/bedrock.js';
import { instrumentFetch } from '../../lib/fetch.js';
import { startTestMonitoring, type TestMonitoring } from '../../lib/testing.js';
import { CONVERSE_OUTPUT, INVOKED_OUTPUT, STREAMED_OUTPUT } from '../support/output-events.js';

let monitoring: TestMonitoring;
beforeAll(async () => {
  monitoring = await startTestMonitoring();
});
afterAll(() => monitoring.shutdown());

/** How many streams have had a first output. */
async function firstOutputs(): Promise<number> {
  const series = await monitoring.series('llm_edge_time_to_first_token_ms');
  return series.reduce((sum, { value }) => sum + (typeof value === 'number' ? 0 : value.count), 0);
}

/** How many first outputs were counted by the time that each event had been read. */
async function countAfterEach(events: AsyncIterable<unknown>): Promise<readonly number[]> {
  const before = await firstOutputs();
  const counts: number[] = [];
  for await (const _event of events) counts.push((await firstOutputs()) - before);
  return counts;
}

/** Each event is a chunk of its own, and made when it is asked for. */
async function* sse(events: readonly object[]): AsyncGenerator<Uint8Array> {
  for (const event of events) yield Buffer.from(`data: ${JSON.stringify(event)}\n\n`);
}

async function fetchStream(url: string, events: readonly object[]): Promise<AsyncIterable<unknown>> {
  const chunks = sse(events);
  const source = new ReadableStream({
    async pull(controller) {
      const { done, value } = await chunks.next();
      if (done === true) controller.close();
      else controller.enqueue(value);
    },
  });
  const fetch = instrumentFetch(
    async () => new Response(source, { headers: { 'content-type': 'text/event-stream' } }),
  );
  const { body } = await fetch(url, { method: 'POST', body: JSON.stringify({ model: 'm', stream: true }) });
  return body as AsyncIterable<unknown>;
}

/** What a command of the AWS SDK answers with, beneath the middleware. */
async function sendCommand(commandName: string, output: object): Promise<object> {
  let send = async (_args: { readonly input: object }): Promise<{ readonly output: object }> => ({ output });
  bedrockMiddleware().applyToStack({
    add: (middleware) => {
      send = middleware(send, { commandName });
    },
  });
  return (await send({ input: { modelId: 'm' } })).output;
}

async function* each<Event>(events: readonly Event[]): AsyncGenerator<Event> {
  yield* events;
}

async function converseStream(events: readonly object[]): Promise<AsyncIterable<unknown>> {
  const output = await sendCommand('ConverseStreamCommand', { stream: each(events) });
  return (output as { readonly stream: AsyncIterable<unknown> }).stream;
}

async function invokeStream(events: readonly object[]): Promise<AsyncIterable<unknown>> {
  const chunks = events.map((event) => ({ chunk: { bytes: Buffer.from(JSON.stringify(event)) } }));
  const output = await sendCommand('InvokeModelWithResponseStreamCommand', { body: each(chunks) });
  return (output as { readonly body: AsyncIterable<unknown> }).body;
}

const APIS = [
  ...Object.entries(STREAMED_OUTPUT).map(
    ([api, output]) => [api, output, (events: readonly object[]) => fetchStream(output.url, events)] as const,
  ),
  ['Converse of Bedrock', CONVERSE_OUTPUT, converseStream] as const,
  ['InvokeModel of Bedrock', INVOKED_OUTPUT, invokeStream] as const,
];

describe.each(APIS)('a stream of %s', (_api, { frames, outputs }, stream) => {
  it.each(frames.map((frame) => [JSON.stringify(frame), frame] as const))(
    'has said nothing by %s',
    async (_text, frame) => {
      expect(await countAfterEach(await stream([frame]))).toEqual([0]);
    },
  );

  it.each(Object.entries(outputs))('has its first output with %s', async (_kind, output) => {
    const [start = {}] = frames;
    expect(await countAfterEach(await stream([start, output, output]))).toEqual([0, 1, 1]);
  });
});
