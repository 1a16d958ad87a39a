import { deepEqual, equal } from 'node:assert/strict';
import fc from 'fast-check';
import {
  anyMember,
  damaged,
  named,
  writtenMember,
  writtenObject,
  writtenString,
  writtenValue,
} from '../../support/arbitrary-json.js';
import { check, trying } from '../../support/fuzz-program.js';
import { startCallObserver } from '../../support/observed-calls.js';
import { arbitraryCuts, piecesOf } from '../../support/split-bytes.js';

/** More than is held of a line. */
const LONG = 'x'.repeat(70_000);

const said = fc.oneof(fc.string({ unit: 'binary', maxLength: 30 }), fc.constantFrom('', '"done_reason":"x"'));
const count = fc.nat(1_000).map(String);
const documentWith = (contents: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  writtenObject(
    fc.oneof(
      writtenMember(named('message'), writtenObject(writtenMember(named('content', 'thinking'), contents))),
      writtenMember(named('response', 'created_at'), contents),
      writtenMember(named('context', 'logprobs'), writtenValue),
      writtenMember(named('done'), fc.constantFrom('false', 'false', 'null')),
      anyMember,
    ),
  );
const content = writtenString(said);
/** The last document, and its counts. */
const last = fc
  .tuple(count, count, fc.constantFrom('"stop"', '"length"'), fc.array(anyMember, { maxLength: 2 }))
  .map(([input, output, reason, others]) => {
    const members = [
      `"prompt_eval_count":${input}`,
      `"eval_count" : ${output}`,
      `"done_reason": ${reason}`,
      '"done":true',
    ];
    return `{${[...others, ...members].join(',')}}`;
  });

const line = fc.oneof(
  { weight: 6, arbitrary: documentWith(content) },
  // What is too large to be held is projected, which looks at no more of it than it keeps.
  { weight: 1, arbitrary: documentWith(fc.constant(JSON.stringify(LONG))) },
  { weight: 1, arbitrary: damaged(documentWith(content)) },
  { weight: 1, arbitrary: last },
  fc.constantFrom('', ' ', 'x', 'data: {}', '[', LONG),
);

const streams = fc
  .tuple(fc.array(line, { maxLength: 8 }), fc.constantFrom('\n', '\r\n', '\n\n'), fc.boolean(), fc.boolean())
  .map(([lines, end, hasMark, isEnded]) => {
    // A damaged document may contain line ends.
    const text = lines.map((written) => written.replaceAll('\n', ' ')).join(end);
    return (hasMark ? '\ufeff' : '') + text + (isEnded ? end : '');
  });

const observer = await startCallObserver();
const headers = { 'content-type': 'application/x-ndjson' };

await check(
  fc.asyncProperty(streams, arbitraryCuts, async (text, cuts) => {
    trying(text);
    const bytes = Buffer.from(text);
    const { received, ...call } = await observer.observe({
      path: '/api/chat',
      headers,
      response: piecesOf(bytes, cuts),
    });
    deepEqual(Buffer.from(received), bytes);
    const { inputTokens, outputTokens, finishReasons, errorType } = call;
    const end = documentsIn(bytes).find((document) => document['done'] === true);
    deepEqual(
      { inputTokens, outputTokens, finishReasons, errorType },
      end === undefined
        ? {
            inputTokens: undefined,
            outputTokens: undefined,
            finishReasons: undefined,
            errorType: 'stream_interrupted',
          }
        : {
            inputTokens: end['prompt_eval_count'],
            outputTokens: end['eval_count'],
            finishReasons: [end['done_reason']],
            errorType: undefined,
          },
    );
    const [active] = await observer.test.series('llm_edge_active_requests');
    equal(active?.value, 0);
  }),
);

await observer.close();

/** The reference: lines that are split and parsed one by one. */
function documentsIn(bytes: Uint8Array): Record<string, unknown>[] {
  // The decoder leaves out a byte order mark.
  const text = new TextDecoder().decode(bytes);
  return text.split('\n').flatMap((written) => {
    try {
      const document: unknown = JSON.parse(written);
      return typeof document === 'object' && document !== null && !Array.isArray(document)
        ? [document as Record<string, unknown>]
        : [];
    } catch {
      // A line that is no JSON says nothing.
      return [];
    }
  });
}
