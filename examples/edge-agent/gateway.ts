import type { ServerResponse } from 'node:http';
import { context, propagation } from '@opentelemetry/api';
import { observeOperation } from 'llm-edge-monitoring';
import type { AnswerCache } from './cache.js';
import { GatewayError, isProvider, parseChatRequest } from './chat.js';
import { type Listening, listen, readJson, sendJson, signalOfReader } from './http.js';
import { OUTAGES_PATH, type Outages } from './outages.js';
import { createReply } from './reply.js';
import type { Router } from './router.js';
import { countOperation, type Totals } from './totals.js';

export const CHAT_PATH = '/v1/chat/completions';

/** What a gateway is made of. */
export interface GatewayParts {
  readonly router: Router;
  readonly cache: AnswerCache;
  readonly totals: Totals;
  readonly outages: Outages;
}

/** Starts the gateway: `POST /v1/chat/completions` as OpenAI speaks it, over two providers and a cache. */
export function startGateway(
  { router, cache, totals, outages }: GatewayParts,
  port: number,
  host?: string,
): Promise<Listening> {
  async function serve(body: unknown, response: ServerResponse): Promise<void> {
    const startedAt = performance.now();
    let reply = createReply(response, { model: 'unknown', stream: false, includesUsage: false });
    try {
      await observeOperation({ name: `POST ${CHAT_PATH}` }, async (operation) => {
        const chat = parseChatRequest(body);
        reply = createReply(response, chat);
        const cached = operation.cacheLookup('L1', () => cache.get(chat), { answer: (found) => found });
        if (cached !== undefined) {
          totals.cacheHits += 1;
          return reply.finish(cached, true);
        }
        totals.cacheMisses += 1;
        const onText = chat.stream ? (text: string) => reply.text(text) : undefined;
        const completion = await router.answer(chat, { onText, signal: signalOfReader(response) });
        cache.set(chat, completion);
        return reply.finish(completion, false);
      });
      countOperation(totals, performance.now() - startedAt, false);
    } catch (error) {
      countOperation(totals, performance.now() - startedAt, true);
      await reply.fail(error);
    }
  }

  return listen(
    async (request, response) => {
      if (request.method === 'POST' && request.url?.split('?')[0] === CHAT_PATH) {
        const body = await readJson(request);
        // The caller's trace goes on here.
        const caller = propagation.extract(context.active(), request.headers);
        return context.with(caller, () => serve(body, response));
      }
      const { method = '', url = '' } = request;
      const provider = url.startsWith(OUTAGES_PATH) ? url.slice(OUTAGES_PATH.length) : undefined;
      // A page of another site cannot send these methods here: its browser would ask first, and be refused.
      if (isProvider(provider) && (method === 'PUT' || method === 'DELETE')) {
        outages.set(provider, method === 'PUT');
        return sendJson(response, 200, { provider, isDown: outages.isDown(provider) });
      }
      const reply = createReply(response, { model: 'unknown', stream: false, includesUsage: false });
      await reply.fail(new GatewayError(404, 'not_found', `only POST ${CHAT_PATH} is served here`));
    },
    port,
    host,
  );
}
