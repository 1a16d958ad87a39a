import { bytesInUse } from '../../support/collect-garbage.js';
import { trying } from '../../support/fuzz-program.js';
import { startCallObserver } from '../../support/observed-calls.js';

const BODY_BYTES = 16 * 2 ** 20;
const PIECE_BYTES = 65_536;
/** How often the bytes in use are measured. */
const MEASURED_BYTES = 4 * 2 ** 20;
/**
 * Of the process: pieces on their way, and what is loaded on the way, which is 3 to 4 MiB however long the body is. A body
 * that is held shows as 12 MiB at the last measurement.
 */
const GROWTH_BYTES_MAX = 8 * 2 ** 20;

const observer = await startCallObserver();
const rows: Record<string, unknown> = {};

/** An answer of many megabytes: the beginning, the same few bytes over and over, the end. */
async function read(type: string, beginning: string, unit: string, end: string): Promise<void> {
  const name = `${type}: ${beginning} ${unit}… ${end}`;
  trying(name);
  const piece = Buffer.from(unit.repeat(Math.ceil(PIECE_BYTES / unit.length)));
  const before = bytesInUse();
  let peak = before;
  function* pieces(): Generator<Uint8Array> {
    yield Buffer.from(beginning);
    for (let sent = 0; sent < BODY_BYTES; sent += piece.length) {
      if (sent % MEASURED_BYTES < piece.length) peak = Math.max(peak, bytesInUse());
      yield piece;
    }
    yield Buffer.from(end);
  }
  const headers = { 'content-type': type };
  const call = await observer.observe({ headers, response: pieces(), isDiscarded: true });
  const growth = peak - before;
  rows[name] = growth < GROWTH_BYTES_MAX ? (call.inputTokens ?? 'nothing') : `${growth} bytes held`;
}

const usage = '"usage":{"prompt_tokens":7}';
const json = 'application/json';
const events = 'text/event-stream';
const lines = 'application/x-ndjson';

await read(json, '', '[', '');
await read(json, '', '{"usage":', '');
await read(json, '{"choices":', '[', '');
await read(json, '{"messages":', '[{"a":', '');
await read(json, '{"choices":[', '1,', `1],${usage}}`);
await read(json, '{"messages":["', 'x', `"],${usage}}`);
await read(json, '{"messages":["', '\\', '');
await read(json, '{"', 'x', `":1,${usage}}`);
await read(json, '{"a":', '1', `,${usage}}`);
await read(json, `{${usage}`, ' ', '}');
await read(json, '[', '1,', `{${usage}}]`);
await read(json, '{"usage":{"prompt_tokens":7,"', 'x', '":1}}');
await read(events, '', '\r', `data:{${usage}}\n\n`);
await read(events, ': ', 'x', `\ndata:{${usage}}\n\n`);
await read(events, 'data:', '[', `\n\ndata:{${usage}}\n\n`);
await read(events, '', 'data:[\n', `\ndata:{${usage}}\n\n`);
await read(events, 'data:{"a":"', 'x', `",${usage}}\n\n`);
await read(lines, '', '\r', `\n{${usage}}\n`);
await read(lines, '', '\n', `{${usage}}`);
await read(lines, '', '1\n', `{${usage}}\n`);
await read(lines, '', '[', `\n{${usage}}\n`);
await read(lines, '{"a":"', 'x', `",${usage}}\n`);
await read(events, '', 'data:1\n\n', `data:{${usage}}\n\n`);

trying('a request of opening brackets');
const { model } = await observer.observe({ request: '['.repeat(BODY_BYTES) });
rows['a request of opening brackets'] = model;
await observer.close();
process.stdout.write(`${JSON.stringify(rows)}\n`);
