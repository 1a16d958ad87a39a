import type { ModelInfo, Provider } from '@pydantic/genai-prices';
import type { Usage } from '../../lib/index.js';

/** Counts of things that exclude each other: every usage summed up from them is consistent. */
export interface Leaves {
  readonly text: number;
  readonly cacheRead: number;
  readonly cacheReadAudio: number;
  readonly cacheReadImage: number;
  readonly cacheWrite5m: number;
  readonly cacheWrite1h: number;
  readonly audio: number;
  readonly image: number;
  readonly answer: number;
  readonly reasoning: number;
  readonly answerAudio: number;
  readonly answerImage: number;
  readonly seconds: number;
  readonly searches: number;
}

type LeafName = keyof Leaves;

/** The keys of the price list that a leaf is billed by: the first one that a price has. */
const RATES: Readonly<Record<LeafName, readonly string[]>> = {
  text: ['input_mtok'],
  cacheRead: ['cache_read_mtok', 'input_mtok'],
  cacheReadAudio: ['cache_audio_read_mtok', 'cache_read_mtok', 'input_audio_mtok', 'input_mtok'],
  cacheReadImage: ['cache_image_read_mtok', 'cache_read_mtok', 'input_image_mtok', 'input_mtok'],
  cacheWrite5m: ['cache_write_mtok', 'input_mtok'],
  cacheWrite1h: ['cache_write_1h_mtok', 'cache_write_mtok', 'input_mtok'],
  audio: ['input_audio_mtok', 'input_mtok'],
  image: ['input_image_mtok', 'input_mtok'],
  answer: ['output_mtok'],
  reasoning: ['output_reasoning_mtok', 'output_mtok'],
  answerAudio: ['output_audio_mtok', 'output_mtok'],
  answerImage: ['output_image_mtok', 'output_mtok'],
  seconds: ['input_audio_hours', 'audio_hours'],
  searches: ['web_searches_kcount'],
};

export const LEAF_NAMES = Object.keys(RATES) as readonly LeafName[];

const NOTHING = Object.fromEntries(LEAF_NAMES.map((name) => [name, 0])) as unknown as Leaves;

/** Leaves with nothing but these. */
export function leavesOf(some: Partial<Leaves>): Leaves {
  return { ...NOTHING, ...some };
}

/** The usage that a provider would report for the leaves. */
export function usageOf(leaves: Leaves): Usage {
  const { text, cacheRead, cacheReadAudio, cacheReadImage, cacheWrite5m, cacheWrite1h, audio, image } =
    leaves;
  const allCacheRead = cacheRead + cacheReadAudio + cacheReadImage;
  return {
    inputTokens: text + allCacheRead + cacheWrite5m + cacheWrite1h + audio + image,
    cacheReadTokens: allCacheRead,
    cacheWriteTokens: cacheWrite5m + cacheWrite1h,
    cacheWrite1hTokens: cacheWrite1h,
    inputAudioTokens: audio + cacheReadAudio,
    cacheReadAudioTokens: cacheReadAudio,
    inputImageTokens: image + cacheReadImage,
    cacheReadImageTokens: cacheReadImage,
    outputTokens: leaves.answer + leaves.reasoning + leaves.answerAudio + leaves.answerImage,
    reasoningTokens: leaves.reasoning,
    outputAudioTokens: leaves.answerAudio,
    outputImageTokens: leaves.answerImage,
    inputAudioSeconds: leaves.seconds,
    webSearches: leaves.searches,
  };
}

/** The same in the words of the library. */
export function libraryUsageOf(leaves: Leaves): Record<string, number> {
  const usage = usageOf(leaves);
  return {
    input_tokens: usage.inputTokens,
    cache_read_tokens: usage.cacheReadTokens ?? 0,
    cache_write_tokens: usage.cacheWriteTokens ?? 0,
    cache_write_1h_tokens: usage.cacheWrite1hTokens ?? 0,
    input_audio_tokens: usage.inputAudioTokens ?? 0,
    cache_audio_read_tokens: usage.cacheReadAudioTokens ?? 0,
    input_image_tokens: usage.inputImageTokens ?? 0,
    cache_image_read_tokens: usage.cacheReadImageTokens ?? 0,
    output_tokens: usage.outputTokens,
    output_reasoning_tokens: usage.reasoningTokens ?? 0,
    output_audio_tokens: usage.outputAudioTokens ?? 0,
    output_image_tokens: usage.outputImageTokens ?? 0,
    audio_seconds: usage.inputAudioSeconds ?? 0,
    input_audio_seconds: usage.inputAudioSeconds ?? 0,
    web_searches: usage.webSearches ?? 0,
  };
}

type Rate = number | { readonly base: number; readonly tiers: readonly { start: number; price: number }[] };
type Rates = Readonly<Record<string, Rate | undefined>>;

/**
 * What a usage costs by a row of the price list, leaf by leaf. It knows nothing of how the package computes a cost.
 *
 * @returns undefined where the row has no rate for something that was used, or no rate at all.
 */
export function referenceUsd(
  provider: Provider,
  model: ModelInfo,
  leaves: Leaves,
  at: Date,
): number | undefined {
  const rates = ratesAt(model, at);
  const isFree = Object.keys(rates).length === 0 && model.id.endsWith(':free');
  const isTokens = 'input_mtok' in rates || 'output_mtok' in rates || isFree;
  const perThousandRequests = rates['requests_kcount'] as number | undefined;
  const isRequestsOnly = perThousandRequests !== undefined && !isTokens;
  const isTime = 'input_audio_hours' in rates || 'audio_hours' in rates;
  if (!isTokens && !isRequestsOnly && !(isTime && leaves.seconds > 0)) return undefined;
  const { inputTokens } = usageOf(leaves);
  let totalUsd = (perThousandRequests ?? 0) / 1000;
  for (const name of LEAF_NAMES) {
    if (leaves[name] === 0) continue;
    if (isRequestsOnly && name !== 'searches') continue;
    if (isFree && name !== 'searches' && name !== 'seconds') continue;
    const rate = rateOf(rates, name, model);
    if (rate === undefined) return undefined;
    totalUsd += (priceOf(rate, inputTokens) * billed(provider, model, name, leaves[name])) / per(name);
  }
  return totalUsd;
}

function rateOf(rates: Rates, name: LeafName, { id }: ModelInfo): Rate | undefined {
  const [key] = RATES[name].filter((candidate) => rates[candidate] !== undefined);
  const rate = key === undefined ? undefined : rates[key];
  const { input_mtok: input } = rates;
  // Where the list has a price of cache writes but none of those for an hour, Claude's cost twice the input.
  if (name !== 'cacheWrite1h' || key !== 'cache_write_mtok' || !id.includes('claude')) return rate;
  if (typeof input !== 'object') return (input ?? Number.NaN) * 2;
  const tiers = input.tiers.map(({ start, price }) => ({ start, price: price * 2 }));
  return { base: input.base * 2, tiers };
}

function priceOf(rate: Rate, inputTokens: number): number {
  if (typeof rate === 'number') return rate;
  const passed = rate.tiers.filter(({ start }) => inputTokens > start);
  const highest = Math.max(...passed.map(({ start }) => start));
  return passed.find(({ start }) => start === highest)?.price ?? rate.base;
}

function billed({ id: provider }: Provider, { id }: ModelInfo, name: LeafName, count: number): number {
  const isWhisper = provider === 'groq' && /^whisper-large-v3(-turbo)?$/.test(id);
  return name === 'seconds' && isWhisper ? Math.max(count, 10) : count;
}

function per(name: LeafName): number {
  if (name === 'seconds') return 3600;
  return name === 'searches' ? 1000 : 1_000_000;
}

/** The rates of the last row that holds at a moment; every time of day in the list is in UTC. */
function ratesAt({ prices }: ModelInfo, at: Date): Rates {
  if (!Array.isArray(prices)) return prices as Rates;
  const time = at.toISOString().slice(11, 19);
  const holding = prices.filter(({ constraint }) => {
    if (constraint === undefined) return true;
    if (constraint.type === 'start_date') return at.toISOString().slice(0, 10) >= constraint.start_date;
    return time >= constraint.start_time.slice(0, 8) && time < constraint.end_time.slice(0, 8);
  });
  return (holding.at(-1) ?? prices[0])?.prices as Rates;
}

/** Moments at which the price of a model may change, with those just before them, and one beside. */
export function momentsOf({ prices }: ModelInfo): readonly Date[] {
  const any = new Date('2026-11-16T12:00:00Z');
  if (!Array.isArray(prices)) return [any];
  const changes = prices.flatMap(({ constraint }) => {
    if (constraint === undefined) return [];
    if (constraint.type === 'start_date') return [constraint.start_date];
    return [constraint.start_time, constraint.end_time].flatMap((time) => [
      `2025-03-01T${time}`,
      `2026-12-01T${time}`,
    ]);
  });
  return [
    any,
    ...changes.flatMap((change) => [Date.parse(change) - 1, Date.parse(change)].map((ms) => new Date(ms))),
  ];
}

/** Numbers of input tokens above which any rate of a model changes. */
export function thresholdsOf({ prices }: ModelInfo): readonly number[] {
  const rows = Array.isArray(prices) ? prices.map((row) => row.prices) : [prices];
  const starts = rows.flatMap((rates) =>
    Object.values(rates).flatMap((rate) =>
      typeof rate === 'object' ? rate.tiers.map(({ start }) => start) : [],
    ),
  );
  return [...new Set(starts)];
}
