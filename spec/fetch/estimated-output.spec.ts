import fc from 'fast-check';
import { estimatedOutput } from '../support/estimated-output.js';

const TEXTS = fc.array(fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.constant('"content":"')), {
  maxLength: 8,
});

/** The rule of `docs/unseen.md`, by parsing each event. */
function reference(texts: readonly string[]): number {
  const sizes = texts.map((text) => Buffer.byteLength(JSON.stringify(text)) - 2);
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  return Math.max(sizes.filter((size) => size > 0).length, Math.ceil(bytes / 4));
}

function events(payloads: readonly unknown[]): string {
  return payloads.map((payload) => `data: ${JSON.stringify(payload)}\n\n`).join('');
}

describe('the estimated output of a stream', () => {
  it('follows from the text of its events, wherever they are cut', () => {
    const cuts = fc.array(fc.nat({ max: 2_000 }), { maxLength: 10 });
    fc.assert(
      fc.property(TEXTS, cuts, fc.constantFrom('content', 'reasoning_content'), (texts, at, member) => {
        const stream = events(texts.map((text) => ({ choices: [{ index: 0, delta: { [member]: text } }] })));
        expect(estimatedOutput(stream, at)).toBe(reference(texts));
      }),
    );
  });

  it('counts a text once that an event has twice', () => {
    const delta = {
      reasoning: 'abcdefgh',
      reasoning_details: [{ type: 'reasoning.text', text: 'abcdefgh' }],
    };
    expect(estimatedOutput(events([{ choices: [{ delta }] }]), [])).toBe(2);
  });

  it('leaves out what is no text of the model', () => {
    const payloads = [
      { type: 'response.output_text.done', text: 'abcdefgh' },
      { choices: [{ delta: { role: 'assistant', content: '' } }], obfuscation: 'abcdefgh' },
      { delta: { type: 'signature_delta', signature: 'abcdefgh' } },
      { b64_json: 'x'.repeat(100_000) },
      { delta: { content: 'x'.repeat(20_000) } },
    ];
    expect(estimatedOutput(events(payloads), [])).toBe(0);
  });

  it('takes no longer for an event that is made to be slow', () => {
    const half = '"text":"'.repeat(1_000);
    const spaces = `"text"${' '.repeat(15_000)}`;
    for (const data of [half, spaces, `"text":"${'\\'.repeat(15_000)}`, `"text":"${'\\"'.repeat(7_000)}`]) {
      expect(() => estimatedOutput(`data: ${data}\n\n`.repeat(100), [])).not.toThrow();
    }
  });
});
