import { setTimeout as sleep } from 'node:timers/promises';
import {
  calculateCost,
  recordCircuitState,
  recordFailover,
  recordProviderHealth,
  type Usage,
} from 'llm-edge-monitoring';
import { type ChatRequest, type Completion, GatewayError, type Provider } from './chat.js';
import { type Circuit, createCircuit, type Refusal } from './circuit.js';
import { countRequest, type Totals } from './totals.js';
import type { Hooks, Upstream } from './upstreams.js';
import { judge } from './verdict.js';

interface Target {
  readonly provider: Provider;
  readonly model: string;
}

/** Where a request goes, by the model that the caller asks for: the second is the substitute of the first. */
export const ROUTES: Readonly<Record<string, readonly Target[]>> = {
  'gpt-4o-mini': [
    { provider: 'openai', model: 'gpt-4o-mini' },
    { provider: 'anthropic', model: 'claude-sonnet-4-6' },
  ],
  'gpt-5-mini': [
    { provider: 'openai', model: 'gpt-5-mini' },
    { provider: 'anthropic', model: 'claude-sonnet-4-6' },
  ],
  'claude-sonnet-4-6': [
    { provider: 'anthropic', model: 'claude-sonnet-4-6' },
    { provider: 'openai', model: 'gpt-5-mini' },
  ],
};

/** The target that could not answer, and why. */
interface Left {
  readonly provider: Provider;
  readonly refusal?: Refusal;
  readonly error?: unknown;
}

/** Sends requests to providers, again or elsewhere where they fail. */
export interface Router {
  readonly circuits: Readonly<Record<Provider, Circuit>>;
  /** Rejects with the last failure once nothing is left to try, or once part of the answer has gone out. */
  answer(request: ChatRequest, hooks: Omit<Hooks, 'onUsage'>): Promise<Completion>;
}

const TRIES_MAX = 2;
const WAIT_MAX_MS = 2000;
const CIRCUIT = { failuresMax: 3, coolDownMs: 2000 };

export function createRouter(upstreams: Readonly<Record<Provider, Upstream>>, totals: Totals): Router {
  const circuits = { openai: createProviderCircuit('openai'), anthropic: createProviderCircuit('anthropic') };

  /** One request to one provider: the only place where requests are counted. */
  async function send(
    target: Target,
    request: ChatRequest,
    hooks: Omit<Hooks, 'onUsage'>,
  ): Promise<Completion> {
    const startedAt = performance.now();
    let usage: Usage | undefined;
    const count = (isError: boolean) => {
      const costUsd = usage && calculateCost(target.provider, target.model, usage)?.totalUsd;
      countRequest(totals, { ...target, durationMs: performance.now() - startedAt, isError, usage, costUsd });
    };
    const onUsage = (seen: Usage) => {
      usage = seen;
    };
    try {
      const completion = await upstreams[target.provider].complete(target.model, request, {
        ...hooks,
        onUsage,
      });
      count(false);
      return completion;
    } catch (error) {
      count(true);
      throw error;
    }
  }

  return {
    circuits,
    async answer(request, hooks) {
      const route = ROUTES[request.model];
      if (route === undefined)
        throw new GatewayError(404, 'model_not_found', `no route for model "${request.model}"`);
      let isForwarded = false;
      const onText =
        hooks.onText &&
        ((text: string) => {
          isForwarded = true;
          return hooks.onText?.(text) ?? Promise.resolve();
        });
      let left: Left | undefined;
      /** Providers that would take the request, only not now. */
      const resting = new Set<Provider>();

      /** Asks one target after the other; undefined when none of them could answer. */
      async function walk(targets: readonly Target[]): Promise<Completion | undefined> {
        for (const target of targets) {
          const circuit = circuits[target.provider];
          for (let tries = 1; tries <= TRIES_MAX; tries += 1) {
            const refusal = circuit.refusal();
            if (refusal !== undefined) {
              left ??= { provider: target.provider, refusal };
              if (refusal === 'rate_limited') resting.add(target.provider);
              break;
            }
            if (left !== undefined) countMove(left, target);
            try {
              const completion = await send(target, request, { ...hooks, onText });
              circuit.succeeded();
              return completion;
            } catch (error) {
              const { next, health, pauseMs } = judge(error, hooks.signal.aborted);
              tellCircuit(circuit, health, pauseMs);
              if (health === 'paused') resting.add(target.provider);
              if (next === 'give_up' || isForwarded) throw error;
              left = { provider: target.provider, error };
              if (next === 'move_on') break;
            }
          }
        }
        return undefined;
      }

      /** How long until the first of them can be asked; without end for none. */
      const restLeftMs = () => Math.min(...[...resting].map((provider) => circuits[provider].pauseLeftMs()));

      const completion = await walk(route);
      if (completion !== undefined) return completion;
      // A second's rest is better than an error: everybody waits who has nowhere else to go.
      if (restLeftMs() <= WAIT_MAX_MS) {
        // Timers count whole milliseconds, so that one may ring before the rest is over.
        for (let restMs = restLeftMs(); restMs > 0; restMs = restLeftMs()) {
          await sleep(restMs, undefined, { signal: hooks.signal });
        }
        const late = await walk(route);
        if (late !== undefined) return late;
      }
      throw left?.error ?? new GatewayError(503, 'circuit_open', 'no provider can take the request now');
    },
  };

  function countMove(left: Left, target: Target): void {
    if (left.provider === target.provider) {
      if (left.refusal === undefined) totals.retries += 1;
      return;
    }
    totals.failovers += 1;
    // Failed requests are seen by the monitoring itself; a request that was never sent is not.
    if (left.refusal !== undefined) recordFailover(left.provider, target.provider, left.refusal);
  }
}

function createProviderCircuit(provider: Provider): Circuit {
  const tell = (state: Circuit['state']) => {
    recordCircuitState(provider, state);
    recordProviderHealth(provider, state === 'closed');
  };
  tell('closed');
  return createCircuit({ ...CIRCUIT, onChange: tell });
}

function tellCircuit(circuit: Circuit, health: ReturnType<typeof judge>['health'], pauseMs: number): void {
  if (health === 'failed') circuit.failed();
  else if (health === 'paused') circuit.pause(pauseMs);
  else if (health === 'alive') circuit.succeeded();
  else circuit.abandoned();
}
