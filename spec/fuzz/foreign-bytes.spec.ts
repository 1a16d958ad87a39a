import { GUARDED_MS, runGuarded } from '../support/run-guarded.js';

/** Found by the properties below, or by who attacked the package; each with what is read of it. */
const REQUESTS: readonly (readonly [body: string, read: string])[] = [
  ['{"model":"m","stream":true}', 'm, streamed'],
  ['[}', 'unknown'],
  ['[1}', 'unknown'],
  ['[[]}]', 'unknown'],
  ['{"model":"m","messages":[}', 'unknown'],
  ['{"model":"m","messages":[}]}', 'unknown'],
  ['{"model":"m","messages":[{]}]}', 'unknown'],
  ['{"model":"m","messages":[]', 'unknown'],
  ['{"model":"m"}}', 'unknown'],
  ['{"model":"m"}{"model":"n"}', 'unknown'],
  ['{"model":"m",}', 'unknown'],
  ['{"model" "m"}', 'unknown'],
  ['{"model":"m","model":"n"}', 'n'],
  ['{"model":"m","mod\\u0065l":"n"}', 'n'],
  [String.raw`{"\u006d\u006f\u0064\u0065\u006c":"n"}`, 'n'],
  ['{"__proto__":{"model":"m"}}', 'unknown'],
  ['{"__proto__":{"model":"m"},"model":"n"}', 'n'],
  ['{"messages":[{"model":"m"}]}', 'unknown'],
  ['{"messages":"{\\"model\\":\\"m\\"}","model":"n"}', 'n'],
  ['\ufeff{"model":"m"}', 'm'],
  [`{"tools":${'['.repeat(127)}${']'.repeat(127)},"model":"m"}`, 'm'],
  [`{"tools":${'['.repeat(128)}${']'.repeat(128)},"model":"m"}`, 'unknown'],
  // A surrogate pair where a long body is encoded in pieces.
  [`{"prompt":"${'x'.repeat(65_513)}","model":"😀"}`, '😀'],
];
const ANSWERS: readonly (readonly [body: string, read: number | string])[] = [
  ['{"usage":{"prompt_tokens":7}}', 7],
  ['[}', 'nothing'],
  ['{"choices":[}]}', 'nothing'],
  ['{"choices":[{}}]', 'nothing'],
  ['{"usage":{"prompt_tokens":7},"choices":[}]}', 'nothing'],
  ['{"usage":{"prompt_tokens":7},"choices":[{"message":[}]}]}', 'nothing'],
  ['{"usage":{"prompt_tokens":7},"choices":[', 'nothing'],
  ['{"usage":{"prompt_tokens":7},"usage":{"prompt_tokens":8}}', 8],
  ['{"usage":{"prompt_tokens":7},"us\\u0061ge":{"prompt_tokens":8}}', 8],
  ['{"usage":{"prompt_tokens":7,"__proto__":{"prompt_tokens":8}}}', 7],
  ['{"usage":{"__proto__":{"prompt_tokens":8}}}', 'nothing'],
  // Each element of an array counts when it ends.
  ['[{"usage":{"prompt_tokens":7}},{"usage":{"prompt_tokens":8}},}', 8],
];
const TOKEN = 'data: {"choices":[{"delta":{"content":"a"}}]}\n\n';
const STREAMS: readonly (readonly [body: string, read: number | string])[] = [
  [`${TOKEN}data: {"usage":{"prompt_tokens":7}}\n\ndata: [DONE]\n\n`, 7],
  // What follows the last word counts no more, wherever the bytes are cut.
  [
    `${TOKEN}data: {"usage":{"prompt_tokens":7}}\n\ndata: [DONE]\n\ndata: {"usage":{"prompt_tokens":8}}\n\n`,
    7,
  ],
  [`${TOKEN}data: {"us\\u0061ge":{"prompt_tokens":7}}\n\n`, 7],
  [`${TOKEN}data: {"usage":{"prompt_tokens":7}}\n\ndata: [}\n\n`, 7],
  [`${TOKEN}data: [}\n\ndata: {"usage":{"prompt_tokens":7}}`, 7],
  ['data: {"usage":\ndata\ndata: {"prompt_tokens":7}}\n\n', 7],
  ['data\ndata: [DONE]\n\ndata: {"usage":{"prompt_tokens":7}}\n\n', 7],
];

describe('bytes that callers, providers and scrapers send', () => {
  it(
    'are read as JSON.parse reads them, or not at all, in the cases that have gone wrong',
    async () => {
      const cases = [REQUESTS, ANSWERS, STREAMS].map((rows) => rows.map(([body]) => body));
      const output = await runGuarded('named-cases', { FUZZ_CASES: JSON.stringify(cases) });
      expect(JSON.parse(output)).toEqual([...REQUESTS, ...ANSWERS, ...STREAMS]);
    },
    GUARDED_MS,
  );

  it(
    'are read as JSON.parse reads them, whatever JSON, and wherever cut',
    () => runGuarded('json-bodies'),
    GUARDED_MS,
  );

  it(
    'are read as the HTML standard reads events, whatever stream',
    () => runGuarded('event-streams'),
    GUARDED_MS,
  );

  it(
    'are read as splitting and JSON.parse read lines, whatever stream',
    () => runGuarded('json-lines'),
    GUARDED_MS,
  );

  it(
    'are read as the AWS SDK reads frames, whatever frames, and wherever cut or damaged',
    () => runGuarded('aws-event-streams'),
    GUARDED_MS,
  );

  it(
    'never change a call, whatever headers and decoded events',
    () => runGuarded('hostile-shapes'),
    GUARDED_MS,
  );

  it(
    'are handed on as without, however the body is used that they come in',
    () => runGuarded('used-bodies'),
    GUARDED_MS,
  );

  it(
    'are read from a page of metrics as another reader reads them, whatever page',
    () => runGuarded('exposition-pages'),
    GUARDED_MS,
  );

  it(
    'get who scrapes a page, or an answer that says why not',
    () => runGuarded('scrape-requests'),
    GUARDED_MS,
  );

  it(
    'are taken or refused as prices, whatever a price file says',
    () => runGuarded('price-files'),
    GUARDED_MS,
  );

  it(
    'cost no memory that grows with them',
    async () => {
      expect(JSON.parse(await runGuarded('large-bodies'))).toMatchInlineSnapshot(`
{
  "a request of opening brackets": "unknown",
  "application/json:  [… ": "nothing",
  "application/json:  {"usage":… ": "nothing",
  "application/json: [ 1,… {"usage":{"prompt_tokens":7}}]": 7,
  "application/json: {" x… ":1,"usage":{"prompt_tokens":7}}": 7,
  "application/json: {"a": 1… ,"usage":{"prompt_tokens":7}}": 7,
  "application/json: {"choices": [… ": "nothing",
  "application/json: {"choices":[ 1,… 1],"usage":{"prompt_tokens":7}}": "nothing",
  "application/json: {"messages": [{"a":… ": "nothing",
  "application/json: {"messages":[" \\… ": "nothing",
  "application/json: {"messages":[" x… "],"usage":{"prompt_tokens":7}}": 7,
  "application/json: {"usage":{"prompt_tokens":7," x… ":1}}": 7,
  "application/json: {"usage":{"prompt_tokens":7}  … }": 7,
  "application/x-ndjson:  
… {"usage":{"prompt_tokens":7}}": 7,
  "application/x-ndjson:  
… 
{"usage":{"prompt_tokens":7}}
": 7,
  "application/x-ndjson:  1
… {"usage":{"prompt_tokens":7}}
": 7,
  "application/x-ndjson:  [… 
{"usage":{"prompt_tokens":7}}
": 7,
  "application/x-ndjson: {"a":" x… ","usage":{"prompt_tokens":7}}
": 7,
  "text/event-stream:  
… data:{"usage":{"prompt_tokens":7}}

": 7,
  "text/event-stream:  data:1

… data:{"usage":{"prompt_tokens":7}}

": 7,
  "text/event-stream:  data:[
… 
data:{"usage":{"prompt_tokens":7}}

": 7,
  "text/event-stream: :  x… 
data:{"usage":{"prompt_tokens":7}}

": 7,
  "text/event-stream: data: [… 

data:{"usage":{"prompt_tokens":7}}

": 7,
  "text/event-stream: data:{"a":" x… ","usage":{"prompt_tokens":7}}

": 7,
}
`);
    },
    GUARDED_MS,
  );
});
