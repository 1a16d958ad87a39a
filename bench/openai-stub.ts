/** One event of a chat stream, as OpenAI sends it. */
function chatEvent(index: number): string {
  const chunk = {
    id: 'chatcmpl-B9MHDbslfkBeAs8l4bebGdFOJ6PeG',
    object: 'chat.completion.chunk',
    created: 1_741_570_283,
    model: 'gpt-4o-mini-2024-07-18',
    service_tier: 'default',
    system_fingerprint: 'fp_44709d6fcb',
    choices: [{ index: 0, delta: { content: ` word${index % 97}` }, logprobs: null, finish_reason: null }],
    usage: null,
  };
  return `data: ${JSON.stringify(chunk)}\n\n`;
}

const LAST_EVENTS = [
  'data: {"id":"chatcmpl-B9","object":"chat.completion.chunk","model":"gpt-4o-mini-2024-07-18","choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":null}\n\n',
  'data: {"id":"chatcmpl-B9","object":"chat.completion.chunk","model":"gpt-4o-mini-2024-07-18","choices":[],"usage":{"prompt_tokens":20,"completion_tokens":2000,"total_tokens":2020}}\n\n',
  'data: [DONE]\n\n',
];

const COMPLETION = JSON.stringify({
  id: 'chatcmpl-B9MHDbslfkBeAs8l4bebGdFOJ6PeG',
  object: 'chat.completion',
  created: 1_741_570_283,
  model: 'gpt-4o-mini-2024-07-18',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Hello!' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 1200, completion_tokens: 300, total_tokens: 1500 },
});

/** A fetch that answers each request with a stream of that many events, one in each chunk. */
export function streamingFetch(events: number): typeof fetch {
  const encoder = new TextEncoder();
  const distinct = Array.from({ length: 97 }, (_, index) => encoder.encode(chatEvent(index)));
  const last = LAST_EVENTS.map((event) => encoder.encode(event));
  return async () => {
    let index = 0;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        const chunk = index < events ? distinct[index % distinct.length] : last[index - events];
        index += 1;
        if (chunk === undefined) controller.close();
        else controller.enqueue(chunk);
      },
    });
    return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
  };
}

/** A fetch that answers each request with one whole completion. */
export function completingFetch(): typeof fetch {
  return async () => new Response(COMPLETION, { headers: { 'content-type': 'application/json' } });
}

export const CHAT = { model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'Hi' }] } as const;
