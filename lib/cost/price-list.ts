import { withoutProvider } from '../catalogue/providers.js';
import { loadPrices } from '../lazy.cjs';
import { logger } from '../logger.js';
import { type ListedRates, markInUse } from './price-list-in-force.js';
import { type ContextTier, type RateName, type TieredRates, UNITS } from './rates.js';

/** What the price list has for a model at a moment. */
export interface ListedModel {
  /** Names in the list. */
  readonly provider: string;
  readonly model: string;
  /** Absent where the list publishes none. */
  readonly rates: TieredRates | undefined;
  /** The provider bills at least this much audio. */
  readonly minimumAudioSeconds: number;
  /** The rates hold from this moment on, in milliseconds since the epoch. */
  readonly fromMs: number;
  /** The rates hold up to this moment, and no longer at it. */
  readonly untilMs: number;
}

type Library = ReturnType<typeof loadPrices>;
type Found = NonNullable<ReturnType<Library['calcPrice']>>;

/** Providers that bill at least so many seconds of audio, by model, as they document. */
const MINIMUM_AUDIO_SECONDS: Readonly<Record<string, number>> = {
  'groq/whisper-large-v3': 10,
  'groq/whisper-large-v3-turbo': 10,
};

/** A write to Claude's prompt cache for one hour costs twice the input, wherever Claude is sold. */
const CLAUDE_CACHE_WRITE_1H = 2;

const DAY_MS = 86_400_000;
const TIME_OF_DAY = /^(\d{2}):(\d{2}):(\d{2}(?:\.\d+)?)(?:Z|([+-])(\d{2}):(\d{2}))$/;
const ALWAYS = { fromMs: Number.NEGATIVE_INFINITY, untilMs: Number.POSITIVE_INFINITY };

let library: Library | undefined;
let isMissing = false;

/**
 * Looks a model up in the price list of `@pydantic/genai-prices`, which is loaded with the first call. The library
 * searches all models of a provider for each name, so callers keep the result.
 *
 * @param provider - the provider's name in the list.
 * @param models - names that the model may have in the list; the first known one counts.
 */
export function findListed(
  provider: string,
  models: readonly string[],
  atMs: number,
): ListedModel | undefined {
  if (provider === '') return undefined;
  const timestamp = new Date(atMs);
  for (const name of models) {
    const found = search(provider, name, timestamp);
    if (found === undefined) continue;
    markInUse({ provider, name, key: `${found.provider.id}/${found.model.id}` });
    return listedModel(found, atMs);
  }
  return undefined;
}

/** Whether the price list has a provider, by its name in the list. */
export function isListedProvider(providerId: string): boolean {
  try {
    return providerId !== '' && loadOnce()?.findProvider({ providerId }) !== undefined;
  } catch {
    // A name that the library itself refuses is not in the list.
    return false;
  }
}

/** The provider of the list, by its name there, that a model without a provider most likely means. */
export function likelyProvider(model: string): string | undefined {
  try {
    return loadOnce()?.calcPrice({}, model)?.provider.id;
  } catch {
    // A name that the library itself refuses is not in the list.
    return undefined;
  }
}

/** The models of the list, as `provider/model`. */
export async function listedModels(): Promise<readonly string[]> {
  const providers = (await loadOnce()?.waitForUpdate()) ?? [];
  return providers.flatMap(({ id, models }) => models.map((model) => `${id}/${model.id}`));
}

function search(providerId: string, model: string, timestamp: Date): Found | undefined {
  try {
    return loadOnce()?.calcPrice({}, model, { providerId, timestamp }) ?? undefined;
  } catch {
    // A row that the library itself refuses is no price: the request is counted as unpriced.
    return undefined;
  }
}

function loadOnce(): Library | undefined {
  if (library !== undefined || isMissing) return library;
  try {
    library = loadPrices();
  } catch (error) {
    isMissing = true;
    logger().error('no price list is available: only overrides price requests', error);
  }
  return library;
}

function listedModel({ provider, model, model_price: listRates }: Found, atMs: number): ListedModel {
  const span = spanAround(atMs, model.prices);
  return {
    provider: provider.id,
    model: model.id,
    rates: span && ratesOf(model.id, listRates),
    minimumAudioSeconds: MINIMUM_AUDIO_SECONDS[`${provider.id}/${model.id}`] ?? 0,
    ...(span ?? ALWAYS),
  };
}

/**
 * The rates of the list in the form that users write theirs in.
 *
 * @returns undefined where the list has no rates, as for models without a published price. Only a model whose name ends
 * in `:free` costs nothing.
 */
function ratesOf(model: string, listRates: ListedRates): TieredRates | undefined {
  if (Object.keys(listRates).length === 0)
    return model.endsWith(':free') ? { input: 0, output: 0 } : undefined;
  const base: { [Name in RateName]?: number } = {};
  const tiers = new Map<number, { -readonly [Name in keyof ContextTier]: ContextTier[Name] }>();
  const add = (name: RateName, listed: ListedRates[string], times = 1): void => {
    if (listed === undefined) return;
    base[name] = (typeof listed === 'number' ? listed : listed.base) * times;
    for (const { start, price } of typeof listed === 'number' ? [] : listed.tiers) {
      const tier = tiers.get(start) ?? { aboveInputTokens: start };
      tier[name] = price * times;
      tiers.set(start, tier);
    }
  };
  for (const { name, listKeys } of UNITS) {
    add(name, listRates[listKeys.find((key) => listRates[key] !== undefined) ?? '']);
  }
  // Published, but not in the list for every platform.
  if (base.cacheWrite1h === undefined && base.cacheWrite !== undefined && model.includes('claude')) {
    add('cacheWrite1h', listRates['input_mtok'], CLAUDE_CACHE_WRITE_1H);
  }
  const { requests_kcount: perThousand } = listRates;
  const perRequest = typeof perThousand === 'number' ? perThousand / 1000 : undefined;
  if (Object.keys(base).length === 0 && perRequest === undefined) return undefined;
  return { ...base, perRequest, ...(tiers.size > 0 ? { tiers: [...tiers.values()] } : {}) };
}

/**
 * The period around a moment in which no price of a model starts or stops applying.
 *
 * @returns undefined with an unknown constraint, whose period cannot be computed.
 */
function spanAround(atMs: number, prices: Found['model']['prices']): typeof ALWAYS | undefined {
  if (!Array.isArray(prices)) return ALWAYS;
  let { fromMs, untilMs } = ALWAYS;
  for (const { constraint } of prices) {
    const changes = constraint === undefined ? [] : changesAround(atMs, { ...constraint });
    if (changes === undefined) return undefined;
    for (const changeMs of changes) {
      if (changeMs <= atMs) fromMs = Math.max(fromMs, changeMs);
      else untilMs = Math.min(untilMs, changeMs);
    }
  }
  return { fromMs, untilMs };
}

/** The moments around another one at which a constraint starts or stops applying, in milliseconds since the epoch. */
function changesAround(
  atMs: number,
  constraint: Readonly<Record<string, unknown>>,
): readonly number[] | undefined {
  const { start_date: startDate, start_time: startTime, end_time: endTime } = constraint;
  if (typeof startDate === 'string') {
    const startMs = Date.parse(startDate);
    return Number.isNaN(startMs) ? undefined : [startMs];
  }
  const [startMs, endMs] = [timeOfDayMs(startTime), timeOfDayMs(endTime)];
  if (startMs === undefined || endMs === undefined) return undefined;
  const dayMs = Math.floor(atMs / DAY_MS) * DAY_MS;
  return [startMs, endMs].flatMap((timeMs) => [
    dayMs - DAY_MS + timeMs,
    dayMs + timeMs,
    dayMs + DAY_MS + timeMs,
  ]);
}

function timeOfDayMs(text: unknown): number | undefined {
  const [, hours, minutes, seconds, sign, offsetHours, offsetMinutes] =
    typeof text === 'string' ? (TIME_OF_DAY.exec(text) ?? []) : [];
  if (hours === undefined) return undefined;
  const localMs = (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * 1000;
  const offsetMs = (Number(offsetHours ?? 0) * 3600 + Number(offsetMinutes ?? 0) * 60) * 1000;
  return (localMs - (sign === '-' ? -offsetMs : offsetMs) + DAY_MS) % DAY_MS;
}

/** Spellings of a model's name that the price list does not have, and their replacements. */
const MODEL_REWRITES: readonly {
  /** The providers of the price list to which it applies; all, when absent. */
  readonly providers?: readonly string[];
  readonly pattern: RegExp;
  readonly replacement: string;
}[] = [
  // `models/gemini-2.5-flash`, `projects/p/locations/l/publishers/google/models/gemini-2.5-pro`.
  { pattern: /^(?:.*\/)?models\/([^/]+)$/, replacement: '$1' },
  // Vertex AI appends the version as `@` and a date, or as `@default`.
  { providers: ['google', 'anthropic'], pattern: /@[\w-]+$/, replacement: '' },
  // The documentation of Fireworks writes the last segment only.
  { providers: ['fireworks'], pattern: /^[^/]+$/, replacement: 'accounts/fireworks/models/$&' },
  // Gateways write the maker before a model of Azure.
  { providers: ['azure'], pattern: /^openai\//, replacement: '' },
  // Stable versions of Gemini: `gemini-2.5-flash-001`.
  { providers: ['google'], pattern: /^(gemini-.*)-00\d$/, replacement: '$1' },
];

/**
 * The names that the price list may have for a model, the given one first.
 *
 * @param provider - the provider's name in the price list.
 */
export function modelNames(provider: string, model: string): readonly string[] {
  const names = [model];
  const rest = withoutProvider(model, provider);
  if (rest !== model) names.push(rest);
  for (const { providers, pattern, replacement } of MODEL_REWRITES) {
    if (providers !== undefined && !providers.includes(provider)) continue;
    for (const name of [...names]) {
      const rewritten = name.replace(pattern, replacement);
      if (rewritten !== name && rewritten !== '') names.push(rewritten);
    }
  }
  return names;
}
