import { extractUsage, findProvider } from '@pydantic/genai-prices';
import { filled } from '../../support/fetch-harness.js';
import {
  anthropicUsage,
  cohereUsage,
  geminiCompatibleUsage,
  geminiUsage,
  inputUsage,
  type JsonObject,
  ollamaUsage,
  openAiUsage,
  type Usage,
} from '../../support/parsers.js';

interface Row {
  readonly title: string;
  readonly read: (usage: JsonObject) => Usage | undefined;
  readonly usage: JsonObject;
  readonly expected: Partial<Usage>;
  /** Provider and API flavor of `extractUsage`; absent where it has none. */
  readonly list?: readonly [provider: string, flavor: string];
  /** What `extractUsage` counts otherwise, and why that is not taken. */
  readonly differs?: readonly [counts: Partial<Usage>, reason: string];
}

const ROWS: readonly Row[] = [
  {
    title: 'OpenAI chat: cached, audio and reasoning tokens are subsets',
    read: openAiUsage,
    usage: {
      prompt_tokens: 2_006,
      completion_tokens: 300,
      total_tokens: 2_306,
      prompt_tokens_details: { cached_tokens: 1_920, audio_tokens: 40 },
      completion_tokens_details: {
        reasoning_tokens: 192,
        audio_tokens: 12,
        accepted_prediction_tokens: 0,
        rejected_prediction_tokens: 0,
      },
    },
    expected: {
      inputTokens: 2_006,
      outputTokens: 300,
      cacheReadTokens: 1_920,
      inputAudioTokens: 40,
      reasoningTokens: 192,
      outputAudioTokens: 12,
    },
    list: ['openai', 'chat'],
  },
  {
    title: 'OpenAI chat: tokens written to the cache are a subset too',
    read: openAiUsage,
    usage: {
      prompt_tokens: 3_000,
      completion_tokens: 10,
      total_tokens: 3_010,
      prompt_tokens_details: { cached_tokens: 0, cache_write_tokens: 2_944 },
    },
    expected: { inputTokens: 3_000, outputTokens: 10, cacheWriteTokens: 2_944 },
    list: ['openai', 'chat'],
  },
  {
    title: 'OpenAI responses',
    read: openAiUsage,
    usage: {
      input_tokens: 328,
      input_tokens_details: { cached_tokens: 64 },
      output_tokens: 152,
      output_tokens_details: { reasoning_tokens: 128 },
      total_tokens: 480,
    },
    expected: { inputTokens: 328, outputTokens: 152, cacheReadTokens: 64, reasoningTokens: 128 },
    list: ['openai', 'responses'],
  },
  {
    title: 'OpenAI embeddings',
    read: openAiUsage,
    usage: { prompt_tokens: 8, total_tokens: 8 },
    expected: { inputTokens: 8 },
    list: ['openai', 'embeddings'],
  },
  {
    title: 'OpenAI images',
    read: openAiUsage,
    usage: {
      total_tokens: 1_150,
      input_tokens: 94,
      output_tokens: 1_056,
      input_tokens_details: { text_tokens: 50, image_tokens: 44 },
      output_tokens_details: { image_tokens: 1_056, text_tokens: 0 },
    },
    expected: { inputTokens: 94, outputTokens: 1_056, inputImageTokens: 44, outputImageTokens: 1_056 },
    list: ['openai', 'images'],
  },
  {
    title: 'OpenAI transcriptions by token',
    read: openAiUsage,
    usage: {
      type: 'tokens',
      input_tokens: 14,
      input_token_details: { text_tokens: 0, audio_tokens: 14 },
      output_tokens: 45,
      total_tokens: 59,
    },
    expected: { inputTokens: 14, outputTokens: 45, inputAudioTokens: 14 },
  },
  {
    title: 'OpenAI transcriptions by time',
    read: openAiUsage,
    usage: { type: 'duration', seconds: 27 },
    expected: { inputAudioSeconds: 27 },
  },
  {
    title: 'DeepSeek: cache hits beside the details',
    read: openAiUsage,
    usage: {
      prompt_tokens: 100,
      completion_tokens: 50,
      total_tokens: 150,
      prompt_cache_hit_tokens: 64,
      prompt_cache_miss_tokens: 36,
      completion_tokens_details: { reasoning_tokens: 20 },
    },
    expected: { inputTokens: 100, outputTokens: 50, cacheReadTokens: 64, reasoningTokens: 20 },
    list: ['deepseek', 'chat'],
    differs: [
      { inputTokens: 100, outputTokens: 50, reasoningTokens: 20 },
      'It looks for `prompt_tokens_details` alone, which the older API does not send: hits would cost full price.',
    ],
  },
  {
    title: 'Moonshot: cached tokens at the top',
    read: openAiUsage,
    usage: { prompt_tokens: 100, completion_tokens: 5, total_tokens: 105, cached_tokens: 60 },
    expected: { inputTokens: 100, outputTokens: 5, cacheReadTokens: 60 },
    list: ['moonshotai', 'chat'],
    differs: [{ inputTokens: 100, outputTokens: 5 }, 'It looks for `prompt_tokens_details` alone.'],
  },
  {
    title: 'xAI chat: reasoning is counted beside the completion',
    read: openAiUsage,
    usage: {
      prompt_tokens: 10_120,
      completion_tokens: 1_499,
      total_tokens: 14_428,
      prompt_tokens_details: { text_tokens: 10_120, audio_tokens: 0, image_tokens: 0, cached_tokens: 128 },
      completion_tokens_details: { reasoning_tokens: 2_809, audio_tokens: 0 },
      num_sources_used: 0,
      cost_in_usd_ticks: 232_856_000,
    },
    expected: { inputTokens: 10_120, outputTokens: 4_308, cacheReadTokens: 128, reasoningTokens: 2_809 },
    list: ['x-ai', 'chat'],
  },
  {
    title: 'reasoning beyond the completion is beside it, with no total to tell',
    read: openAiUsage,
    usage: { prompt_tokens: 14, completion_tokens: 2, completion_tokens_details: { reasoning_tokens: 317 } },
    expected: { inputTokens: 14, outputTokens: 319, reasoningTokens: 317 },
  },
  {
    title: 'xAI responses: reasoning is within the output',
    read: openAiUsage,
    usage: {
      input_tokens: 9_212,
      input_tokens_details: { cached_tokens: 3_072 },
      output_tokens: 3_417,
      output_tokens_details: { reasoning_tokens: 1_000 },
      total_tokens: 12_629,
    },
    expected: { inputTokens: 9_212, outputTokens: 3_417, cacheReadTokens: 3_072, reasoningTokens: 1_000 },
  },
  {
    title: 'Perplexity: reasoning beside the completion, sources read as input',
    read: openAiUsage,
    usage: {
      prompt_tokens: 33,
      completion_tokens: 7_163,
      total_tokens: 7_196,
      citation_tokens: 20_852,
      num_search_queries: 18,
      reasoning_tokens: 3_000,
    },
    expected: {
      inputTokens: 20_885,
      outputTokens: 10_163,
      reasoningTokens: 3_000,
      webSearches: 18,
    },
    list: ['perplexity', 'default'],
    differs: [
      { inputTokens: 33, outputTokens: 31_015, reasoningTokens: 3_000, webSearches: 18 },
      'It counts the sources as output; Perplexity bills them at the rate of its input.',
    ],
  },
  {
    title: 'Gemini through its OpenAI-compatible endpoint: thoughts are in the total alone',
    read: geminiCompatibleUsage,
    usage: { prompt_tokens: 7, completion_tokens: 12, total_tokens: 60 },
    expected: { inputTokens: 7, outputTokens: 53, reasoningTokens: 41 },
    list: ['google', 'chat'],
    differs: [{ inputTokens: 7, outputTokens: 12 }, 'It drops the thoughts, which are billed as output.'],
  },
  {
    title: 'Alibaba: tokens that created a cache',
    read: openAiUsage,
    usage: {
      prompt_tokens: 3_019,
      completion_tokens: 104,
      total_tokens: 3_123,
      prompt_tokens_details: { cached_tokens: 1_000, cache_creation_input_tokens: 2_000 },
    },
    expected: { inputTokens: 3_019, outputTokens: 104, cacheReadTokens: 1_000, cacheWriteTokens: 2_000 },
  },
  {
    title: 'Mistral',
    read: openAiUsage,
    usage: { prompt_tokens: 16, completion_tokens: 34, total_tokens: 50 },
    expected: { inputTokens: 16, outputTokens: 34 },
    list: ['mistral', 'default'],
  },
  {
    title: 'Groq',
    read: openAiUsage,
    usage: {
      queue_time: 0.02,
      prompt_tokens: 4_641,
      prompt_time: 0.009,
      completion_tokens: 1_817,
      completion_time: 5.57,
      total_tokens: 6_458,
      prompt_tokens_details: { cached_tokens: 4_608 },
      completion_tokens_details: { reasoning_tokens: 600 },
    },
    expected: { inputTokens: 4_641, outputTokens: 1_817, cacheReadTokens: 4_608, reasoningTokens: 600 },
    list: ['groq', 'default'],
  },
  {
    title: 'OpenRouter',
    read: openAiUsage,
    usage: {
      prompt_tokens: 10_339,
      completion_tokens: 60,
      total_tokens: 10_399,
      cost: 0.0042,
      prompt_tokens_details: { cached_tokens: 10_318, cache_write_tokens: 8, audio_tokens: 0 },
      completion_tokens_details: { reasoning_tokens: 20 },
    },
    expected: {
      inputTokens: 10_339,
      outputTokens: 60,
      cacheReadTokens: 10_318,
      cacheWriteTokens: 8,
      reasoningTokens: 20,
    },
    list: ['openrouter', 'chat'],
  },
  {
    title: 'Anthropic: the cache is counted beside the input',
    read: anthropicUsage,
    usage: {
      input_tokens: 1_000,
      cache_creation_input_tokens: 1_200,
      cache_read_input_tokens: 8_000,
      cache_creation: { ephemeral_5m_input_tokens: 200, ephemeral_1h_input_tokens: 1_000 },
      output_tokens: 500,
      output_tokens_details: { thinking_tokens: 90 },
      server_tool_use: { web_search_requests: 2 },
      service_tier: 'standard',
    },
    expected: {
      inputTokens: 10_200,
      outputTokens: 500,
      cacheReadTokens: 8_000,
      cacheWriteTokens: 1_200,
      cacheWrite1hTokens: 1_000,
      reasoningTokens: 90,
      webSearches: 2,
    },
    list: ['anthropic', 'default'],
  },
  {
    title: 'Anthropic: a compaction is billed and counted beside everything',
    read: anthropicUsage,
    usage: {
      input_tokens: 23_000,
      output_tokens: 1_000,
      cache_creation_input_tokens: null,
      cache_read_input_tokens: null,
      iterations: [
        { type: 'compaction', input_tokens: 180_000, output_tokens: 3_500, cache_read_input_tokens: 500 },
        { type: 'message', input_tokens: 23_000, output_tokens: 1_000 },
      ],
    },
    expected: { inputTokens: 203_500, outputTokens: 4_500, cacheReadTokens: 500 },
    list: ['anthropic', 'default'],
    differs: [
      { inputTokens: 23_000, outputTokens: 1_000 },
      'It reads the top level alone, which leaves the compaction out.',
    ],
  },
  {
    title: 'Gemini: thoughts are output, results of tools are input',
    read: geminiUsage,
    usage: {
      promptTokenCount: 2_000,
      cachedContentTokenCount: 1_500,
      candidatesTokenCount: 198,
      thoughtsTokenCount: 405,
      toolUsePromptTokenCount: 50,
      totalTokenCount: 2_653,
      promptTokensDetails: [
        { modality: 'TEXT', tokenCount: 1_800 },
        { modality: 'AUDIO', tokenCount: 150 },
        { modality: 'IMAGE', tokenCount: 50 },
      ],
      cacheTokensDetails: [
        { modality: 'TEXT', tokenCount: 1_400 },
        { modality: 'AUDIO', tokenCount: 100 },
      ],
      toolUsePromptTokensDetails: [{ modality: 'TEXT', tokenCount: 50 }],
    },
    expected: {
      inputTokens: 2_050,
      outputTokens: 603,
      cacheReadTokens: 1_500,
      reasoningTokens: 405,
      inputAudioTokens: 150,
      cacheReadAudioTokens: 100,
      inputImageTokens: 50,
    },
    list: ['google', 'default'],
  },
  {
    title: 'Gemini: an answer that is all thoughts',
    read: geminiUsage,
    usage: { promptTokenCount: 21, thoughtsTokenCount: 60, totalTokenCount: 81 },
    expected: { inputTokens: 21, outputTokens: 60, reasoningTokens: 60 },
    list: ['google', 'default'],
  },
  {
    title: 'Cohere chat: what is billed, not what was read',
    read: cohereUsage,
    usage: {
      billed_units: { input_tokens: 5, output_tokens: 418 },
      tokens: { input_tokens: 71, output_tokens: 420 },
      cached_tokens: 64,
    },
    // 66 tokens that were read are not billed, the cached ones among them.
    expected: { inputTokens: 5, outputTokens: 418 },
    list: ['cohere', 'default'],
  },
  {
    title: 'Cohere chat: what is cached beyond the preamble is billed input',
    read: cohereUsage,
    usage: {
      billed_units: { input_tokens: 2_000, output_tokens: 10 },
      tokens: { input_tokens: 2_066, output_tokens: 10 },
      cached_tokens: 1_664,
    },
    expected: { inputTokens: 2_000, outputTokens: 10, cacheReadTokens: 1_598 },
    list: ['cohere', 'default'],
    differs: [
      { inputTokens: 2_000, outputTokens: 10 },
      'It leaves the cache out; no price of Cohere asks for it.',
    ],
  },
  {
    title: 'Cohere chat: cached tokens without the tokens that they are a part of',
    read: cohereUsage,
    usage: { billed_units: { input_tokens: 5, output_tokens: 1 }, cached_tokens: 64 },
    expected: { inputTokens: 5, outputTokens: 1, cacheReadTokens: 5 },
  },
  {
    title: 'Cohere chat: cached tokens where nothing is billed',
    read: cohereUsage,
    usage: { tokens: { input_tokens: 71, output_tokens: 1 }, cached_tokens: 64 },
    expected: { inputTokens: 71, outputTokens: 1, cacheReadTokens: 64 },
  },
  {
    title: 'Cohere rerank',
    read: cohereUsage,
    usage: { api_version: { version: '2' }, billed_units: { search_units: 2 } },
    expected: { searchUnits: 2 },
  },
  {
    title: 'Voyage and Jina: only a total',
    read: inputUsage,
    usage: { total_tokens: 815 },
    expected: { inputTokens: 815 },
  },
  {
    title: 'a gateway in the form of Jina, whose parts are zero',
    read: inputUsage,
    usage: { prompt_tokens: 0, completion_tokens: 0, total_tokens: 815 },
    expected: { inputTokens: 815 },
  },
  {
    title: 'Voyage: images are a part of the total',
    read: inputUsage,
    usage: { text_tokens: 11, image_pixels: 2_000_320, total_tokens: 3_583 },
    expected: { inputTokens: 3_583, inputImageTokens: 3_572 },
  },
  {
    title: 'Mistral embeddings',
    read: inputUsage,
    usage: { prompt_tokens: 15, completion_tokens: 0, total_tokens: 15 },
    expected: { inputTokens: 15 },
    list: ['mistral', 'default'],
  },
  {
    title: 'Ollama: the time is that in the server',
    read: ollamaUsage,
    usage: {
      done: true,
      total_duration: 5_043_500_667,
      load_duration: 5_025_959,
      prompt_eval_count: 26,
      prompt_eval_duration: 325_953_000,
      eval_count: 290,
      eval_duration: 4_709_213_000,
    },
    expected: { inputTokens: 26, outputTokens: 290, computeSeconds: 5.043500667 },
  },
  {
    title: 'Ollama: a count of zero is left out',
    read: ollamaUsage,
    usage: { done: true, total_duration: 1e9, eval_count: 2 },
    expected: { outputTokens: 2, computeSeconds: 1 },
  },
  {
    title: 'Cohere chat without billed units',
    read: cohereUsage,
    usage: { tokens: { input_tokens: 71, output_tokens: 420 } },
    expected: { inputTokens: 71, outputTokens: 420 },
    list: ['cohere', 'tokens'],
  },
  {
    title: 'Cohere embeddings',
    read: cohereUsage,
    usage: { billed_units: { input_tokens: 11, image_tokens: 200 } },
    expected: { inputTokens: 211, inputImageTokens: 200 },
  },
];

/** The counts of the price library by our names. */
const LIST_NAMES: Readonly<Record<string, keyof Usage>> = {
  input_tokens: 'inputTokens',
  output_tokens: 'outputTokens',
  cache_read_tokens: 'cacheReadTokens',
  cache_write_tokens: 'cacheWriteTokens',
  cache_write_1h_tokens: 'cacheWrite1hTokens',
  output_reasoning_tokens: 'reasoningTokens',
  input_audio_tokens: 'inputAudioTokens',
  cache_audio_read_tokens: 'cacheReadAudioTokens',
  output_audio_tokens: 'outputAudioTokens',
  input_image_tokens: 'inputImageTokens',
  output_image_tokens: 'outputImageTokens',
  web_searches: 'webSearches',
};

/** Where each provider's usage lies in its answers, as the library expects it. */
const PLACES: Readonly<Record<string, (usage: JsonObject) => unknown>> = {
  google: (usage) => ({ modelVersion: 'm', model: 'm', usageMetadata: usage, usage }),
};

function countOfList(usage: JsonObject, [providerId, flavor]: readonly [string, string]): Partial<Usage> {
  const provider = findProvider({ providerId });
  if (provider === undefined) throw new Error(`no provider ${providerId}`);
  const answer = PLACES[providerId]?.(usage) ?? { model: 'm', usage };
  const counts = Object.entries(extractUsage(provider, answer, flavor).usage);
  return filled(
    Object.fromEntries(
      counts.flatMap(([name, count]) => (LIST_NAMES[name] === undefined ? [] : [[LIST_NAMES[name], count]])),
    ) as unknown as Usage,
  );
}

describe('the usage of each wire format', () => {
  it.each(ROWS)('is normalised: $title', ({ read, usage, expected }) => {
    const counted = read(usage);
    expect(counted && filled(counted)).toEqual(expected);
  });

  it.each(ROWS.filter((row) => row.list !== undefined))('against the price library: $title', (row) => {
    const { usage, list = ['', ''], expected, differs } = row;
    expect(countOfList(usage, list)).toEqual(differs?.[0] ?? expected);
  });

  it.each([
    openAiUsage,
    geminiCompatibleUsage,
    anthropicUsage,
    geminiUsage,
    cohereUsage,
    inputUsage,
    ollamaUsage,
  ])('is missing where nothing is counted: %p', (read) => {
    const nothing = [{}, { prompt_tokens: null }, { input_tokens: '12' }, { promptTokenCount: -1 }];
    expect(nothing.map((usage) => read(usage))).toEqual(nothing.map(() => undefined));
  });

  it('keeps its subsets within their wholes', () => {
    const broken = ROWS.filter(({ read, usage }) => {
      const counted: Usage = read(usage) ?? { inputTokens: 0, outputTokens: 0 };
      const { inputTokens, outputTokens } = counted;
      const { cacheReadTokens = 0, cacheWriteTokens = 0, reasoningTokens = 0 } = counted;
      return cacheReadTokens + cacheWriteTokens > inputTokens || reasoningTokens > outputTokens;
    });
    expect(broken).toEqual([]);
  });
});
