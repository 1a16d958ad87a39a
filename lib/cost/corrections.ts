import type { PriceOverrides } from './rates.js';

/**
 * Published prices that the price list (`@pydantic/genai-prices` 0.1.8) lacks or has wrong, checked 2026-11.
 * Overrides of users go before them.
 */
export const CORRECTIONS: PriceOverrides = {
  openai: {
    // The list has the text rates only, which are a sixteenth of the audio rates and less.
    // https://developers.openai.com/api/docs/models/gpt-4o-audio-preview
    'gpt-4o-audio-preview*': { input: 2.5, output: 10, inputAudio: 40, outputAudio: 80 },
    'gpt-4o-audio-preview-2024-10-01': { input: 2.5, output: 10, inputAudio: 100, outputAudio: 200 },
    // https://developers.openai.com/api/docs/models/gpt-4o-mini-audio-preview
    'gpt-4o-mini-audio-preview*': { input: 0.15, output: 0.6, inputAudio: 10, outputAudio: 20 },
  },
  aws: {
    // The list matches it with the first version, which costs five times as much. https://aws.amazon.com/bedrock/pricing/
    'amazon.titan-embed-text-v2*': { input: 0.02 },
  },
};
