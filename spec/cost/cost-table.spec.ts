import { calculateCost } from '../../lib/cost/calculate-cost.js';
import { type CostContext, createPricing } from '../../lib/cost/pricing.js';
import { resolvePricing } from '../../lib/cost/pricing-options.js';
import type { Usage } from '../../lib/cost/usage.js';

/** Prices change with time; every row without a date of its own is of this moment, off-peak for DeepSeek. */
const AT = new Date('2026-11-16T12:00:00Z');

interface Row {
  readonly row: string;
  readonly provider: string;
  readonly model: string;
  readonly usage: Usage;
  readonly context?: CostContext;
  readonly usd: number;
}

/** Published prices per token, written out: `2000 * 2.5e-6` is 2,000 tokens at $2.50 for a million. */
const PUBLISHED: readonly Row[] = [
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
    usd: 50_000 * 6e-6 + 200_000 * 0.6e-6 + 2000 * 22.5e-6,
  },
  {
    row: 'exactly at the threshold is not above it',
    provider: 'anthropic',
    model: 'claude-sonnet-4-5',
    usage: { inputTokens: 200_000, outputTokens: 10 },
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
  {
    row: 'Bedrock, regional inference profile',
    provider: 'aws.bedrock',
    model: 'us.anthropic.claude-sonnet-4-5-20250929-v1:0',
    usage: { inputTokens: 10_000, cacheReadTokens: 8000, cacheWriteTokens: 1000, outputTokens: 500 },
    usd: 1000 * 3.3e-6 + 8000 * 0.33e-6 + 1000 * 4.125e-6 + 500 * 16.5e-6,
  },
  {
    row: 'Bedrock, 1 hour write, which the price list lacks',
    provider: 'aws.bedrock',
    model: 'eu.anthropic.claude-sonnet-4-5-20250929-v1:0',
    usage: { inputTokens: 2000, cacheWriteTokens: 1000, cacheWrite1hTokens: 1000, outputTokens: 10 },
    usd: 1000 * 3.3e-6 + 1000 * 6.6e-6 + 10 * 16.5e-6,
  },
  {
    row: 'Bedrock, global inference profile',
    provider: 'bedrock',
    model: 'global.anthropic.claude-sonnet-4-5-20250929-v1:0',
    usage: { inputTokens: 1000, outputTokens: 100 },
    usd: 1000 * 3e-6 + 100 * 15e-6,
  },
  {
    row: 'Bedrock, ARN',
    provider: 'aws.bedrock',
    model:
      'arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-sonnet-4-5-20250929-v1:0',
    usage: { inputTokens: 1000, outputTokens: 100 },
    usd: 1000 * 3.3e-6 + 100 * 16.5e-6,
  },
  {
    row: 'Bedrock, regional prefix of Amazon',
    provider: 'aws.bedrock',
    model: 'apac.amazon.nova-pro-v1:0',
    usage: { inputTokens: 1000, cacheReadTokens: 400, outputTokens: 100 },
    usd: 600 * 0.8e-6 + 400 * 0.2e-6 + 100 * 3.2e-6,
  },
  {
    row: 'Vertex, Claude with a 1 hour write, which the price list lacks',
    provider: 'gcp.vertex_ai',
    model: 'claude-sonnet-4-5@20250929',
    usage: { inputTokens: 2000, cacheWriteTokens: 1000, cacheWrite1hTokens: 1000, outputTokens: 10 },
    usd: 1000 * 3e-6 + 1000 * 6e-6 + 10 * 15e-6,
  },
  {
    row: 'Vertex, full resource name with a cache',
    provider: 'gcp.vertex_ai',
    model: 'projects/p/locations/us-central1/publishers/google/models/gemini-2.5-pro',
    usage: { inputTokens: 10_000, cacheReadTokens: 8000, outputTokens: 500 },
    usd: 2000 * 1.25e-6 + 8000 * 0.125e-6 + 500 * 10e-6,
  },
  {
    row: 'Gemini, long context',
    provider: 'gcp.gemini',
    model: 'gemini-2.5-pro',
    usage: { inputTokens: 200_001, cacheReadTokens: 100_000, outputTokens: 1000 },
    usd: 100_001 * 2.5e-6 + 100_000 * 0.25e-6 + 1000 * 15e-6,
  },
  {
    row: 'Gemini, stable version with audio',
    provider: 'google',
    model: 'gemini-2.5-flash-001',
    usage: { inputTokens: 1000, inputAudioTokens: 800, outputTokens: 300, reasoningTokens: 250 },
    usd: 200 * 0.3e-6 + 800 * 1e-6 + 300 * 2.5e-6,
  },
  {
    row: 'Azure falls back to the list of OpenAI',
    provider: 'azure.ai.openai',
    model: 'gpt-4o-2024-08-06',
    usage: { inputTokens: 10_000, cacheReadTokens: 8000, outputTokens: 500 },
    usd: 2000 * 2.5e-6 + 8000 * 1.25e-6 + 500 * 10e-6,
  },
  {
    row: 'Azure, a price of its own',
    provider: 'azure',
    model: 'o4-mini',
    usage: { inputTokens: 1000, cacheReadTokens: 1000, outputTokens: 0 },
    usd: 1000 * 0.28e-6,
  },
  {
    row: 'xAI by its name in the conventions',
    provider: 'x_ai',
    model: 'grok-4',
    usage: { inputTokens: 1000, cacheReadTokens: 500, outputTokens: 100 },
    usd: 500 * 3e-6 + 500 * 0.75e-6 + 100 * 15e-6,
  },
  {
    row: 'xAI, long context from its first token on',
    provider: 'xai',
    model: 'grok-4.3',
    usage: { inputTokens: 200_000, outputTokens: 100 },
    usd: 200_000 * 2.5e-6 + 100 * 5e-6,
  },
  {
    row: 'Mistral by its name in the conventions',
    provider: 'mistral_ai',
    model: 'codestral-2508',
    usage: { inputTokens: 1000, outputTokens: 100 },
    usd: 1000 * 0.3e-6 + 100 * 0.9e-6,
  },
  {
    row: 'DeepSeek off-peak',
    provider: 'deepseek',
    model: 'deepseek-v4-pro',
    usage: { inputTokens: 1000, cacheReadTokens: 600, outputTokens: 100 },
    usd: 400 * 0.66e-6 + 600 * 0.022e-6 + 100 * 1.98e-6,
  },
  {
    row: 'DeepSeek at peak',
    provider: 'deepseek',
    model: 'deepseek-v4-pro',
    usage: { inputTokens: 1000, cacheReadTokens: 600, outputTokens: 100 },
    context: { at: new Date('2026-11-16T09:59:59Z') },
    usd: 400 * 1.32e-6 + 600 * 0.044e-6 + 100 * 3.96e-6,
  },
  {
    row: 'Groq',
    provider: 'groq',
    model: 'openai/gpt-oss-120b',
    usage: { inputTokens: 1000, cacheReadTokens: 500, outputTokens: 100 },
    usd: 500 * 0.15e-6 + 500 * 0.075e-6 + 100 * 0.6e-6,
  },
  {
    row: 'Fireworks by the short name',
    provider: 'fireworks_ai',
    model: 'deepseek-v4-pro',
    usage: { inputTokens: 1000, outputTokens: 100 },
    usd: 1000 * 1.74e-6 + 100 * 3.48e-6,
  },
  {
    row: 'a fee for each request',
    provider: 'perplexity',
    model: 'sonar',
    usage: { inputTokens: 1000, outputTokens: 100 },
    usd: 1000 * 1e-6 + 100 * 1e-6 + 12e-3,
  },
  {
    row: 'a model that is free by name',
    provider: 'openrouter',
    model: 'deepseek/deepseek-r1:free',
    usage: { inputTokens: 1000, outputTokens: 100 },
    usd: 0,
  },
  {
    row: 'batch of OpenAI',
    provider: 'openai',
    model: 'gpt-4o',
    usage: { inputTokens: 10_000, outputTokens: 500 },
    context: { serviceTier: 'batch' },
    usd: (10_000 * 2.5e-6 + 500 * 10e-6) * 0.5,
  },
  {
    row: 'batch of Anthropic, cache and all, but not the searches',
    provider: 'anthropic',
    model: 'claude-sonnet-4-5',
    usage: {
      inputTokens: 10_000,
      cacheReadTokens: 8000,
      cacheWriteTokens: 1000,
      outputTokens: 500,
      webSearches: 2,
    },
    context: { serviceTier: 'batch' },
    usd: (1000 * 3e-6 + 8000 * 0.3e-6 + 1000 * 3.75e-6 + 500 * 15e-6) * 0.5 + 2 * 10e-3,
  },
  {
    row: 'batch of Gemini, whose cache is not discounted again',
    provider: 'gcp.vertex_ai',
    model: 'gemini-2.5-pro',
    usage: { inputTokens: 10_000, cacheReadTokens: 8000, outputTokens: 500 },
    context: { serviceTier: 'batch' },
    usd: 2000 * 1.25e-6 * 0.5 + 8000 * 0.125e-6 + 500 * 10e-6 * 0.5,
  },
  {
    row: 'flex of OpenAI',
    provider: 'openai',
    model: 'gpt-5-2025-08-07',
    usage: { inputTokens: 1000, cacheReadTokens: 200, outputTokens: 300 },
    context: { serviceTier: 'flex' },
    usd: 800 * 0.625e-6 + 200 * 0.0625e-6 + 300 * 5e-6,
  },
  {
    row: 'flex of Groq costs the same',
    provider: 'groq',
    model: 'openai/gpt-oss-120b',
    usage: { inputTokens: 1000, outputTokens: 100 },
    context: { serviceTier: 'flex' },
    usd: 1000 * 0.15e-6 + 100 * 0.6e-6,
  },
  {
    row: 'priority of OpenAI',
    provider: 'openai',
    model: 'gpt-5-mini',
    usage: { inputTokens: 1000, cacheReadTokens: 200, outputTokens: 300 },
    context: { serviceTier: 'priority' },
    usd: 800 * 0.45e-6 + 200 * 0.045e-6 + 300 * 3.6e-6,
  },
  {
    row: 'fast is the new name of priority',
    provider: 'openai',
    model: 'gpt-5.5',
    usage: { inputTokens: 1000, outputTokens: 100 },
    context: { serviceTier: 'fast' },
    usd: 1000 * 12.5e-6 + 100 * 75e-6,
  },
  {
    row: 'traffic type of Vertex',
    provider: 'gcp.vertex_ai',
    model: 'gemini-3.7-flash',
    usage: { inputTokens: 1000, outputTokens: 100 },
    context: { serviceTier: 'ON_DEMAND_PRIORITY' },
    usd: 1000 * 0.75e-6 * 1.8 + 100 * 3.75e-6 * 1.8,
  },
  {
    row: 'the standard tier by name',
    provider: 'openai',
    model: 'gpt-4o',
    usage: { inputTokens: 1000, outputTokens: 100 },
    context: { serviceTier: 'default' },
    usd: 1000 * 2.5e-6 + 100 * 10e-6,
  },
  {
    row: 'reported by the provider',
    provider: 'openrouter',
    model: 'openai/gpt-4o:nitro',
    usage: { inputTokens: 1000, outputTokens: 100 },
    context: { reportedCostUsd: 0.004321 },
    usd: 0.004321,
  },
];

/** Rows priced with the options of a user. */
const OWN = createPricing(
  resolvePricing({
    overrides: {
      openai: {
        'gpt-4o': { input: 2, output: 8, cacheRead: 0.5 },
        'gpt-*': { input: 9, output: 9 },
        'gpt-5-*': {
          input: 1,
          output: 4,
          cacheRead: 0.1,
          tiers: [
            { aboveInputTokens: 100_000, input: 2 },
            { aboveInputTokens: 500_000, input: 3, output: 6 },
          ],
          serviceTiers: { flex: { input: 0.4, output: 1.6 } },
        },
      },
      vllm: { '*': { input: 0, output: 0 } },
      replicate: { 'image-model': { perRequest: 0.04 } },
    },
    deployments: { 'team-a-prod': 'gpt-4.1-mini' },
    serviceTiers: [{ provider: 'openai', tier: 'scale', multiplier: 0.8 }],
  }).config,
);

const OVERRIDDEN: readonly Row[] = [
  {
    row: 'exact override, before what the provider reported',
    provider: 'openai',
    model: 'gpt-4o',
    usage: { inputTokens: 1000, cacheReadTokens: 400, outputTokens: 100 },
    context: { reportedCostUsd: 99 },
    usd: 600 * 2e-6 + 400 * 0.5e-6 + 100 * 8e-6,
  },
  {
    row: 'wildcard, no rate for the cache',
    provider: 'OpenAI',
    model: 'gpt-4.1',
    usage: { inputTokens: 1000, cacheReadTokens: 400, outputTokens: 100 },
    usd: 1000 * 9e-6 + 100 * 9e-6,
  },
  {
    row: 'longest wildcard, base of its tiers',
    provider: 'openai',
    model: 'gpt-5-mini',
    usage: { inputTokens: 100_000, cacheReadTokens: 50_000, outputTokens: 100 },
    usd: 50_000 * 1e-6 + 50_000 * 0.1e-6 + 100 * 4e-6,
  },
  {
    row: 'first tier of an override',
    provider: 'openai',
    model: 'gpt-5-mini',
    usage: { inputTokens: 100_001, outputTokens: 100 },
    usd: 100_001 * 2e-6 + 100 * 4e-6,
  },
  {
    row: 'second tier of an override',
    provider: 'openai',
    model: 'gpt-5-mini',
    usage: { inputTokens: 600_000, outputTokens: 100 },
    usd: 600_000 * 3e-6 + 100 * 6e-6,
  },
  {
    row: 'rates of a service tier, before the multiple',
    provider: 'openai',
    model: 'gpt-5-mini',
    usage: { inputTokens: 1000, cacheReadTokens: 500, outputTokens: 100 },
    context: { serviceTier: 'flex' },
    usd: 500 * 0.4e-6 + 500 * 0.1e-6 + 100 * 1.6e-6,
  },
  {
    row: 'published multiple of an override',
    provider: 'openai',
    model: 'gpt-5-mini',
    usage: { inputTokens: 1000, outputTokens: 100 },
    context: { serviceTier: 'batch' },
    usd: (1000 * 1e-6 + 100 * 4e-6) * 0.5,
  },
  {
    row: 'multiple of the user for a tier sold by commitment',
    provider: 'openai',
    model: 'o3',
    usage: { inputTokens: 1000, outputTokens: 100 },
    context: { serviceTier: 'scale' },
    usd: (1000 * 2e-6 + 100 * 8e-6) * 0.8,
  },
  {
    row: 'a price of 0 is a price',
    provider: 'vllm',
    model: 'llama-3',
    usage: { inputTokens: 1000, outputTokens: 100 },
    usd: 0,
  },
  {
    row: 'a price for each request only',
    provider: 'replicate',
    model: 'image-model',
    usage: { inputTokens: 77, outputTokens: 0 },
    usd: 0.04,
  },
  {
    row: 'deployment of Azure',
    provider: 'azure.ai.openai',
    model: 'Team-A-Prod',
    usage: { inputTokens: 1000, cacheReadTokens: 500, outputTokens: 100 },
    usd: 500 * 0.4e-6 + 500 * 0.1e-6 + 100 * 1.6e-6,
  },
];

/** Entries in the format of LiteLLM's price file, with its field names. */
const LITELLM = createPricing(
  resolvePricing({
    overrides: {
      sample_spec: { litellm_provider: 'one of https://docs.litellm.ai/docs/providers' },
      'claude-test': {
        litellm_provider: 'anthropic',
        mode: 'chat',
        input_cost_per_token: 3.5e-6,
        output_cost_per_token: 17e-6,
        cache_read_input_token_cost: 0.35e-6,
        cache_creation_input_token_cost: 4.4e-6,
        cache_creation_input_token_cost_above_1hr: 7e-6,
        input_cost_per_token_above_200k_tokens: 7e-6,
        output_cost_per_token_above_200k_tokens: 25e-6,
        cache_creation_input_token_cost_above_1hr_above_200k_tokens: 14e-6,
        search_context_cost_per_query: {
          search_context_size_low: 0.01,
          search_context_size_medium: 0.01,
          search_context_size_high: 0.01,
        },
        max_tokens: 64000,
        supports_vision: true,
      },
      'azure/eu/gpt-test': {
        litellm_provider: 'azure',
        input_cost_per_token: 2.75e-6,
        input_cost_per_token_priority: 4.7e-6,
        output_cost_per_token: 11e-6,
        output_cost_per_token_priority: 18.7e-6,
        cache_read_input_token_cost: 1.375e-6,
        input_cost_per_token_batches: 1.375e-6,
        output_cost_per_token_batches: 5.5e-6,
      },
    },
  }).config,
);

const IMPORTED: readonly Row[] = [
  {
    row: 'all kinds of input, a search',
    provider: 'anthropic',
    model: 'claude-test',
    usage: {
      inputTokens: 10_000,
      cacheReadTokens: 4000,
      cacheWriteTokens: 3000,
      cacheWrite1hTokens: 1000,
      outputTokens: 200,
      webSearches: 1,
    },
    usd: 3000 * 3.5e-6 + 4000 * 0.35e-6 + 2000 * 4.4e-6 + 1000 * 7e-6 + 200 * 17e-6 + 0.01,
  },
  {
    row: 'above 200k tokens',
    provider: 'anthropic',
    model: 'claude-test',
    usage: { inputTokens: 210_000, cacheWriteTokens: 9000, cacheWrite1hTokens: 9000, outputTokens: 200 },
    usd: 201_000 * 7e-6 + 9000 * 14e-6 + 200 * 25e-6,
  },
  {
    row: 'priority, whose cache has no rate of its own',
    provider: 'azure.ai.openai',
    model: 'eu/gpt-test',
    usage: { inputTokens: 1000, cacheReadTokens: 400, outputTokens: 100 },
    context: { serviceTier: 'priority' },
    usd: 600 * 4.7e-6 + 400 * 1.375e-6 + 100 * 18.7e-6,
  },
  {
    row: 'batch',
    provider: 'azure',
    model: 'eu/gpt-test',
    usage: { inputTokens: 1000, outputTokens: 100 },
    context: { serviceTier: 'batch' },
    usd: 1000 * 1.375e-6 + 100 * 5.5e-6,
  },
];

describe('calculateCost()', () => {
  describe.each([
    { prices: 'published prices', rows: PUBLISHED, calculate: calculateCost },
    { prices: "a user's overrides", rows: OVERRIDDEN, calculate: OWN.calculateCost },
    { prices: "LiteLLM's prices", rows: IMPORTED, calculate: LITELLM.calculateCost },
  ])('with $prices', ({ rows, calculate }) => {
    it.each(rows)('costs to 1e-12 USD: $row', ({ provider, model, usage, context, usd }) => {
      const cost = calculate(provider, model, usage, { at: AT, ...context });

      expect(Math.abs((cost?.totalUsd ?? Number.NaN) - usd)).toBeLessThanOrEqual(1e-12);
    });
  });

  it('says what the input and the output cost, and which source priced them', () => {
    const usage = { inputTokens: 10_000, cacheReadTokens: 8000, outputTokens: 500 };

    expect(calculateCost('openai', 'gpt-4o', usage)).toEqual({
      totalUsd: expect.closeTo(0.02, 12),
      inputUsd: expect.closeTo(0.015, 12),
      outputUsd: expect.closeTo(0.005, 12),
      source: 'list',
    });
    expect(OWN.calculateCost('openai', 'gpt-4o', usage)?.source).toBe('override');
    expect(OWN.calculateCost('mystery', 'gpt-4o', usage, { reportedCostUsd: 0 })).toEqual({
      totalUsd: 0,
      source: 'provider',
    });
  });
});
