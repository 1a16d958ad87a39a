import { RecoveryTracker } from '../../lib/requests/recovery.js';

const failed = (provider: string, errorType: 'timeout' | 'rate_limited' = 'timeout') => ({
  provider,
  errorType,
});

describe('RecoveryTracker', () => {
  it('sees a request follow the failed one before it, once', () => {
    const tracker = new RecoveryTracker();
    const first = tracker.start('a', 'chat');
    tracker.end(first, 'timeout');
    const second = tracker.start('b', 'chat');
    tracker.end(second, 'rate_limited');
    const third = tracker.start('b', 'chat');
    tracker.end(third, undefined);
    const fourth = tracker.start('a', 'chat');
    expect([first, second, third, fourth].map(({ follows }) => follows)).toEqual([
      undefined,
      failed('a'),
      failed('b', 'rate_limited'),
      undefined,
    ]);
  });

  it('sees no repetition in a request that starts while another is in flight', () => {
    const tracker = new RecoveryTracker();
    const first = tracker.start('a', 'chat');
    const hedge = tracker.start('b', 'chat');
    tracker.end(first, 'timeout');
    const another = tracker.start('c', 'chat');
    expect([hedge.follows, another.follows]).toEqual([undefined, undefined]);
  });

  it('sees the repetition once all hedged requests have failed, after the last of them', () => {
    const tracker = new RecoveryTracker();
    const first = tracker.start('a', 'chat');
    const hedge = tracker.start('b', 'chat');
    tracker.end(first, 'timeout');
    tracker.end(hedge, 'rate_limited');
    expect(tracker.start('c', 'chat').follows).toEqual(failed('b', 'rate_limited'));
  });

  it('forgets a hedged request that was cancelled after its rival had answered', () => {
    const tracker = new RecoveryTracker();
    const first = tracker.start('a', 'chat');
    const hedge = tracker.start('b', 'chat');
    tracker.end(hedge, undefined);
    tracker.end(first, 'client_cancelled');
    expect(tracker.start('a', 'chat').follows).toBeUndefined();
  });

  it('keeps kinds of requests apart', () => {
    const tracker = new RecoveryTracker();
    tracker.end(tracker.start('a', 'embeddings'), 'timeout');
    const chat = tracker.start('b', 'chat');
    tracker.end(chat, undefined);
    expect([chat.follows, tracker.start('a', 'embeddings').follows]).toEqual([undefined, failed('a')]);
  });
});
