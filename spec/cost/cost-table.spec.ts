import { calculateCost } from '../../lib/index.js';
import { type CostRow, itCosts } from '../support/cost-row.js';

/** Published prices: caches, long contexts, reasoning, audio, images, embeddings. */
const ROWS: readonly CostRow[] = [
  {
    row: 'chat without a cache',
    provider: 'openai',
    model: 'gpt-4o',
    usage: { inputTokens: 10_000, outputTokens: 500 },
    usd: 10_000 * 2.5e-6 + 500 * 10e-6,
  },
  {
    row: 'cached input of OpenAI',
    provider: 'openai',
    model: 'gpt-4o',
    usage: { inputTokens: 10_000, cacheReadTokens: 8000, outputTokens: 500 },
    usd: 2000 * 2.5e-6 + 8000 * 1.25e-6 + 500 * 10e-6,
  },
  {
    row: 'dated snapshot',
    provider: 'openai',
    model: 'gpt-4o-mini-2024-07-18',
    usage: { inputTokens: 1234, outputTokens: 567 },
    usd: 1234 * 0.15e-6 + 567 * 0.6e-6,
  },
  {
    row: 'snapshot with a price of its own',
    provider: 'openai',
    model: 'gpt-4o-2024-05-13',
    usage: { inputTokens: 1000, outputTokens: 100 },
    usd: 1000 * 5e-6 + 100 * 15e-6,
  },
  {
    row: 'reasoning is output',
    provider: 'openai',
    model: 'gpt-5',
    usage: { inputTokens: 1000, cacheReadTokens: 200, outputTokens: 3000, reasoningTokens: 2500 },
    usd: 800 * 1.25e-6 + 200 * 0.125e-6 + 3000 * 10e-6,
  },
  {
    row: 'reasoning with a rate of its own',
    provider: 'perplexity',
    model: 'sonar-deep-research',
    usage: { inputTokens: 1000, outputTokens: 500, reasoningTokens: 400, webSearches: 7 },
    usd: 1000 * 2e-6 + 100 * 8e-6 + 400 * 3e-6 + 7 * 5e-3,
  },
  {
    row: 'price before a cut',
    provider: 'openai',
    model: 'o3',
    usage: { inputTokens: 1000, outputTokens: 2000 },
    context: { at: new Date('2025-06-09T23:59:59Z') },
    usd: 1000 * 10e-6 + 2000 * 40e-6,
  },
  {
    row: 'price after a cut',
    provider: 'openai',
    model: 'o3',
    usage: { inputTokens: 1000, outputTokens: 2000 },
    context: { at: new Date('2025-06-10T00:00:00Z') },
    usd: 1000 * 2e-6 + 2000 * 8e-6,
  },
  {
    row: 'long context reprices the whole request',
    provider: 'openai',
    model: 'gpt-5.4',
    usage: { inputTokens: 300_000, cacheReadTokens: 100_000, outputTokens: 1000 },
    usd: 200_000 * 5e-6 + 100_000 * 0.5e-6 + 1000 * 22.5e-6,
  },
  {
    row: 'last token of the short context',
    provider: 'openai',
    model: 'gpt-5.4',
    usage: { inputTokens: 271_999, outputTokens: 10 },
    usd: 271_999 * 2.5e-6 + 10 * 15e-6,
  },
  {
    row: 'cache writes of OpenAI',
    provider: 'openai',
    model: 'gpt-5.6-sol',
    usage: { inputTokens: 10_000, cacheReadTokens: 2000, cacheWriteTokens: 3000, outputTokens: 100 },
    usd: 5000 * 4e-6 + 2000 * 0.4e-6 + 3000 * 5e-6 + 100 * 20e-6,
  },
  {
    row: 'embeddings of OpenAI',
    provider: 'openai',
    model: 'text-embedding-3-small',
    usage: { inputTokens: 8191, outputTokens: 0 },
    usd: 8191 * 0.02e-6,
  },
  {
    row: 'embeddings of Google by an old provider name',
    provider: 'gcp.gen_ai',
    model: 'models/gemini-embedding-001',
    usage: { inputTokens: 2048, outputTokens: 0 },
    usd: 2048 * 0.15e-6,
  },
  {
    row: 'embeddings of Cohere',
    provider: 'cohere',
    model: 'embed-v4.0',
    usage: { inputTokens: 500, outputTokens: 0 },
    usd: 500 * 0.12e-6,
  },
  {
    row: 'embeddings that the price list takes for another model',
    provider: 'aws.bedrock',
    model: 'amazon.titan-embed-text-v2:0',
    usage: { inputTokens: 5000, outputTokens: 0 },
    usd: 5000 * 0.02e-6,
  },
  {
    row: 'audio in and out',
    provider: 'openai',
    model: 'gpt-audio',
    usage: { inputTokens: 2000, inputAudioTokens: 1500, outputTokens: 800, outputAudioTokens: 600 },
    usd: 500 * 2.5e-6 + 1500 * 32e-6 + 200 * 10e-6 + 600 * 64e-6,
  },
  {
    row: 'audio rates that the price list lacks',
    provider: 'openai',
    model: 'gpt-4o-audio-preview-2025-06-03',
    usage: { inputTokens: 2000, inputAudioTokens: 1500, outputTokens: 800, outputAudioTokens: 600 },
    usd: 500 * 2.5e-6 + 1500 * 40e-6 + 200 * 10e-6 + 600 * 80e-6,
  },
  {
    row: 'cached audio',
    provider: 'openai',
    model: 'gpt-realtime',
    usage: {
      inputTokens: 10_000,
      cacheReadTokens: 6000,
      inputAudioTokens: 7000,
      cacheReadAudioTokens: 4000,
      outputTokens: 900,
      outputAudioTokens: 700,
    },
    usd: 1000 * 4e-6 + 2000 * 0.4e-6 + 3000 * 32e-6 + 4000 * 0.4e-6 + 200 * 16e-6 + 700 * 64e-6,
  },
  {
    row: 'transcription by tokens',
    provider: 'openai',
    model: 'gpt-4o-mini-transcribe',
    usage: { inputTokens: 500, inputAudioTokens: 480, outputTokens: 60 },
    usd: 20 * 1.25e-6 + 480 * 3e-6 + 60 * 5e-6,
  },
  {
    row: 'transcription by time',
    provider: 'openai',
    model: 'whisper-1',
    usage: { inputTokens: 0, outputTokens: 0, inputAudioSeconds: 90 },
    usd: (90 * 0.36) / 3600,
  },
  {
    row: 'transcription shorter than the least that is billed',
    provider: 'groq',
    model: 'whisper-large-v3',
    usage: { inputTokens: 0, outputTokens: 0, inputAudioSeconds: 4 },
    usd: (10 * 0.111) / 3600,
  },
  {
    row: 'image generation',
    provider: 'openai',
    model: 'gpt-image-1',
    usage: { inputTokens: 1100, inputImageTokens: 1000, outputTokens: 4160, outputImageTokens: 4160 },
    usd: 100 * 5e-6 + 1000 * 10e-6 + 4160 * 40e-6,
  },
  {
    row: 'an image among text',
    provider: 'gcp.gemini',
    model: 'gemini-2.5-flash-image',
    usage: { inputTokens: 100, outputTokens: 1340, outputImageTokens: 1290 },
    usd: 100 * 0.3e-6 + 50 * 2.5e-6 + 1290 * 30e-6,
  },
  {
    row: 'cache read and 5 minute write of Anthropic',
    provider: 'anthropic',
    model: 'claude-sonnet-4-5',
    usage: { inputTokens: 10_000, cacheReadTokens: 8000, cacheWriteTokens: 1000, outputTokens: 500 },
    usd: 1000 * 3e-6 + 8000 * 0.3e-6 + 1000 * 3.75e-6 + 500 * 15e-6,
  },
  {
    row: '1 hour write of Anthropic',
    provider: 'anthropic',
    model: 'claude-sonnet-4-5-20250929',
    usage: {
      inputTokens: 10_000,
      cacheReadTokens: 8000,
      cacheWriteTokens: 1000,
      cacheWrite1hTokens: 1000,
      outputTokens: 500,
    },
    usd: 1000 * 3e-6 + 8000 * 0.3e-6 + 1000 * 6e-6 + 500 * 15e-6,
  },
  {
    row: 'writes of both lifetimes',
    provider: 'anthropic',
    model: 'claude-haiku-4-5',
    usage: { inputTokens: 5000, cacheWriteTokens: 3000, cacheWrite1hTokens: 1000, outputTokens: 200 },
    usd: 2000 * 1e-6 + 2000 * 1.25e-6 + 1000 * 2e-6 + 200 * 5e-6,
  },
  {
    row: 'long context with a cache',
    provider: 'anthropic',
    model: 'claude-sonnet-4-5',
    usage: { inputTokens: 250_000, cacheReadTokens: 200_000, outputTokens: 2000 },
    context: { at: new Date('2026-04-01T00:00:00Z') },
    usd: 50_000 * 6e-6 + 200_000 * 0.6e-6 + 2000 * 22.5e-6,
  },
  {
    row: 'exactly at the threshold is not above it',
    provider: 'anthropic',
    model: 'claude-sonnet-4-5',
    usage: { inputTokens: 200_000, outputTokens: 10 },
    context: { at: new Date('2026-04-01T00:00:00Z') },
    usd: 200_000 * 3e-6 + 10 * 15e-6,
  },
  {
    row: 'long context before it became flat',
    provider: 'anthropic',
    model: 'claude-opus-4-6',
    usage: { inputTokens: 250_000, outputTokens: 1000 },
    context: { at: new Date('2026-03-12T12:00:00Z') },
    usd: 250_000 * 10e-6 + 1000 * 37.5e-6,
  },
  {
    row: 'long context since it became flat',
    provider: 'anthropic',
    model: 'claude-opus-4-6',
    usage: { inputTokens: 250_000, outputTokens: 1000 },
    usd: 250_000 * 5e-6 + 1000 * 25e-6,
  },
  {
    row: 'web searches beside tokens',
    provider: 'anthropic',
    model: 'claude-haiku-4-5',
    usage: { inputTokens: 1000, outputTokens: 100, webSearches: 3 },
    usd: 1000 * 1e-6 + 100 * 5e-6 + 3 * 10e-3,
  },
];

describe('calculateCost()', () => {
  describe('with published prices of what is counted', () => {
    itCosts(ROWS);
  });

  it('says what the input and the output cost', () => {
    const usage = { inputTokens: 10_000, cacheReadTokens: 8000, outputTokens: 500 };

    expect(calculateCost('openai', 'gpt-4o', usage)).toEqual({
      totalUsd: expect.closeTo(0.02, 12),
      inputUsd: expect.closeTo(0.015, 12),
      outputUsd: expect.closeTo(0.005, 12),
      source: 'list',
    });
  });
});
