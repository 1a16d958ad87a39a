import type { Monitoring } from 'llm-edge-monitoring';
import { instrumentFetch } from 'llm-edge-monitoring/fetch';
import { createAnthropicUpstream } from './anthropic-upstream.js';
import type { Arguments } from './arguments.js';
import { createAnswerCache } from './cache.js';
import type { Provider } from './chat.js';
import { CHAT_PATH, startGateway } from './gateway.js';
import type { Listening } from './http.js';
import { startMonitoring } from './monitoring.js';
import { createOpenAIUpstream } from './openai-upstream.js';
import { createOutages, type Outages } from './outages.js';
import { ANTHROPIC_DIALECT } from './providers/anthropic-server.js';
import { ANTHROPIC, type Character, calm, OPENAI, withoutFaults } from './providers/faults.js';
import { OPENAI_DIALECT } from './providers/openai-server.js';
import { type Dialect, startProvider } from './providers/provider-server.js';
import { createRouter, type Router } from './router.js';
import { createTotals, type Totals } from './totals.js';

/** A gateway that runs, its providers beneath it. */
export interface Agent {
  readonly chatUrl: string;
  /** The status page, for people; absent where it does not answer. */
  readonly statusUrl: string | undefined;
  readonly metricsUrl: string | undefined;
  readonly outages: Outages;
  /** One sentence on whether spans are sent, and why. */
  readonly tracing: string;
  readonly totals: Totals;
  readonly circuits: Router['circuits'];
  /** Closes all ports; spans that wait are sent before. */
  stop(): Promise<void>;
}

const CACHE = { entriesMax: 64, ageMaxMs: 5 * 60_000 };

/** Starts everything but the callers. What was started is stopped again where a later part fails. */
export async function startAgent(
  options: Pick<
    Arguments,
    'seed' | 'host' | 'port' | 'metricsPort' | 'isInstant' | 'isFaulty' | 'outages' | 'isMonitored'
  >,
): Promise<Agent> {
  const undo: (() => Promise<void>)[] = [];
  const stop = async () => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  const opened = async (starting: Promise<Listening>) => {
    const server = await starting;
    undo.push(() => server.close());
    return server.port;
  };

  try {
    const started = options.isMonitored ? await startMonitoring(options.metricsPort) : undefined;
    if (started !== undefined) undo.push(() => started.monitoring.shutdown());

    const outages = createOutages(options.outages);
    const start = (dialect: Dialect, provider: Provider, character: Character) => {
      const today = options.isInstant
        ? withoutFaults(character)
        : options.isFaulty
          ? character
          : calm(character);
      return opened(startProvider(dialect, today, options.seed, () => outages.isDown(provider)));
    };
    const openaiPort = await start(OPENAI_DIALECT, 'openai', OPENAI);
    const anthropicPort = await start(ANTHROPIC_DIALECT, 'anthropic', ANTHROPIC);

    // This one line observes every call of both clients: outcome, duration, tokens, cost, rate limits, spans.
    const fetch = instrumentFetch(globalThis.fetch, {
      hosts: {
        [`127.0.0.1:${openaiPort}`]: { provider: 'openai' },
        [`127.0.0.1:${anthropicPort}`]: { provider: 'anthropic' },
      },
    });
    const upstreams = {
      openai: createOpenAIUpstream({
        baseURL: `http://127.0.0.1:${openaiPort}/v1`,
        apiKey: 'sk-loopback',
        fetch,
      }),
      anthropic: createAnthropicUpstream({
        baseURL: `http://127.0.0.1:${anthropicPort}`,
        apiKey: 'sk-ant-loopback',
        fetch,
      }),
    };
    const totals = createTotals();
    const router = createRouter(upstreams, totals);
    const cache = createAnswerCache(CACHE.entriesMax, CACHE.ageMaxMs);
    const port = await opened(startGateway({ router, cache, totals, outages }, options.port, options.host));
    const metricsUrl = started?.monitoring.metricsUrl;
    return {
      chatUrl: `http://127.0.0.1:${port}${CHAT_PATH}`,
      statusUrl: started && statusUrlOf(started.monitoring),
      metricsUrl,
      outages,
      tracing: started?.tracing ?? 'off (--no-monitoring)',
      totals,
      circuits: router.circuits,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Beyond this machine there is a status page only with an authorization. */
function statusUrlOf({ config, metricsUrl }: Monitoring): string | undefined {
  const { enabled, authorization } = config.statusPage;
  const isReachable = authorization !== undefined || /^(localhost|127\.|::1)/.test(config.metrics.host);
  return enabled && isReachable && metricsUrl !== undefined ? new URL('/', metricsUrl).href : undefined;
}
