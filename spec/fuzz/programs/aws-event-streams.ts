import { deepEqual } from 'node:assert/strict';
import { EventStreamCodec } from '@smithy/eventstream-codec';
import fc from 'fast-check';
import { check, trying } from '../../support/fuzz-program.js';
import { type ParsedFrame, parseFrames } from '../../support/parsers.js';
import { arbitraryCuts, everyByte } from '../../support/split-bytes.js';

const codec = new EventStreamCodec(
  (bytes) => Buffer.from(bytes as Uint8Array).toString('utf8'),
  (text) => Buffer.from(text, 'utf8'),
);

/** Without `__proto__`, which the codec takes for the prototype of its headers. */
const name = fc.oneof(
  fc.constantFrom(':event-type', ':message-type', ':exception-type'),
  fc.string({ minLength: 1, maxLength: 20 }).filter((text) => text !== '__proto__'),
);
const value = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.string({ maxLength: 30 }).map((text) => ({ type: 'string' as const, value: text })),
  },
  fc.boolean().map((flag) => ({ type: 'boolean' as const, value: flag })),
  fc.integer({ min: -128, max: 127 }).map((byte) => ({ type: 'byte' as const, value: byte })),
  fc.integer({ min: -32_768, max: 32_767 }).map((short) => ({ type: 'short' as const, value: short })),
  fc.integer().map((integer) => ({ type: 'integer' as const, value: integer })),
  fc.uint8Array({ maxLength: 30 }).map((bytes) => ({ type: 'binary' as const, value: bytes })),
  fc.date({ noInvalidDate: true }).map((date) => ({ type: 'timestamp' as const, value: date })),
  fc.uuid().map((uuid) => ({ type: 'uuid' as const, value: uuid })),
);
const headers = fc
  .uniqueArray(fc.tuple(name, value), { selector: ([key]) => key, maxLength: 5 })
  .map((entries) => Object.assign(Object.create(null), Object.fromEntries(entries)));
const payload = fc.oneof(
  { weight: 6, arbitrary: fc.uint8Array({ maxLength: 300 }) },
  // More than is held, and about as much.
  fc.integer({ min: 65_400, max: 70_000 }).map((length) => new Uint8Array(length).fill(0x78)),
);
const frame = fc.record({ headers, body: payload }).map((message) => codec.encode(message));
const frames = fc.array(frame, { maxLength: 5 });
/** A bit that is flipped somewhere, and bytes that are cut off at the end. */
const damage = fc.record({ at: fc.nat(), bit: fc.integer({ min: 0, max: 7 }), cut: fc.nat(40) });

await check(
  fc.asyncProperty(frames, arbitraryCuts, fc.option(damage), async (messages, cuts, damaged) => {
    let bytes = Buffer.concat(messages);
    if (damaged !== null && bytes.length > 0) {
      const at = damaged.at % bytes.length;
      bytes[at] = (bytes[at] as number) ^ (1 << damaged.bit);
      bytes = bytes.subarray(0, Math.max(bytes.length - damaged.cut, 0));
    }
    trying(bytes);
    const expected = reference(bytes);
    deepEqual(parseFrames(bytes, cuts), expected);
    if (bytes.length < 2_000) deepEqual(parseFrames(bytes, everyByte(bytes)), expected);
  }),
);

// Whatever comes, nothing is thrown, and the cuts make no difference.
await check(
  fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
    trying(bytes);
    deepEqual(parseFrames(bytes, everyByte(bytes)), parseFrames(bytes));
  }),
);

/** The frames that the AWS SDK reads before the first one that it refuses. */
function reference(bytes: Uint8Array): ParsedFrame[] {
  const found: ParsedFrame[] = [];
  let rest = Buffer.from(bytes);
  while (rest.length >= 4 && rest.readUInt32BE(0) <= rest.length) {
    try {
      const { headers: read, body } = codec.decode(rest.subarray(0, rest.readUInt32BE(0)));
      const texts = Object.entries(read).flatMap(([key, { type, value: text }]) =>
        type === 'string' ? [[key, text as string] as const] : [],
      );
      found.push({ headers: texts.sort(), payload: Buffer.from(body).toString('latin1') });
    } catch {
      break;
    }
    rest = rest.subarray(rest.readUInt32BE(0));
  }
  return found;
}
