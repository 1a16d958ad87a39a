import type { BodyReader } from './body-reader.js';
import { isObject } from './json.js';
import { JsonDocument } from './json-document.js';
import type { Answer, WireFormat } from './wire-format.js';

const LINE_FEED = 0x0a;

/** Reads a body of one JSON object a line. A file may be anything: reading stops at the first line that is no object. */
export function createLineReader(format: WireFormat, answer: Answer): BodyReader {
  let line: JsonDocument | undefined;
  let isOver = false;
  const endLine = (): void => {
    if (line === undefined) return;
    const json = line.finish();
    line = undefined;
    if (isObject(json)) format.read(json, answer);
    else isOver = true;
  };
  return {
    push(bytes) {
      for (let start = 0; start < bytes.length && !isOver; ) {
        const feed = bytes.indexOf(LINE_FEED, start);
        const end = feed === -1 ? bytes.length : feed;
        if (end > start) {
          line ??= new JsonDocument(format.fields);
          line.push(bytes.subarray(start, end));
        }
        if (feed !== -1) endLine();
        start = end + 1;
      }
    },
    finish: endLine,
  };
}
