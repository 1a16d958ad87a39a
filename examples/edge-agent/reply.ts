import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { type ChatRequest, type Completion, GatewayError } from './chat.js';
import { sendEvent, sendJson, startEvents } from './http.js';
import { createChunks, DONE, toCompletion, toErrorJson } from './openai-format.js';

/** Writes one answer in the OpenAI format, streamed or whole as the caller asked. */
export interface Reply {
  /** One piece of a streamed answer. */
  text(piece: string): Promise<void>;
  /** The end of an answer, and all of it where no piece was written before. */
  finish(completion: Completion, isCached: boolean): Promise<void>;
  /** A failure: with its own status, or as an event where the answer has begun. */
  fail(error: unknown): Promise<void>;
}

/** Creates the writer of one response. Nothing is sent before the first piece, so that a failure keeps its status. */
export function createReply(
  response: ServerResponse,
  request: Pick<ChatRequest, 'model' | 'stream' | 'includesUsage'>,
): Reply {
  const written = {
    id: `chatcmpl-${randomUUID().replaceAll('-', '').slice(0, 24)}`,
    created: Math.floor(Date.now() / 1000),
    model: request.model,
  };
  const chunks = createChunks(written, request.includesUsage);

  async function start(headers: Record<string, string> = {}): Promise<void> {
    if (response.headersSent) return;
    startEvents(response, headers);
    await sendEvent(response, chunks.role());
  }

  return {
    async text(piece) {
      await start({ 'x-cache': 'miss' });
      await sendEvent(response, chunks.text(piece));
    },
    async finish(completion, isCached) {
      const headers = { 'x-cache': isCached ? 'hit' : 'miss', 'x-provider': completion.provider };
      const { text, finishReason, usage } = completion;
      if (!request.stream) {
        return sendJson(response, 200, toCompletion({ ...written, text, finishReason, usage }), headers);
      }
      if (!response.headersSent) {
        await start(headers);
        await sendEvent(response, chunks.text(text));
      }
      await sendEvent(response, chunks.finish(finishReason));
      if (request.includesUsage) await sendEvent(response, chunks.usage(usage));
      await sendEvent(response, DONE);
      response.end();
    },
    async fail(error) {
      const { status, type, code, message, headers } = describe(error);
      const body = toErrorJson(message, type, code);
      if (!response.headersSent) return sendJson(response, status, body, headers);
      await sendEvent(response, body);
      response.end();
    },
  };
}

/** What the caller is told. A provider's refusal keeps its status; what has none is a bad gateway. */
function describe(error: unknown) {
  const { status = 502, message, headers } = error as { status?: number; message: string; headers?: Headers };
  if (error instanceof GatewayError) {
    const type = status < 500 ? 'invalid_request_error' : 'server_error';
    return { status, type, code: error.code, message, headers: {} };
  }
  const retryAfter = headers?.get('retry-after');
  return {
    status,
    type: status === 429 ? 'requests' : 'server_error',
    code: 'upstream_failed',
    message,
    headers: retryAfter ? { 'retry-after': retryAfter } : {},
  };
}
