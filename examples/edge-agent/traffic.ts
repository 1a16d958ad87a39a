import { setTimeout as sleep } from 'node:timers/promises';
import { drawPrompt, type Prompt } from './prompts.js';
import { createRandom, drawGapMs } from './random.js';

export interface TrafficOptions {
  readonly url: string;
  /** Stop after so many; go on until stopped where absent. */
  readonly requests: number | undefined;
  readonly rate: number | 'max';
  readonly concurrency: number;
  readonly seed: number;
}

/** Callers at work. */
export interface Traffic {
  /** Resolves once the last answer has been read. */
  readonly done: Promise<void>;
  /** Sends nothing more; what is on its way is still read to the end. */
  stop(): void;
}

/**
 * Sends prompts to the gateway at times that do not depend on its answers, as independent callers would: a slow
 * provider makes them overlap instead of making them fewer.
 */
export function startTraffic({
  url,
  requests = Number.POSITIVE_INFINITY,
  rate,
  concurrency,
  seed,
}: TrafficOptions): Traffic {
  const stopping = new AbortController();
  const prompts = createRandom(seed, 'prompts');
  const gaps = createRandom(seed, 'gaps');
  const onTheirWay = new Set<Promise<void>>();

  async function run(): Promise<void> {
    let dueAt = performance.now();
    for (let sent = 0; sent < requests && !stopping.signal.aborted; sent += 1) {
      if (rate !== 'max') {
        dueAt += drawGapMs(gaps, rate);
        await sleepBestEffort(dueAt - performance.now(), stopping.signal);
      }
      while (onTheirWay.size >= concurrency) await Promise.race(onTheirWay);
      if (stopping.signal.aborted) break;
      const call = send(url, drawPrompt(prompts)).finally(() => onTheirWay.delete(call));
      onTheirWay.add(call);
    }
    await Promise.all(onTheirWay);
  }

  return { done: run(), stop: () => stopping.abort() };
}

/** One caller. What goes wrong shows in the gateway's own numbers; a caller can only put up with it. */
async function send(url: string, prompt: Prompt): Promise<void> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(prompt),
    });
    for await (const _ of response.body ?? []) {
      // Read to the end, as fast as it comes.
    }
  } catch {
    // The gateway hung up on us; it has counted that.
  }
}

async function sleepBestEffort(ms: number, signal: AbortSignal): Promise<void> {
  if (ms <= 0) return;
  try {
    await sleep(ms, undefined, { signal });
  } catch {
    // Woken early because the traffic stops.
  }
}
