import type { Usage } from '../cost/usage.js';
import { amount, objects } from './json.js';
import { MEDIA_EVENT_FIELDS, MEDIA_FIELDS, OPENAI_MEDIA } from './openai.js';
import type { Answer, WireFormat } from './wire-format.js';

const NO_TOKENS = { inputTokens: 0, outputTokens: 0 } as const;

/** Images, and edits and variations of them. Where the answer has no usage, the images in it are counted. */
export const OPENAI_IMAGES: WireFormat = {
  ...OPENAI_MEDIA,
  // Of each image, nothing is kept.
  fields: { ...MEDIA_FIELDS, data: {} },
  read(json, answer) {
    OPENAI_MEDIA.read(json, answer);
    const outputImages = objects(json['data']).length;
    if (outputImages > 0) takeUnits(answer, { outputImages });
  },
};

/** Speech, whose answer is audio, or events with usage. Where it has no usage, the characters to speak are counted. */
export const OPENAI_SPEECH: WireFormat = {
  ...OPENAI_MEDIA,
  requestFields: { input: 'length' },
  finish(answer) {
    const inputCharacters = amount(answer.request()['input']);
    if (inputCharacters !== undefined) takeUnits(answer, { inputCharacters });
  },
};

/** Transcriptions and translations. Where the answer has no usage, the length of the audio is counted if it is named. */
export const OPENAI_TRANSCRIPTION: WireFormat = {
  ...OPENAI_MEDIA,
  fields: { ...MEDIA_FIELDS, duration: true },
  // Mistral's events have the model and the usage at the end.
  eventFields: { ...MEDIA_EVENT_FIELDS, model: true },
  read(json, answer) {
    OPENAI_MEDIA.read(json, answer);
    const inputAudioSeconds = secondsOf(json['duration']);
    if (inputAudioSeconds !== undefined) takeUnits(answer, { inputAudioSeconds });
  },
};

/** OpenAI's moderation models, which are free. */
const FREE_MODERATION = /^(?:omni|text)-moderation/;

/** Moderations of OpenAI and Mistral, which report the model, and seldom a usage. */
export const MODERATION: WireFormat = {
  ...OPENAI_MEDIA,
  finish(answer) {
    if (FREE_MODERATION.test(answer.response.model ?? '')) answer.usage ??= NO_TOKENS;
  },
};

function takeUnits(answer: Answer, units: Partial<Usage>): void {
  answer.usage ??= { ...NO_TOKENS, ...units };
}

/** A number of seconds; some answers of translations write it as a text. */
function secondsOf(duration: unknown): number | undefined {
  return amount(typeof duration === 'string' && duration !== '' ? Number(duration) : duration);
}
