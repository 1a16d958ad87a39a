import { deepEqual, equal } from 'node:assert/strict';
import fc from 'fast-check';
import {
  anyMember,
  bytesOf,
  damaged,
  named,
  writtenMember,
  writtenObject,
  writtenString,
  writtenValue,
} from '../../support/arbitrary-json.js';
import { check, trying } from '../../support/fuzz-program.js';
import { startCallObserver } from '../../support/observed-calls.js';
import { type ChatFacts, NOTHING_READ, readChat } from '../../support/reference-chat.js';
import { readEvents } from '../../support/reference-events.js';
import { arbitraryCuts, piecesOf } from '../../support/split-bytes.js';

/** More than is held of a line. */
const LONG = 'x'.repeat(70_000);

const said = fc.oneof(fc.string({ unit: 'binary', maxLength: 30 }), fc.constantFrom('', '"usage":{'));
const content = writtenString(said);
const longContent = fc.oneof(content, fc.constant(JSON.stringify(LONG)));
const deltaWith = (contents: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  writtenObject(fc.oneof(writtenMember(named('content'), contents), anyMember));
const choiceWith = (contents: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  writtenObject(
    fc.oneof(
      writtenMember(named('delta'), deltaWith(contents)),
      writtenMember(named('finish_reason'), fc.constantFrom('null', '"stop"', '"length"')),
    ),
  );
const count = fc.nat(1_000).map(String);
/** Of running usage only the last counts, so that each must be whole. */
const usage = fc
  .tuple(
    count,
    count,
    named('prompt_tokens'),
    named('completion_tokens'),
    fc.array(anyMember, { maxLength: 2 }),
  )
  .map(([input, output, inName, outName, others]) => {
    return `{${[...others, `${inName}:${input}`, `${outName} : ${output}`, '"cost":0.5'].join(', ')}}`;
  });
const documentWith = (contents: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  writtenObject(
    fc.oneof(
      writtenMember(
        named('choices'),
        fc.array(choiceWith(contents), { maxLength: 2 }).map((items) => `[${items}]`),
      ),
      writtenMember(named('usage'), fc.oneof(usage, fc.constant('null'))),
      writtenMember(named('id', 'object'), writtenValue),
    ),
  );
const document = documentWith(content);

/** The data of one event, on as many lines as it has. */
const event = fc.oneof(
  { weight: 6, arbitrary: document },
  // What is too large to be held is projected, which looks at no more of it than it keeps.
  { weight: 1, arbitrary: documentWith(longContent) },
  { weight: 1, arbitrary: damaged(document) },
  fc.constantFrom('[DONE', ' [DONE]', 'x', ''),
);
const noise = fc.constantFrom(
  ': ping',
  ':',
  'event: message',
  'id: 7',
  'retry: 10',
  'dat',
  'data',
  `: ${LONG}`,
);
const colon = fc.constantFrom('data:', 'data: ');
const blank = fc.constantFrom(1, 1, 1, 2, 3);

const streams = fc
  .tuple(
    fc.array(fc.tuple(event, colon, fc.option(noise), blank), { maxLength: 8 }),
    fc.constantFrom('\n', '\r\n', '\r'),
    fc.boolean(),
    fc.constantFrom('data: [DONE]', ''),
  )
  .map(([events, end, hasMark, last]) => {
    const frames = events.map(([data, field, other, blanks]) => {
      const lines = data.split(/\r\n|\n|\r/).map((line) => field + line);
      return [...(other === null ? [] : [other]), ...lines].join(end) + end.repeat(1 + blanks);
    });
    return (hasMark ? '\ufeff' : '') + frames.join('') + last;
  });

const observer = await startCallObserver();
const headers = { 'content-type': 'text/event-stream' };

await check(
  fc.asyncProperty(streams, arbitraryCuts, async (text, cuts) => {
    trying(text);
    const bytes = Buffer.from(text);
    const { received, ...call } = await observer.observe({ headers, response: piecesOf(bytes, cuts) });
    deepEqual(Buffer.from(received), bytes);
    const { inputTokens, outputTokens, costUsd, finishReasons } = call;
    const { facts, isOver } = expected(bytes);
    deepEqual({ answeredBy: undefined, inputTokens, outputTokens, costUsd, finishReasons }, facts);
    equal(call.errorType, isOver ? undefined : 'stream_interrupted');
  }),
);

// Whatever comes, in whatever format it was asked for, ends the request and reaches the caller.
const paths = fc.constantFrom('/v1/chat/completions', '/v1/messages', '/v1/responses', '/v1/embeddings');
const types = fc.constantFrom('text/event-stream', 'application/json', '', 'application/x-ndjson');
const anything = fc.oneof(fc.uint8Array({ maxLength: 200 }), bytesOf(streams), bytesOf(damaged(document)));
await check(
  fc.asyncProperty(anything, arbitraryCuts, paths, types, async (bytes, cuts, path, type) => {
    trying(bytes);
    const response = piecesOf(bytes, cuts);
    const { received } = await observer.observe({ path, headers: { 'content-type': type }, response });
    deepEqual(Buffer.from(received), Buffer.from(bytes));
    const [active] = await observer.test.series('llm_edge_active_requests');
    equal(active?.value, 0);
  }),
);

await observer.close();

function expected(bytes: Uint8Array): { facts: ChatFacts; isOver: boolean } {
  const documents: unknown[] = [];
  for (const data of readEvents(bytes)) {
    if (data.startsWith('[DONE]')) return { facts: readChat(documents), isOver: true };
    try {
      documents.push(JSON.parse(data));
    } catch {
      // An event that is no JSON says nothing.
    }
  }
  const facts = documents.length === 0 ? NOTHING_READ : readChat(documents);
  return { facts, isOver: facts.finishReasons !== undefined };
}
