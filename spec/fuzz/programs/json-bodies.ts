import { deepEqual, equal } from 'node:assert/strict';
import fc from 'fast-check';
import {
  anyMember,
  bytesOf,
  damaged,
  judge,
  named,
  writtenCount,
  writtenMember,
  writtenName,
  writtenObject,
  writtenValue,
} from '../../support/arbitrary-json.js';
import { check, trying } from '../../support/fuzz-program.js';
import { startCallObserver } from '../../support/observed-calls.js';
import { NOTHING_READ, readChat, wellFormed } from '../../support/reference-chat.js';
import { arbitraryCuts, piecesOf } from '../../support/split-bytes.js';

/** Levels that a document may have. */
const DEPTH_MAX = 128;

const isStreamed = fc.oneof(fc.constantFrom('true', 'false'), writtenValue);
const requests = damaged(
  writtenObject(
    fc.oneof(
      writtenMember(named('model'), writtenName),
      writtenMember(named('stream'), isStreamed),
      writtenMember(named('messages', 'tools'), writtenValue),
      anyMember,
    ),
  ),
);
const usage = writtenObject(
  fc.oneof(writtenMember(named('prompt_tokens', 'completion_tokens', 'cost'), writtenCount), anyMember),
);
const choice = writtenObject(
  fc.oneof(writtenMember(named('finish_reason', 'message'), writtenName), anyMember),
);
const choices = fc.oneof(
  fc.array(fc.oneof(choice, writtenValue), { maxLength: 3 }).map((items) => `[${items.join(' , ')}]`),
  writtenValue,
);
const answers = damaged(
  writtenObject(
    fc.oneof(
      writtenMember(named('model'), writtenName),
      writtenMember(named('usage'), fc.oneof(usage, usage, writtenValue)),
      writtenMember(named('choices'), choices),
      anyMember,
    ),
  ),
);

const observer = await startCallObserver();

await check(
  fc.asyncProperty(bytesOf(requests), arbitraryCuts, fc.nat(2), async (bytes, cuts, how) => {
    trying(bytes);
    const text = new TextDecoder('utf8', { ignoreBOM: true }).decode(bytes);
    const request = [text, bytes, piecesOf(bytes, cuts)][how];
    const call = await observer.observe(request === undefined ? {} : { request });
    const verdict = judge(bytes, DEPTH_MAX);
    deepEqual(Buffer.from(call.sent), Buffer.from(how === 0 ? Buffer.from(text) : bytes));
    if (verdict.kind === 'malformed') {
      equal(typeof call.model, 'string');
      return;
    }
    const json = verdict.kind === 'json' ? verdict.json : undefined;
    const { model, stream } = (Array.isArray(json) ? {} : (json ?? {})) as Record<string, unknown>;
    equal(call.model, typeof model === 'string' && model !== '' ? wellFormed(model) : 'unknown');
    equal(call.streamed, stream === true);
  }),
);

await check(
  fc.asyncProperty(bytesOf(answers), arbitraryCuts, async (bytes, cuts) => {
    trying(bytes);
    const headers = { 'content-type': 'application/json' };
    const { received, ...call } = await observer.observe({ headers, response: piecesOf(bytes, cuts) });
    deepEqual(Buffer.from(received), Buffer.from(bytes));
    equal(call.errorType, undefined);
    const verdict = judge(bytes, DEPTH_MAX);
    if (verdict.kind === 'malformed') return;
    const isArray = new TextDecoder().decode(bytes).trimStart().startsWith('[');
    // The elements of an array count as they come, whatever comes after them.
    if (verdict.kind === 'nothing' && isArray) return;
    const expected = verdict.kind === 'json' ? readChat([verdict.json].flat()) : NOTHING_READ;
    const { answeredBy, inputTokens, outputTokens, costUsd, finishReasons } = call;
    deepEqual({ answeredBy, inputTokens, outputTokens, costUsd, finishReasons }, expected);
  }),
);

await observer.close();
