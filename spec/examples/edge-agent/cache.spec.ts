import { createAnswerCache } from '../../../examples/edge-agent/cache.js';
import type { ChatRequest, Completion } from '../../../examples/edge-agent/chat.js';

const ask = (content: string, more: Partial<ChatRequest> = {}): ChatRequest => ({
  model: 'gpt-4o-mini',
  messages: [{ role: 'user', content }],
  stream: false,
  includesUsage: false,
  tokensMax: 100,
  ...more,
});

const answer = (text: string): Completion => ({
  provider: 'openai',
  model: 'gpt-4o-mini',
  text,
  finishReason: 'stop',
  usage: { inputTokens: 1, outputTokens: 1 },
});

describe('createAnswerCache()', () => {
  it('finds what was stored, streamed or not', () => {
    const cache = createAnswerCache(2, 1000);
    cache.set(ask('a'), answer('A'));
    expect([cache.get(ask('a')), cache.get(ask('a', { stream: true, includesUsage: true }))]).toEqual([
      answer('A'),
      answer('A'),
    ]);
  });

  it.each([
    ['another model', { model: 'gpt-5-mini' }],
    ['another limit', { tokensMax: 5 }],
    ['another prompt', { messages: [{ role: 'system' as const, content: 'a' }] }],
  ])('does not find it for %s', (_, difference) => {
    const cache = createAnswerCache(2, 1000);
    cache.set(ask('a'), answer('A'));
    expect(cache.get(ask('a', difference))).toBeUndefined();
  });

  it('drops what was not used for longest', () => {
    const cache = createAnswerCache(2, 1000);
    cache.set(ask('a'), answer('A'));
    cache.set(ask('b'), answer('B'));
    cache.get(ask('a'));
    cache.set(ask('c'), answer('C'));
    expect(['a', 'b', 'c'].map((content) => cache.get(ask(content))?.text)).toEqual(['A', undefined, 'C']);
  });

  it('forgets what is too old', () => {
    let nowMs = 0;
    const cache = createAnswerCache(2, 1000, () => nowMs);
    cache.set(ask('a'), answer('A'));
    nowMs = 1000;
    const justInTime = cache.get(ask('a'))?.text;
    nowMs = 1001;
    expect([justInTime, cache.get(ask('a'))?.text]).toEqual(['A', undefined]);
  });
});
