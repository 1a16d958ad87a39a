import Anthropic from '@anthropic-ai/sdk';
import { type FetchHarness, startFetchHarness } from '../../support/fetch-harness.js';
import { MESSAGE_COUNTS, messageAnswer } from '../../support/providers/anthropic.js';
import { json, type Reply } from '../../support/providers/loopback.js';
import { everyByte, piecesOf } from '../../support/split-bytes.js';

let harness: FetchHarness;
let client: Anthropic;
let ids = 0;
beforeAll(async () => {
  harness = await startFetchHarness();
  client = new Anthropic({ apiKey: 'key', fetch: harness.fetch, maxRetries: 0 });
});
beforeEach(() => {
  ids += 1;
});
afterEach(() => harness.reset());
afterAll(() => harness.close());

const id = (): string => `msgbatch_${ids}`;
const batch = (): Reply =>
  json({
    id: id(),
    type: 'message_batch',
    processing_status: 'ended',
    request_counts: { processing: 0, succeeded: 2, errored: 1, canceled: 0, expired: 0 },
    results_url: `https://api.anthropic.com/v1/messages/batches/${id()}/results`,
  });
const succeeded = { custom_id: 'a', result: { type: 'succeeded', message: messageAnswer() } };
const errored = {
  custom_id: 'b',
  result: {
    type: 'errored',
    error: { type: 'error', error: { type: 'invalid_request_error', message: 'No' } },
  },
};
const RESULTS = [succeeded, errored, { ...succeeded, custom_id: 'c' }]
  .map((line) => `${JSON.stringify(line)}\n`)
  .join('');
const HEADERS = { 'content-type': 'application/binary' };

/** Reads the results as far as they come. */
async function read(): Promise<readonly string[]> {
  const seen: string[] = [];
  try {
    for await (const { result } of await client.messages.batches.results(id())) seen.push(result.type);
  } catch {
    seen.push('thrown');
  }
  return seen;
}

function recorded() {
  const { recorder } = harness;
  return {
    requests: recorder.callsOf('request').length,
    tokens: recorder.callsOf('tokenUsage').map((call) => call.slice(1, 5)),
    usd: recorder.callsOf('cost').map(([, , , usd]) => Number((usd as number).toFixed(9))),
    missing: recorder.callsOf('usageMissing').length,
  };
}
const { inputTokens, outputTokens } = MESSAGE_COUNTS;
const MODEL = 'claude-sonnet-4-6-20260217';
/** Twice a message at half of its price. */
const USD = Number(((12 * 3 + 8_000 * 0.3 + 200 * 3.75 + 1_000 * 6 + 89 * 15) / 1e6).toFixed(9));
const NOTHING = { requests: 0, tokens: [], usd: [], missing: 0 };
const COUNTED = { ...NOTHING, tokens: [['anthropic', MODEL, 2 * inputTokens, 2 * outputTokens]], usd: [USD] };

describe('results of a batch of messages', () => {
  it('are counted once, at the price of a batch', async () => {
    harness.loopback.reply(batch(), { headers: HEADERS, body: RESULTS }, batch(), {
      headers: HEADERS,
      body: RESULTS,
    });
    expect(await read()).toEqual(['succeeded', 'errored', 'succeeded']);
    expect(recorded()).toEqual(COUNTED);
    await read();
    expect(recorded()).toEqual(COUNTED);
  });

  it('are counted at the price of the region, too', async () => {
    const { usage, ...message } = messageAnswer() as { readonly usage?: object };
    const inUs = { ...message, usage: { ...usage, service_tier: 'batch', inference_geo: 'us' } };
    const line = JSON.stringify({ custom_id: 'a', result: { type: 'succeeded', message: inUs } });
    harness.loopback.reply(batch(), { headers: HEADERS, body: `${line}\n` });
    await read();
    expect(recorded().usd).toEqual([Number(((USD / 2) * 1.1).toFixed(9))]);
  });

  it('are read alike in single bytes', async () => {
    const bytes = new TextEncoder().encode(RESULTS);
    harness.loopback.reply(batch(), { headers: HEADERS, body: piecesOf(bytes, everyByte(bytes)) });
    await read();
    expect(recorded()).toEqual(COUNTED);
  });

  it('are counted when they have been read to their end', async () => {
    harness.loopback.reply(batch(), { headers: HEADERS, body: RESULTS, ending: 'break' });
    expect(await read()).toContain('thrown');
    expect(recorded()).toEqual(NOTHING);
    harness.loopback.reply(batch(), { headers: HEADERS, body: RESULTS });
    await read();
    expect(recorded()).toEqual(COUNTED);
  });

  it('are none where they are refused', async () => {
    harness.loopback.reply(
      batch(),
      json({ type: 'error', error: { type: 'not_found_error', message: 'No' } }, 404),
    );
    expect(await read()).toEqual(['thrown']);
    expect(recorded()).toEqual(NOTHING);
  });
});
