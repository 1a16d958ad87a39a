import { bedrockMiddleware } from '../../lib/bedrock.js';
import { instrumentFetch } from '../../lib/fetch.js';
import { startTestMonitoring, type TestMonitoring } from '../../lib/testing.js';
import { recordedSeries } from '../support/recorded-series.js';

const HOST = 'provider.test';
const HEADERS = { 'content-type': 'application/json' };
const ANSWER = '{"choices":[{"finish_reason":"stop"}],"usage":{"prompt_tokens":10,"completion_tokens":5}}';

let test: TestMonitoring;
beforeEach(async () => {
  test = await startTestMonitoring();
});
afterEach(() => test.shutdown());

const call = instrumentFetch(
  async (input, init) => {
    await new Request(input, init).text();
    return new Response(ANSWER, { headers: HEADERS });
  },
  { hosts: { [HOST]: { provider: 'mine' }, 'azure.test': { provider: 'azure' } } },
);

/** The ways in which a call names its model. */
const WAYS: Readonly<Record<string, (model: string) => Promise<Response>>> = {
  'in a text': (model) =>
    call(`http://${HOST}/v1/chat/completions`, { method: 'POST', body: JSON.stringify({ model }) }),
  'in the body of a Request': (model) =>
    call(
      new Request(`http://${HOST}/v1/chat/completions`, {
        method: 'POST',
        headers: HEADERS,
        body: JSON.stringify({ model }),
      }),
    ),
  'in a form': (model) => {
    const body = new FormData();
    body.set('model', model);
    return call(`http://${HOST}/v1/audio/transcriptions`, { method: 'POST', body });
  },
};

describe.each(Object.entries(WAYS))('a model that is named %s', (_where, ask) => {
  it.each(['', ' ', '\n\t ', '\u2003'])('by %j is unknown, and what it uses is counted', async (model) => {
    await (await ask(model)).text();
    expect(await recordedSeries(test, 'llm_edge_requests_total')).toEqual({ 'unknown mine success': 1 });
    expect(await recordedSeries(test, 'llm_edge_tokens_total')).toEqual({
      'unknown mine input': 10,
      'unknown mine output': 5,
    });
    expect(await test.value('llm_edge_monitoring_dropped_total', { reason: 'invalid_name' })).toBe(0);
  });

  it.each([201, 5_000, 5_000_000])('by %i characters is one of the others', async (length) => {
    await (await ask('m'.repeat(length))).text();
    expect(await recordedSeries(test, 'llm_edge_requests_total')).toEqual({ 'other mine success': 1 });
    expect(await test.value('llm_edge_monitoring_dropped_total', { reason: 'name_too_long' })).not.toBe(0);
    const [span] = await test.spans();
    expect(span?.attributes['gen_ai.request.model']).toBe('other');
  });
});

/** Sends a command of the AWS SDK with this input. */
async function sendCommand(input: object): Promise<unknown> {
  type Send = (args: object) => Promise<object>;
  let middleware: ((next: Send, context: object) => Send) | undefined;
  bedrockMiddleware().applyToStack({
    add: (added) => {
      middleware = added as unknown as typeof middleware;
    },
  });
  const output = { stopReason: 'end_turn', usage: { inputTokens: 1, outputTokens: 1 } };
  return middleware?.(async () => ({ output }), { commandName: 'ConverseCommand' })({ input });
}

describe('a model of Bedrock', () => {
  it.each(['', ' ', 'arn:aws:bedrock:eu-west-1:123456789012:inference-profile/'])(
    'that is named by %j is unknown',
    async (modelId) => {
      await sendCommand({ modelId });
      expect(await recordedSeries(test, 'llm_edge_requests_total')).toEqual({ 'unknown bedrock success': 1 });
    },
  );

  it('that throws when its name is read leaves the command to the SDK', async () => {
    const trap = {
      get modelId(): never {
        throw new Error('it is a trap');
      },
    };
    await expect(sendCommand(trap)).resolves.toMatchObject({ output: { stopReason: 'end_turn' } });
    expect(await recordedSeries(test, 'llm_edge_requests_total')).toEqual({});
  });
});
