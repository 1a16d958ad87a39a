import fc from 'fast-check';
import {
  HUGGING_FACE,
  MISTRAL_CONVERSATIONS,
  MISTRAL_OCR,
  OPENAI_IMAGES,
  OPENAI_RUNS,
  OPENAI_SPEECH,
  OPENAI_TRANSCRIPTION,
  REPLICATE_PREDICTIONS,
  readAnswer,
  readLines,
  type WireFormat,
} from '../support/parsers.js';
import { dataFrames, namedFrames } from '../support/providers/loopback.js';
import { arbitraryCuts } from '../support/split-bytes.js';

const stream = (frames: readonly string[]): string => frames.map((frame) => `${frame}\n\n`).join('');

const USAGE = { prompt_tokens: 188, completion_tokens: 55, total_tokens: 243 };
const COUNTS = { inputTokens: 188, outputTokens: 55 };
const run = (status: string, usage: object | null) => ({
  id: 'run_1',
  object: 'thread.run',
  model: 'gpt-4o',
  status,
  usage,
});

const ANSWERS: readonly (readonly [string, 'json' | 'events', WireFormat, string, object])[] = [
  [
    'images',
    'json',
    OPENAI_IMAGES,
    JSON.stringify({ created: 1, data: [{ b64_json: 'é'.repeat(40_000) }, { url: 'https://b' }] }),
    { outputImages: 2 },
  ],
  [
    'a transcription',
    'json',
    OPENAI_TRANSCRIPTION,
    JSON.stringify({ task: 'transcribe', duration: 8.47, text: 'Grüß dich 😀' }),
    { inputAudioSeconds: 8.47 },
  ],
  [
    'a streamed image',
    'events',
    OPENAI_IMAGES,
    stream(
      namedFrames([
        { type: 'image_generation.partial_image', b64_json: 'x'.repeat(80_000) },
        {
          type: 'image_generation.completed',
          b64_json: 'x'.repeat(80_000),
          usage: { input_tokens: 94, output_tokens: 1_056, input_tokens_details: { image_tokens: 44 } },
        },
      ]),
    ),
    { inputTokens: 94, outputTokens: 1_056, inputImageTokens: 44 },
  ],
  [
    'streamed speech',
    'events',
    OPENAI_SPEECH,
    stream(
      namedFrames([
        { type: 'speech.audio.delta', audio: 'QUJD' },
        { type: 'speech.audio.done', usage: { input_tokens: 14, output_tokens: 101 } },
      ]),
    ),
    { inputTokens: 14, outputTokens: 101 },
  ],
  [
    'a streamed transcription',
    'events',
    OPENAI_TRANSCRIPTION,
    stream(
      namedFrames([
        { type: 'transcript.text.delta', delta: 'Grüß dich 😀' },
        { type: 'transcript.text.done', text: 'Grüß dich 😀', usage: { type: 'duration', seconds: 30 } },
      ]),
    ),
    { inputAudioSeconds: 30 },
  ],
  [
    'a document that was read',
    'json',
    MISTRAL_OCR,
    JSON.stringify({
      pages: [{ index: 0, markdown: '# Grüß dich 😀'.repeat(5_000) }],
      model: 'mistral-ocr-2505',
      usage_info: { pages_processed: 10, doc_size_bytes: 9 },
    }),
    { inputPages: 10 },
  ],
  [
    'a conversation',
    'json',
    MISTRAL_CONVERSATIONS,
    JSON.stringify({
      object: 'conversation.response',
      conversation_id: 'conv_1',
      outputs: [{ type: 'message.output', content: 'Grüß dich 😀', model: 'mistral-medium-2505' }],
      usage: { ...USAGE, connector_tokens: 7_112, connectors: { web_search: 1 } },
    }),
    { inputTokens: 7_300, outputTokens: 55, webSearches: 1 },
  ],
  [
    'a streamed conversation',
    'events',
    MISTRAL_CONVERSATIONS,
    stream(
      namedFrames([
        { type: 'conversation.response.started', conversation_id: 'conv_1' },
        { type: 'message.output.delta', content: 'Grüß dich 😀', model: 'mistral-medium-2505' },
        { type: 'conversation.response.done', usage: USAGE },
      ]),
    ),
    COUNTS,
  ],
  [
    'a streamed run',
    'events',
    OPENAI_RUNS,
    stream(
      dataFrames(
        [
          run('queued', null),
          { object: 'thread.message.delta', delta: { content: [{ text: { value: 'é' } }] } },
          { id: 'step_1', object: 'thread.run.step', usage: { ...USAGE, prompt_tokens: 1 } },
          run('completed', USAGE),
        ],
        '[DONE]',
      ),
    ),
    COUNTS,
  ],
  [
    'a prediction',
    'json',
    REPLICATE_PREDICTIONS,
    JSON.stringify({
      id: 'p1',
      status: 'succeeded',
      output: 'é'.repeat(40_000),
      metrics: { predict_time: 2.5 },
    }),
    { computeSeconds: 2.5 },
  ],
  [
    'streamed text',
    'events',
    HUGGING_FACE,
    stream(
      dataFrames([
        { index: 1, token: { id: 1, text: 'é' }, generated_text: null, details: null },
        {
          index: 2,
          token: { id: 2, text: '😀' },
          generated_text: 'é😀',
          details: { generated_tokens: 2, input_length: 5 },
        },
      ]),
    ),
    { inputTokens: 5, outputTokens: 2 },
  ],
];

describe('an answer that is billed by units, in any pieces', () => {
  it.each(ANSWERS)('is read alike: %s', (_title, kind, format, text, usage) => {
    const whole = readAnswer(kind, format, text);
    expect(whole).toMatchObject({ usage, error: undefined });
    fc.assert(
      fc.property(arbitraryCuts, (cuts) => {
        expect(readAnswer(kind, format, text, cuts)).toEqual(whole);
      }),
    );
    const everyByte = Array.from({ length: Math.min(Buffer.byteLength(text), 2_000) }, (_, index) => index);
    expect(readAnswer(kind, format, text, everyByte)).toEqual(whole);
  });
});

describe('a body with one document a line', () => {
  const line = fc.oneof(
    fc
      .record({ usage: fc.dictionary(fc.string(), fc.nat()), other: fc.string({ unit: 'binary' }) })
      .map((json) => JSON.stringify(json)),
    fc.constantFrom('', '{}', '{"usage":1}\r', '[1]', 'null', '{"usage":', '%PDF', '{"other":"\\n"}'),
  );

  /** The documents before the first line that is none. */
  function reference(text: string): unknown[] {
    const found: unknown[] = [];
    for (const part of text.split('\n').filter((piece) => piece !== '')) {
      let json: unknown;
      try {
        json = JSON.parse(part);
      } catch {
        return found;
      }
      if (typeof json !== 'object' || json === null || Array.isArray(json)) return found;
      found.push(json);
    }
    return found;
  }

  it('costs nothing after the first line that is no object, even in one piece', () => {
    const parse = jest.spyOn(JSON, 'parse');
    try {
      readLines(Buffer.from(`{}\n${'%PDF\n'.repeat(10_000)}`));
      expect(parse).toHaveBeenCalledTimes(2);
    } finally {
      parse.mockRestore();
    }
  });

  it('is read like its lines, in any pieces', () => {
    fc.assert(
      fc.property(fc.array(line, { maxLength: 6 }), arbitraryCuts, (lines, cuts) => {
        const text = lines.join('\n');
        expect(readLines(Buffer.from(text), cuts)).toEqual(reference(text));
      }),
      { numRuns: 1_000 },
    );
  });
});
