import { createRandom, drawLatencyMs } from '../random.js';

/** What a provider does instead of answering. `unreachable` hangs up at once, `cut_stream` in mid-answer. */
export type Fault = 'rate_limited' | 'server_error' | 'overloaded' | 'unreachable' | 'cut_stream';

/** How a provider behaves, as data. Everything is counted in requests, so that a run can be repeated. */
export interface Character {
  readonly name: string;
  readonly firstTokenMedianMs: number;
  /** Standard deviation of the logarithm of the latency. */
  readonly spread: number;
  readonly perTokenMs: number;
  readonly limits: { readonly requests: number; readonly tokens: number };
  /** Requests refused with 429 once the limit of a window is used up; then the next window begins. */
  readonly refusals: number;
  /** Faults that strike single requests. */
  readonly sporadic: readonly { readonly fault: Fault; readonly share: number }[];
  /** Faults that come in a row: requests `from` up to `from + length` of every `every`. */
  readonly episodes: readonly {
    readonly fault: Fault;
    readonly every: number;
    readonly from: number;
    readonly length: number;
  }[];
}

/** What happens to one request. */
export interface Plan {
  readonly fault: Fault | undefined;
  readonly firstTokenMs: number;
  readonly perTokenMs: number;
  /** Requests left in the window after this one. */
  readonly requestsRemaining: number;
}

export const OPENAI: Character = {
  name: 'openai',
  firstTokenMedianMs: 220,
  spread: 0.5,
  perTokenMs: 6,
  limits: { requests: 150, tokens: 200_000 },
  refusals: 2,
  sporadic: [
    { fault: 'server_error', share: 0.02 },
    { fault: 'cut_stream', share: 0.01 },
  ],
  episodes: [{ fault: 'unreachable', every: 600, from: 60, length: 6 }],
};

export const ANTHROPIC: Character = {
  name: 'anthropic',
  firstTokenMedianMs: 340,
  spread: 0.4,
  perTokenMs: 9,
  limits: { requests: 100, tokens: 400_000 },
  refusals: 3,
  sporadic: [
    { fault: 'overloaded', share: 0.02 },
    { fault: 'server_error', share: 0.005 },
    { fault: 'cut_stream', share: 0.01 },
  ],
  episodes: [{ fault: 'overloaded', every: 400, from: 140, length: 6 }],
};

/** The same provider on a calm day: as slow as ever, but it never fails, and its limits are far away. */
export function calm(character: Character): Character {
  const limits = { requests: 10_000, tokens: 20_000_000 };
  return { ...character, limits, refusals: 0, sporadic: [], episodes: [] };
}

/** The same provider on its best day: it answers at once and never fails. For measuring the gateway alone. */
export function withoutFaults(character: Character): Character {
  const limits = { requests: 1_000_000_000, tokens: 1_000_000_000_000 };
  return { ...calm(character), limits, firstTokenMedianMs: 0, perTokenMs: 0 };
}

/** Decides what the provider does with its n-th request, counted from 0. */
export function planAnswer(character: Character, seed: number, requestNumber: number): Plan {
  const random = createRandom(seed, character.name, requestNumber);
  const { limits, refusals } = character;
  const inWindow = requestNumber % (limits.requests + refusals);
  return {
    fault: inWindow < limits.requests ? drawFault(character, requestNumber, random()) : 'rate_limited',
    firstTokenMs: drawLatencyMs(random, character.firstTokenMedianMs, character.spread),
    perTokenMs: character.perTokenMs,
    requestsRemaining: Math.max(0, limits.requests - inWindow - 1),
  };
}

function drawFault(character: Character, requestNumber: number, draw: number): Fault | undefined {
  for (const { fault, every, from, length } of character.episodes) {
    const position = requestNumber % every;
    if (position >= from && position < from + length) return fault;
  }
  let upTo = 0;
  for (const { fault, share } of character.sporadic) {
    upTo += share;
    if (draw < upTo) return fault;
  }
  return undefined;
}
