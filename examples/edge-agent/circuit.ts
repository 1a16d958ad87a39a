import type { CircuitState } from 'llm-edge-monitoring';

/** Why a circuit lets no request through. */
export type Refusal = 'circuit_open' | 'rate_limited';

/** Keeps requests away from a provider that cannot serve them. */
export interface Circuit {
  readonly state: CircuitState;
  /** Why no request may be sent now; undefined where one may. Call it once for each request that will be sent. */
  refusal(): Refusal | undefined;
  succeeded(): void;
  failed(): void;
  /** Says nothing about the provider's health, as when the caller went away. */
  abandoned(): void;
  /** The provider asked to be left alone for so long; that alone does not make it unhealthy. */
  pause(ms: number): void;
  /** What is left of the pause; 0 for none. */
  pauseLeftMs(): number;
}

export interface CircuitOptions {
  /** So many failures in a row open the circuit. */
  readonly failuresMax: number;
  /** After so long one request is let through to see whether the provider is back. */
  readonly coolDownMs: number;
  readonly now?: () => number;
  readonly onChange?: (state: CircuitState) => void;
}

/** Creates a closed circuit. */
export function createCircuit({
  failuresMax,
  coolDownMs,
  now = () => performance.now(),
  onChange,
}: CircuitOptions): Circuit {
  let state: CircuitState = 'closed';
  let failures = 0;
  let openedAt = 0;
  let pausedUntil = 0;
  let isProbing = false;

  const change = (next: CircuitState) => {
    isProbing = false;
    if (next === state) return;
    state = next;
    onChange?.(next);
  };

  return {
    get state() {
      return state;
    },
    refusal() {
      if (now() < pausedUntil) return 'rate_limited';
      if (state === 'open' && now() - openedAt >= coolDownMs) change('half_open');
      if (state === 'closed') return undefined;
      if (state === 'open' || isProbing) return 'circuit_open';
      isProbing = true;
      return undefined;
    },
    succeeded() {
      // A stream that began before the circuit opened says nothing about now.
      if (state === 'open') return;
      failures = 0;
      change('closed');
    },
    failed() {
      failures += 1;
      if (state === 'open' || (state === 'closed' && failures < failuresMax)) return;
      openedAt = now();
      change('open');
    },
    abandoned() {
      isProbing = false;
    },
    pause(ms) {
      pausedUntil = now() + ms;
      isProbing = false;
    },
    pauseLeftMs: () => Math.max(0, pausedUntil - now()),
  };
}
