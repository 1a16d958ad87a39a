import { AnswerTap, ErrorTap } from '../../lib/clients/answer-tap.js';
import { startRequest } from '../../lib/requests/observe-request.js';
import { createAnswer } from '../../lib/wire/wire-format.js';
import { createFakeDeps, createFakeRecorder } from '../support/fake-recorder.js';

const GPT = { provider: 'openai', model: 'gpt-4o' } as const;
const USAGE = { inputTokens: 10, outputTokens: 5 };

function setup() {
  const recorder = createFakeRecorder();
  const request = startRequest(GPT, recorder, createFakeDeps());
  return { recorder, request };
}

describe('a body that the garbage collector finds', () => {
  it('ends its request when it was read last, with the usage that was not read yet', () => {
    const { recorder, request } = setup();
    const answer = createAnswer();
    const reader = {
      push: () => undefined,
      finish: () => {
        answer.usage = USAGE;
      },
    };
    const abortType = () => undefined;
    const tap = new AnswerTap({
      request,
      recorder,
      answer,
      reader,
      isStreamed: true,
      status: 200,
      abortType,
    });
    recorder.advance(20);
    tap.chunk(Buffer.from('data'));
    recorder.advance(60_000);
    tap.abandon();
    expect(recorder.callsOf('request')).toEqual([['request', 'openai', 'gpt-4o', 'client_cancelled', 20]]);
    expect(recorder.callsOf('tokenUsage')).toHaveLength(1);
  });

  it('ends its request when its headers came, where it is the body of an error', () => {
    const { recorder, request } = setup();
    const tap = new ErrorTap(request, 429);
    recorder.advance(60_000);
    tap.abandon();
    expect(recorder.callsOf('request')).toEqual([['request', 'openai', 'gpt-4o', 'rate_limited', 0]]);
  });
});
