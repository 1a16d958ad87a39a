import type { Reply } from './loopback.js';

const CREATED = '2026-08-04T19:22:45.499127Z';

/** What the last line of a stream, or a whole answer, says beside its text. Durations are in nanoseconds. */
const DONE = {
  done: true,
  done_reason: 'stop',
  total_duration: 5_043_500_667,
  load_duration: 5_025_959,
  prompt_eval_count: 26,
  prompt_eval_duration: 325_953_000,
  eval_count: 290,
  eval_duration: 4_709_213_000,
};

/** `DONE` in the normal form. */
export const OLLAMA_COUNTS = { inputTokens: 26, outputTokens: 290, computeSeconds: 5.043500667 };

const message = (parts: object, rest: object = { done: false }) => ({
  model: 'llama3.2',
  created_at: CREATED,
  message: { role: 'assistant', content: '', ...parts },
  ...rest,
});

/** A chat answer. */
export const OLLAMA_ANSWER = message({ content: 'Hi' }, DONE);

/** A streamed chat answer. */
export const OLLAMA_LINES: readonly object[] = [
  message({ content: 'H' }),
  message({ content: 'i' }),
  message({}, DONE),
];

/** A streamed chat answer that begins with a thought and ends with a call of a tool. */
export const OLLAMA_TOOL_LINES: readonly object[] = [
  message({ thinking: 'Weather.' }),
  message({
    tool_calls: [{ function: { name: 'get_weather', arguments: { city: 'Bonn', done_reason: 'x' } } }],
  }),
  message({}, DONE),
];

/** A streamed completion. */
export const OLLAMA_COMPLETION_LINES: readonly object[] = [
  { model: 'llama3.2', created_at: CREATED, response: 'The', done: false },
  { model: 'llama3.2', created_at: CREATED, response: ' sky', done: false },
  { model: 'llama3.2', created_at: CREATED, response: '', context: [1, 2, 3], ...DONE },
];

/** The answer to a call without messages, which loads the model. It is one document, whatever was asked for. */
export const OLLAMA_LOADED = message({}, { done_reason: 'load', done: true });

/** Embeddings. */
export const OLLAMA_EMBEDDINGS = {
  model: 'all-minilm',
  embeddings: [[0.010071029, -0.0017594862]],
  total_duration: 14_143_917,
  load_duration: 1_019_500,
  prompt_eval_count: 8,
};

/** A stream of documents, a line each. */
export function lines(documents: readonly unknown[], rest: Partial<Reply> = {}): Reply {
  return {
    headers: { 'content-type': 'application/x-ndjson', ...rest.headers },
    body: documents.map((document) => `${JSON.stringify(document)}\n`),
    ...(rest.ending === undefined ? {} : { ending: rest.ending }),
  };
}
