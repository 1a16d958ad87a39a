import type { RequestHandle } from '../requests/request-handle.js';

/** The same request for somebody who adds to what is known of it, but does not end it. */
export function followOnly(request: RequestHandle): RequestHandle {
  return {
    provider: request.provider,
    model: request.model,
    span: request.span,
    get ended() {
      return request.ended;
    },
    firstToken: () => request.firstToken(),
    setUsage: (usage) => request.setUsage(usage),
    setResponse: (info) => request.setResponse(info),
    end: () => undefined,
    fail: () => undefined,
    run: (fn) => request.run(fn),
  };
}
