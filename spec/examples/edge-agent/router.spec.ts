import type { ChatRequest, Completion, Provider } from '../../../examples/edge-agent/chat.js';
import { createRouter } from '../../../examples/edge-agent/router.js';
import { createTotals, summarize } from '../../../examples/edge-agent/totals.js';
import type { Hooks, Upstream } from '../../../examples/edge-agent/upstreams.js';

type Refused = { readonly status: number; readonly retryAfter: string };
type Step = 'answer' | 'piece, then break' | number | Refused;

const request: ChatRequest = {
  model: 'gpt-4o-mini',
  messages: [{ role: 'user', content: 'Hello' }],
  stream: true,
  includesUsage: false,
  tokensMax: 100,
};

/** Two providers that do what the script says, one step for each request; they answer once it is over. */
function createHarness(script: Partial<Record<Provider, Step[]>>) {
  const asked: string[] = [];
  const pieces: string[] = [];
  const upstreamOf = (provider: Provider): Upstream => ({
    provider,
    async complete(model: string, _: ChatRequest, hooks: Hooks): Promise<Completion> {
      asked.push(`${provider}/${model}`);
      const step = script[provider]?.shift() ?? 'answer';
      if (typeof step === 'number') throw Object.assign(new Error(`status ${step}`), { status: step });
      if (typeof step === 'object') {
        const headers = new Headers({ 'retry-after': step.retryAfter });
        throw Object.assign(new Error(`status ${step.status}`), { status: step.status, headers });
      }
      await hooks.onText?.('piece');
      hooks.onUsage({ inputTokens: 1_000_000, outputTokens: 0 });
      if (step !== 'answer') throw new Error('terminated');
      const usage = { inputTokens: 1_000_000, outputTokens: 1_000_000 };
      hooks.onUsage(usage);
      return { provider, model, text: 'piece', finishReason: 'stop', usage };
    },
  });
  const totals = createTotals();
  const router = createRouter({ openai: upstreamOf('openai'), anthropic: upstreamOf('anthropic') }, totals);
  const caller = new AbortController();
  const answer = async (chat: ChatRequest = request) => {
    const onText = async (text: string) => void pieces.push(text);
    return router.answer(chat, { onText, signal: caller.signal });
  };
  const counts = () => {
    const { requests, errors } = summarize(totals);
    return { requests, errors, retries: totals.retries, failovers: totals.failovers };
  };
  return { answer, asked, pieces, totals, counts, router, caller };
}

describe('createRouter()', () => {
  it('asks the first provider of the route and counts what it used and cost', async () => {
    const { answer, asked, totals } = createHarness({});
    expect((await answer()).provider).toBe('openai');
    expect(asked).toEqual(['openai/gpt-4o-mini']);
    // $0.15 for a million tokens in, $0.60 for a million out.
    expect(summarize(totals)).toEqual({
      requests: 1,
      errors: 0,
      inputTokens: 1_000_000,
      outputTokens: 1_000_000,
      costUsd: 0.75,
    });
  });

  it('tries an internal error again where it was', async () => {
    const { answer, asked, counts } = createHarness({ openai: [500] });
    await answer();
    expect(asked).toEqual(['openai/gpt-4o-mini', 'openai/gpt-4o-mini']);
    expect(counts()).toEqual({ requests: 2, errors: 1, retries: 1, failovers: 0 });
  });

  it.each([
    ['a second internal error', [500, 500], 3, 1],
    ['too many requests', [429], 2, 0],
    ['an overloaded provider', [529], 2, 0],
  ])('goes to the other provider after %s', async (_, steps, requests, retries) => {
    const { answer, asked, counts } = createHarness({ openai: steps });
    expect((await answer()).provider).toBe('anthropic');
    expect(asked.at(-1)).toBe('anthropic/claude-sonnet-4-6');
    expect(counts()).toEqual({ requests, errors: requests - 1, retries, failovers: 1 });
  });

  it('tells the caller at once what is the caller’s own fault', async () => {
    const { answer, counts } = createHarness({ openai: [400] });
    await expect(answer()).rejects.toThrow('status 400');
    expect(counts()).toEqual({ requests: 1, errors: 1, retries: 0, failovers: 0 });
  });

  it('does not start over once part of the answer has gone out, and keeps the usage seen so far', async () => {
    const { answer, pieces, totals } = createHarness({ openai: ['piece, then break'] });
    await expect(answer()).rejects.toThrow('terminated');
    expect(pieces).toEqual(['piece']);
    expect(summarize(totals)).toEqual({
      requests: 1,
      errors: 1,
      inputTokens: 1_000_000,
      outputTokens: 0,
      costUsd: 0.15,
    });
  });

  it('fails with the last error when both providers fail', async () => {
    const { answer, counts } = createHarness({ openai: [503], anthropic: [529] });
    await expect(answer()).rejects.toThrow('status 529');
    expect(counts()).toEqual({ requests: 2, errors: 2, retries: 0, failovers: 1 });
  });

  it('leaves a provider alone whose circuit is open', async () => {
    const { answer, asked, counts, router } = createHarness({ openai: [503, 503, 503] });
    for (let count = 0; count < 4; count += 1) await answer();
    expect(router.circuits.openai.state).toBe('open');
    expect(asked.filter((target) => target === 'openai/gpt-4o-mini')).toHaveLength(3);
    expect(counts()).toEqual({ requests: 7, errors: 3, retries: 0, failovers: 4 });
  });

  it('says that nobody can take the request when both circuits are open', async () => {
    const down = [503, 503, 503];
    const { answer, asked } = createHarness({ openai: [...down], anthropic: [...down] });
    for (let count = 0; count < 3; count += 1) await answer().catch(() => undefined);
    await expect(answer()).rejects.toMatchObject({ status: 503, code: 'circuit_open' });
    expect(asked).toHaveLength(6);
  });

  it('leaves a provider alone for as long as it asked for, without calling it unhealthy', async () => {
    const { answer, asked, router } = createHarness({ openai: [429] });
    await answer();
    await answer();
    expect(asked).toEqual([
      'openai/gpt-4o-mini',
      'anthropic/claude-sonnet-4-6',
      'anthropic/claude-sonnet-4-6',
    ]);
    expect(router.circuits.openai.state).toBe('closed');
  });

  it('waits for a provider that asked for a short rest when there is nobody else', async () => {
    const { answer, asked, counts } = createHarness({
      openai: [{ status: 429, retryAfter: '0.01' }],
      anthropic: [529],
    });
    expect((await answer()).provider).toBe('openai');
    expect(asked).toEqual(['openai/gpt-4o-mini', 'anthropic/claude-sonnet-4-6', 'openai/gpt-4o-mini']);
    expect(counts()).toEqual({ requests: 3, errors: 2, retries: 0, failovers: 2 });
  });

  it('waits the whole rest, however timers round it', async () => {
    const providers: Provider[] = [];
    for (let tenths = 20; tenths < 40; tenths += 1) {
      const retryAfter = (tenths / 10_000).toString();
      const { answer } = createHarness({ openai: [{ status: 429, retryAfter }], anthropic: [529] });
      providers.push((await answer()).provider);
    }
    expect(new Set(providers)).toEqual(new Set(['openai']));
  });

  it('does not wait for long', async () => {
    const { answer, counts } = createHarness({
      openai: [{ status: 429, retryAfter: '60' }],
      anthropic: [529],
    });
    await expect(answer()).rejects.toThrow('status 529');
    expect(counts()).toEqual({ requests: 2, errors: 2, retries: 0, failovers: 1 });
  });

  it('stops when the caller has gone, and blames nobody', async () => {
    const { answer, caller, counts, router } = createHarness({ openai: [503] });
    caller.abort();
    await expect(answer()).rejects.toThrow('status 503');
    expect(counts()).toEqual({ requests: 1, errors: 1, retries: 0, failovers: 0 });
    expect(router.circuits.openai.state).toBe('closed');
  });

  it('knows no route for a model that it was not told of', async () => {
    const { answer } = createHarness({});
    await expect(answer({ ...request, model: 'gpt-99' })).rejects.toMatchObject({
      status: 404,
      code: 'model_not_found',
    });
  });
});
