import fc from 'fast-check';
import { parseEvents as parse } from '../support/parsers.js';
import { arbitraryCuts, everyByte } from '../support/split-bytes.js';

const line = fc.string({ unit: 'binary', maxLength: 40 }).map((text) => text.replace(/[\r\n]/g, ' '));
const event = fc.array(line, { minLength: 1, maxLength: 3 });
const noise = fc.constantFrom(': ping', 'event: message', 'id: 7', 'retry: 10', 'dat', 'database: x');
const lineEnd = fc.constantFrom('\n', '\r\n', '\r');

describe('SseParser', () => {
  describe('with any events, any line ends and any pieces', () => {
    it('hands over the data of each event once and whole', () => {
      fc.assert(
        fc.property(
          fc.array(fc.tuple(event, noise)),
          lineEnd,
          fc.boolean(),
          arbitraryCuts,
          (events, end, hasMark, cuts) => {
            const frames = events.map(([lines, other]) =>
              [other, ...lines.map((text) => `data: ${text}`), '', ''].join(end),
            );
            const text = (hasMark ? '\ufeff' : '') + frames.join('');
            expect(parse(Buffer.from(text), cuts)).toEqual({
              events: events.map(([lines]) => lines.join('\n')),
              large: [],
            });
          },
        ),
        { numRuns: 1_000 },
      );
    });
  });

  describe('with pieces of one byte', () => {
    it.each(['\n', '\r\n', '\r'])('reads characters of several bytes between line ends %j', (end) => {
      const text = `\ufeffdata: {"t":"é😀"}${end}${end}:${end}data:x${end}data:  y${end}${end}data: [DONE]`;
      const bytes = Buffer.from(text);
      expect(parse(bytes, everyByte(bytes)).events).toEqual(['{"t":"é😀"}', 'x\n y', '[DONE]']);
    });
  });

  describe('with a byte order mark after the first line', () => {
    it('takes it for a part of the line', () => {
      expect(parse(Buffer.from('data: a\n\n\ufeffdata: b\n\ndata: c\n\n')).events).toEqual(['a', 'c']);
    });
  });

  describe('with blank lines and fields that are no data', () => {
    it('hands over nothing', () => {
      expect(parse(Buffer.from('\n\n: hello\n\nevent: ping\nid: 1\n\ndat\n\n'))).toEqual({
        events: [],
        large: [],
      });
    });
  });

  describe('with a data field that has no colon', () => {
    it('takes it for an empty line of data', () => {
      expect(parse(Buffer.from('data\n\ndata\ndata: b\ndata\n\n')).events).toEqual(['', '\nb\n']);
    });
  });

  describe('with events too large to be held', () => {
    const text = 'y'.repeat(200_000);
    const cutsOf = (bytes: Uint8Array) =>
      Array.from({ length: 60 }, (_, index) => ((index * bytes.length) / 60) | 0);

    it('projects the data of one long line', () => {
      const bytes = Buffer.from(
        `data: {"a":1}\n\n: ${text}\nevent: e\ndata: {"output":"${text}","usage":{"n":2}}\n\ndata: {"a":3}\n\n`,
      );
      const seen = { events: ['{"a":1}', '{"a":3}'], large: [{ usage: { n: 2 } }] };
      expect(parse(bytes, cutsOf(bytes))).toEqual(seen);
    });

    it('projects the data of a long line that comes in one piece', () => {
      const bytes = Buffer.from(`data: {"output":"${text}","usage":{"n":2}}\n\ndata: {"a":3}\n\n`);
      expect(parse(bytes)).toEqual({ events: ['{"a":3}'], large: [{ usage: { n: 2 } }] });
    });

    it('projects the data of many lines', () => {
      const lines = Array.from({ length: 20_000 }, (_, index) => `data:   ${index},`).join('\r\n');
      const bytes = Buffer.from(
        `data: {"output":[\r\n${lines}\r\ndata: 0],\r\ndata: "usage":{"n":2}}\r\n\r\n`,
      );
      expect(parse(bytes, cutsOf(bytes))).toEqual({ events: [], large: [{ usage: { n: 2 } }] });
    });

    it('hands over nothing of one that is not JSON', () => {
      const bytes = Buffer.from(`data: ${text}\n\ndata: b\n\n`);
      expect(parse(bytes, cutsOf(bytes))).toEqual({ events: ['b'], large: [undefined] });
    });

    it('keeps comments out of data that goes on after them', () => {
      const bytes = Buffer.from(`data: {"output":"${text}",\n: ${text}"}\ndata: "usage":5}\n\n`);
      expect(parse(bytes, cutsOf(bytes))).toEqual({ events: [], large: [{ usage: 5 }] });
    });
  });
});
