import { quantileOf } from './bucket-quantile.js';
import { meanOf, type Reading, type ReadSeries, type SeriesByLabels } from './reading.js';
import type { ModelView, ProviderView, TopView } from './top-view.js';
import type { WatchedName } from './watched-metrics.js';

type AllSeries = Readonly<Record<WatchedName, SeriesByLabels>>;

const HISTORY_MAX = 60;
const MODELS_MAX = 1_000;
const CIRCUITS = ['closed', 'half-open', 'open'] as const;

/** Makes a view of each reading. */
export type Viewer = (reading: Reading) => TopView;

/** Turns readings into views: rates over the latest ones, totals over all. */
export function createViewer(title: string, windowSeconds: number, now: () => number = Date.now): Viewer {
  let readings: readonly Reading[] = [];
  const history: number[] = [];
  const totals = { watchedSeconds: 0, requests: 0, errors: 0, tokens: 0, costUsd: 0 };
  const modelTotals = new Map<string, number>();

  return (reading: Reading): TopView => {
    // Readings that lie within the window, the latest always.
    const kept: Reading[] = [];
    let seconds = 0;
    for (const earlier of [reading, ...readings]) {
      if (kept.length > 0 && seconds + earlier.seconds > windowSeconds * 1.01) break;
      kept.push(earlier);
      seconds += earlier.seconds;
    }
    readings = kept;
    const { series } = reading;
    totals.watchedSeconds += reading.elapsedSeconds;
    for (const { labels, increase } of series.requests.values()) {
      totals.requests += increase;
      if (labels['status'] === 'error') totals.errors += increase;
    }
    totals.tokens += sumOf(series.tokens, 'increase');
    totals.costUsd += sumOf(series.costUsd, 'increase');
    for (const { labels, increase } of series.costUsd.values()) {
      const key = pairOf(labels);
      if (modelTotals.size < MODELS_MAX || modelTotals.has(key)) {
        modelTotals.set(key, (modelTotals.get(key) ?? 0) + increase);
      }
    }
    if (reading.seconds > 0) history.push(sumOf(series.requests, 'value'));
    if (history.length > HISTORY_MAX) history.shift();
    const all = meanOf([...kept].reverse());
    // The first look at pages knows no rate yet, and none is known where nothing answers.
    const isKnown = seconds > 0 && reading.targets.answering > 0;
    const rate = (name: WatchedName): number | null => (isKnown ? sumOf(all[name], 'value') : null);
    const requestRate = rate('requests');
    return {
      schemaVersion: 1,
      at: now(),
      title,
      services: reading.services,
      targets: reading.targets,
      windowSeconds: seconds,
      watchedSeconds: totals.watchedSeconds,
      requests: {
        perSecond: requestRate,
        total: totals.requests,
        inFlight: all.active.size === 0 ? null : sumOf(all.active, 'value'),
      },
      errors: errorsOf(all.requests, requestRate, totals.errors),
      latency: quantilesOf(all.durations.values()),
      timeToFirstToken: quantilesOf(all.firstTokens.values()),
      tokens: {
        inputPerSecond: isKnown ? sumOf(where(all.tokens, 'type', 'input'), 'value') : null,
        outputPerSecond: isKnown ? sumOf(where(all.tokens, 'type', 'output'), 'value') : null,
        total: totals.tokens,
      },
      cost: { usdPerSecond: rate('costUsd'), totalUsd: totals.costUsd },
      cache: cacheOf(all),
      providers: providersOf(all),
      budgets: budgetsOf(all),
      models: modelsOf(all, modelTotals),
      unseen: {
        unrecognisedPerSecond: sumOf(all.unrecognised, 'value'),
        unpricedPerSecond: sumOf(all.unpriced, 'value'),
        usageMissingPerSecond: sumOf(all.usageMissing, 'value'),
      },
      history: [...history],
    };
  };
}

type SeriesList = Iterable<ReadSeries> | SeriesByLabels;

function listOf(series: SeriesList): readonly ReadSeries[] {
  return series instanceof Map ? [...series.values()] : [...series];
}

function sumOf(series: SeriesList, member: 'value' | 'increase'): number {
  return listOf(series).reduce((sum, one) => sum + one[member], 0);
}

function where(series: SeriesByLabels, label: string, value: string): readonly ReadSeries[] {
  return listOf(series).filter(({ labels }) => labels[label] === value);
}

const pairOf = (labels: ReadSeries['labels']): string =>
  JSON.stringify([labels['provider'] ?? '', labels['model'] ?? '']);

/** Groups series by a text made of their labels. */
function groupBy(
  series: SeriesByLabels,
  keyOf: (labels: ReadSeries['labels']) => string,
): ReadonlyMap<string, readonly ReadSeries[]> {
  const groups = new Map<string, ReadSeries[]>();
  for (const one of series.values()) {
    const key = keyOf(one.labels);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [one]);
    else group.push(one);
  }
  return groups;
}

const ratioOf = (part: number, whole: number): number | null => (whole > 0 ? part / whole : null);

function errorsOf(requests: SeriesByLabels, perSecond: number | null, total: number): TopView['errors'] {
  const failed = where(requests, 'status', 'error');
  const byType = new Map<string, number>();
  for (const { labels, value } of failed) {
    if (value <= 0) continue;
    const type = labels['error_type'] ?? '';
    byType.set(type, (byType.get(type) ?? 0) + value);
  }
  const rate = sumOf(failed, 'value');
  return {
    perSecond: perSecond === null ? null : rate,
    ratio: perSecond === null ? null : ratioOf(rate, perSecond),
    total,
    byType: [...byType]
      .map(([errorType, ofType]) => ({ errorType, perSecond: ofType }))
      .sort((a, b) => b.perSecond - a.perSecond),
  };
}

function quantilesOf(series: Iterable<ReadSeries>): TopView['latency'] {
  const buckets = [...series].map(({ labels, value }) => ({ le: labels['le'] ?? '', value }));
  return { p50Ms: quantileOf(0.5, buckets), p95Ms: quantileOf(0.95, buckets) };
}

function cacheOf({ cacheHits, cacheMisses }: AllSeries): TopView['cache'] {
  const tiers = [
    ...new Set([...cacheHits.values(), ...cacheMisses.values()].map(({ labels }) => labels['tier'] ?? '')),
  ]
    .map((tier) => {
      const hits = sumOf(where(cacheHits, 'tier', tier), 'value');
      return { tier, hits, lookups: hits + sumOf(where(cacheMisses, 'tier', tier), 'value') };
    })
    .filter(({ lookups }) => lookups > 0)
    .sort((a, b) => (a.tier < b.tier ? -1 : 1));
  // A lookup goes from tier to tier until one has the answer, so that the busiest tier has seen them all.
  const lookups = Math.max(0, ...tiers.map((tier) => tier.lookups));
  const hits = tiers.reduce((sum, tier) => sum + tier.hits, 0);
  const ratio = ratioOf(hits, lookups);
  return {
    hitRatio: ratio === null ? null : Math.min(1, ratio),
    tiers: tiers.map(({ tier, hits: ofTier, lookups: all }) => ({ tier, hitRatio: ofTier / all })),
  };
}

function providersOf(all: AllSeries): readonly ProviderView[] {
  const byProvider = (labels: ReadSeries['labels']): string => labels['provider'] ?? '';
  const requests = groupBy(all.requests, byProvider);
  const durations = groupBy(all.durations, byProvider);
  const limits = groupBy(all.remaining, byProvider);
  const gaugeOf = (name: 'available' | 'circuits', provider: string): number | undefined =>
    where(all[name], 'provider', provider)[0]?.value;
  const names = new Set([
    ...requests.keys(),
    ...listOf(all.available).map(({ labels }) => byProvider(labels)),
    ...listOf(all.circuits).map(({ labels }) => byProvider(labels)),
  ]);
  return [...names]
    .map((provider) => {
      const ofProvider = requests.get(provider) ?? [];
      const rate = sumOf(ofProvider, 'value');
      const failed = ofProvider.filter(({ labels }) => labels['status'] === 'error');
      const available = gaugeOf('available', provider);
      return {
        provider,
        requestsPerSecond: rate,
        errorRatio: ratioOf(sumOf(failed, 'value'), rate),
        p95Ms: quantilesOf(durations.get(provider) ?? []).p95Ms,
        isAvailable: available === undefined ? null : available === 1,
        circuit: CIRCUITS[gaugeOf('circuits', provider) ?? -1] ?? null,
        headroom: headroomOf(limits.get(provider) ?? [], all.limits),
      };
    })
    .sort((a, b) => b.requestsPerSecond - a.requestsPerSecond || (a.provider < b.provider ? -1 : 1));
}

function headroomOf(remaining: readonly ReadSeries[], limits: SeriesByLabels): ProviderView['headroom'] {
  let lowest: ProviderView['headroom'] = null;
  for (const { labels, value } of remaining) {
    const key = JSON.stringify([labels['provider'] ?? '', labels['model'] ?? '', labels['limit'] ?? '']);
    const ratio = ratioOf(value, limits.get(key)?.value ?? 0);
    if (ratio !== null && (lowest === null || ratio < lowest.ratio)) {
      lowest = { ratio, limit: labels['limit'] ?? '', model: labels['model'] ?? '' };
    }
  }
  return lowest;
}

function budgetsOf({ spentUsd, budgetsUsd }: AllSeries): TopView['budgets'] {
  const names = [...spentUsd.values(), ...budgetsUsd.values()].map(({ labels }) => labels['budget'] ?? '');
  return [...new Set(names)].sort().map((budget) => ({
    budget,
    spentUsd: sumOf(where(spentUsd, 'budget', budget), 'value'),
    limitUsd: where(budgetsUsd, 'budget', budget)[0]?.value ?? null,
  }));
}

function modelsOf(all: AllSeries, totals: ReadonlyMap<string, number>): readonly ModelView[] {
  const requests = groupBy(all.requests, pairOf);
  const durations = groupBy(all.durations, pairOf);
  const costs = groupBy(all.costUsd, pairOf);
  return [...new Set([...requests.keys(), ...costs.keys()])]
    .map((pair) => {
      const [provider = '', model = ''] = JSON.parse(pair) as string[];
      return {
        provider,
        model,
        requestsPerSecond: sumOf(requests.get(pair) ?? [], 'value'),
        p95Ms: quantilesOf(durations.get(pair) ?? []).p95Ms,
        usdPerSecond: sumOf(costs.get(pair) ?? [], 'value'),
        totalUsd: totals.get(pair) ?? 0,
      };
    })
    .sort(
      (a, b) =>
        b.totalUsd - a.totalUsd ||
        b.usdPerSecond - a.usdPerSecond ||
        b.requestsPerSecond - a.requestsPerSecond,
    );
}
