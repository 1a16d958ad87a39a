/** Members of an event that hold text of the model, in the formats of all providers. */
const TEXT =
  /"(?:content|text|delta|thinking|reasoning|reasoning_content|reasoning_text|partial_json|arguments|refusal)"\s*:\s*"((?:[^"\\]|\\.)*)"/g;

/** A longer event holds a repetition of what came before, such as the whole answer, or data that is not text. */
const EVENT_BYTES_MAX = 16_384;
/** In the type of events of OpenAI's responses that repeat the text of earlier ones. */
const REPETITION = '.done"';
/** UTF-8 bytes of a token, on the average of the texts and tokenizers that `docs/unseen.md` lists. */
const BYTES_PER_TOKEN = 4;

/**
 * Estimates the output tokens of a stream from its events: the UTF-8 bytes of their text by four, but one token for each
 * event with text at least, because no provider sends less than a token. Nothing is parsed or kept.
 */
export class OutputEstimator {
  private bytes = 0;
  private events = 0;

  /** @param data - the data of an event, one character for each byte. */
  add(data: string): void {
    if (data.length > EVENT_BYTES_MAX || data.includes(REPETITION)) return;
    const before = this.bytes;
    let last: string | undefined;
    for (const [, text = ''] of data.matchAll(TEXT)) {
      // OpenRouter has the text of reasoning twice in an event.
      if (text !== last) this.bytes += text.length;
      last = text;
    }
    if (this.bytes > before) this.events += 1;
  }

  get outputTokens(): number {
    return Math.max(this.events, Math.ceil(this.bytes / BYTES_PER_TOKEN));
  }
}
