import { duration, percent, shortCount, shortNumber, shortUsd } from '../figures.js';
import {
  type Column,
  figures,
  type Line,
  type Span,
  span,
  type Tone,
  table,
  widthOf,
  written,
} from './styled-lines.js';
import type { ModelView, ProviderView, TopView } from './top-view.js';

/** Lines that belong together. */
interface Section {
  readonly lines: readonly Line[];
  /** Lines that stay where the terminal is short; the rest may be cut. */
  readonly min: number;
}

const SPARKS = '▁▂▃▄▅▆▇█';
const NONE = '-';

/**
 * Draws a view: lines of at most `columns` columns, at most `rows` of them. Where the terminal is short, models, budgets
 * and providers are cut first; where it is narrow, figures go to further lines and tables lose columns.
 */
export function renderTop(
  view: TopView,
  columns: number,
  rows: number,
  hasColours: boolean,
): readonly string[] {
  const sections = [
    { lines: heading(view, columns), min: 1 },
    { lines: keyFigures(view, columns, rows), min: 4 },
    { lines: problems(view), min: 1 },
    { lines: providers(view, columns), min: 3 },
    { lines: budgets(view, columns), min: 0 },
    { lines: models(view, columns), min: 0 },
  ].filter(({ lines }) => lines.length > 0);
  return fitted(sections, rows).map((line) => written(line, columns, hasColours));
}

/** Blank lines go first, then the ends of the last sections. */
function fitted(sections: readonly Section[], rows: number): readonly Line[] {
  const spaced = sections.flatMap(({ lines }, index) => (index === 0 ? lines : [[], ...lines]));
  if (spaced.length <= rows) return spaced;
  let excess = sections.reduce((sum, { lines }) => sum + lines.length, 0) - rows;
  const cut: (readonly Line[])[] = [];
  for (const { lines, min } of [...sections].reverse()) {
    const keep = Math.max(min, lines.length - Math.max(0, excess));
    excess -= lines.length - keep;
    cut.unshift(shortened(lines, keep));
  }
  return cut.flat().slice(0, Math.max(1, rows));
}

function shortened(lines: readonly Line[], keep: number): readonly Line[] {
  if (keep >= lines.length) return lines;
  // A table of a heading and `1 more` says nothing.
  if (keep < 3) return keep < 2 ? lines.slice(0, keep) : [];
  return [...lines.slice(0, keep - 1), [span(`… ${lines.length - keep + 1} more`, 'dim')]];
}

function heading(view: TopView, columns: number): readonly Line[] {
  const { targets, services, title } = view;
  const named = services.length === 0 ? [] : [span(' · ', 'dim'), span(services.slice(0, 3).join(', '))];
  const left = [span('llm-edge top', 'strong'), span(' · ', 'dim'), span(title), ...named];
  const tone: Tone =
    targets.answering === 0 ? 'bad' : targets.answering < (targets.known ?? 0) ? 'warning' : 'plain';
  const count =
    targets.known === undefined ? `${targets.answering}` : `${targets.answering} of ${targets.known}`;
  const right = [span(`${count} answering`, tone), span(` · ${clock(view.at)}`, 'dim')];
  const gap = columns - widthOf(left) - widthOf(right);
  return gap >= 2 ? [[...left, span(' '.repeat(gap)), ...right]] : [left, right];
}

const clock = (at: number): string => new Date(at).toTimeString().slice(0, 8);

const known = <Value>(value: Value | null, format: (value: Value) => string): string =>
  value === null ? NONE : format(value);

const item = (label: string, value: string, tone: Tone = 'plain'): Line => [
  span(`${label} `, 'dim'),
  span(value, tone === 'plain' ? 'strong' : tone),
];

/** Totals begin with the first look, and are not known by it. */
const totalOf = (view: TopView, total: number, format: (value: number) => string): string =>
  view.watchedSeconds === 0 ? NONE : format(total);

const perSecond = (value: number | null): string => known(value, (rate) => `${shortNumber(rate)}/s`);

const ERROR_TYPES_SHOWN = 5;
/** With fewer rows, the tables need the room of the details. */
const SHORT = 20;

function errorTone(ratio: number | null): Tone {
  if (ratio === null || ratio < 0.01) return 'plain';
  return ratio < 0.05 ? 'warning' : 'bad';
}

function keyFigures(view: TopView, columns: number, rows: number): readonly Line[] {
  const { requests, errors, latency, timeToFirstToken: first, tokens, cost, cache, unseen } = view;
  const spark: readonly Line[] =
    columns < 60 || view.history.length < 2 ? [] : [[span(sparkline(view.history))]];
  const unseenItems = [
    ['unrecognised', unseen.unrecognisedPerSecond],
    ['unpriced', unseen.unpricedPerSecond],
    ['usage missing', unseen.usageMissingPerSecond],
  ] as const;
  const notSeen = unseenItems.filter(([, rate]) => rate > 0);
  const hourly = cost.usdPerSecond === null ? null : cost.usdPerSecond * 3600;
  const named: readonly (readonly [string, readonly Line[]])[] = [
    [
      'Requests',
      [
        item('rate', perSecond(requests.perSecond)),
        item('in flight', known(requests.inFlight, shortCount)),
        item('total', totalOf(view, requests.total, shortCount)),
        ...spark,
      ],
    ],
    [
      'Errors',
      [
        item('share', known(errors.ratio, percent), errorTone(errors.ratio)),
        item('total', totalOf(view, errors.total, shortCount)),
        ...errors.byType
          .slice(0, rows < SHORT ? 0 : ERROR_TYPES_SHOWN)
          .map(({ errorType, perSecond: rate }) => item(errorType, perSecond(rate))),
      ],
    ],
    ['Latency', [item('p50', known(latency.p50Ms, duration)), item('p95', known(latency.p95Ms, duration))]],
    ['1st token', [item('p50', known(first.p50Ms, duration)), item('p95', known(first.p95Ms, duration))]],
    [
      'Tokens',
      [
        item('in', perSecond(tokens.inputPerSecond)),
        item('out', perSecond(tokens.outputPerSecond)),
        item('total', totalOf(view, tokens.total, shortCount)),
      ],
    ],
    [
      'Cost',
      [
        item(
          'rate',
          known(cost.usdPerSecond, (usd) => `${shortUsd(usd)}/s`),
        ),
        item('an hour', known(hourly, shortUsd)),
        item('total', totalOf(view, cost.totalUsd, shortUsd)),
      ],
    ],
    [
      'Cache',
      [
        item('hit rate', known(cache.hitRatio, percent)),
        ...cache.tiers.map(({ tier, hitRatio }) => item(tier, percent(hitRatio))),
      ],
    ],
    ['Not seen', notSeen.map(([name, rate]) => item(name, perSecond(rate), 'warning'))],
  ];
  return named.flatMap(([name, items]) => (items.length === 0 ? [] : figures(name, items, columns)));
}

function sparkline(history: readonly number[]): string {
  const latest = history.slice(-20);
  const highest = Math.max(...latest);
  return latest
    .map((value) => SPARKS[highest === 0 ? 0 : Math.round((value / highest) * (SPARKS.length - 1))])
    .join('');
}

const PROBLEMS_SHOWN = 5;

function problems(view: TopView): readonly Line[] {
  const hint =
    view.targets.answering > 0 && view.providers.length === 0
      ? [[span('No requests recorded yet. `npx llm-edge-monitoring doctor` finds out why.', 'warning')]]
      : [];
  const all = view.targets.problems;
  const more =
    all.length > PROBLEMS_SHOWN ? [[span(`… ${all.length - PROBLEMS_SHOWN} more targets`, 'bad')]] : [];
  return [...all.slice(0, PROBLEMS_SHOWN).map((problem) => [span(problem, 'bad')]), ...more, ...hint];
}

const availability = (isAvailable: boolean | null): Span =>
  isAvailable === null ? span(NONE, 'dim') : isAvailable ? span('up', 'good') : span('down', 'bad');

const CIRCUIT_TONES = { closed: 'good', 'half-open': 'warning', open: 'bad' } as const;

function headroom(of: ProviderView['headroom']): Span {
  if (of === null) return span(NONE, 'dim');
  const tone = of.ratio < 0.1 ? 'bad' : of.ratio < 0.25 ? 'warning' : 'plain';
  return span(`${percent(of.ratio)} ${of.limit}`, tone);
}

const PROVIDER_COLUMNS: readonly Column<ProviderView>[] = [
  { title: 'Provider', rank: 0, cell: ({ provider }) => span(provider) },
  { title: 'req/s', rank: 1, cell: (row) => span(shortNumber(row.requestsPerSecond)) },
  {
    title: 'errors',
    rank: 0,
    cell: ({ errorRatio: ratio }) => span(known(ratio, percent), errorTone(ratio)),
  },
  { title: 'p95', rank: 2, cell: ({ p95Ms }) => span(known(p95Ms, duration)) },
  { title: 'health', rank: 0, cell: ({ isAvailable }) => availability(isAvailable) },
  {
    title: 'circuit',
    rank: 3,
    cell: ({ circuit }) => (circuit === null ? span(NONE, 'dim') : span(circuit, CIRCUIT_TONES[circuit])),
  },
  { title: 'headroom', rank: 4, cell: (row) => headroom(row.headroom) },
];

function providers(view: TopView, columns: number): readonly Line[] {
  return table(PROVIDER_COLUMNS, view.providers, columns);
}

const usedOf = ({ spentUsd, limitUsd }: TopView['budgets'][number]): number | null =>
  limitUsd === null || limitUsd <= 0 ? null : spentUsd / limitUsd;

function usedSpan(used: number | null): Span {
  if (used === null) return span(NONE, 'dim');
  return span(percent(used), used >= 1 ? 'bad' : used >= 0.8 ? 'warning' : 'plain');
}

const BUDGET_COLUMNS: readonly Column<TopView['budgets'][number]>[] = [
  { title: 'Budget', rank: 0, cell: ({ budget }) => span(budget) },
  { title: 'spent', rank: 1, cell: ({ spentUsd }) => span(shortUsd(spentUsd)) },
  { title: 'limit', rank: 2, cell: ({ limitUsd }) => span(known(limitUsd, shortUsd)) },
  { title: 'used', rank: 0, cell: (row) => usedSpan(usedOf(row)) },
];

function budgets(view: TopView, columns: number): readonly Line[] {
  return table(BUDGET_COLUMNS, view.budgets, columns);
}

const MODEL_COLUMNS: readonly Column<ModelView>[] = [
  { title: 'Model', rank: 0, cell: ({ provider, model }) => span(`${provider}/${model}`) },
  { title: 'req/s', rank: 1, cell: (row) => span(shortNumber(row.requestsPerSecond)) },
  { title: 'p95', rank: 3, cell: ({ p95Ms }) => span(known(p95Ms, duration)) },
  { title: '$/hour', rank: 2, cell: ({ usdPerSecond }) => span(shortUsd(usdPerSecond * 3600)) },
  { title: 'total', rank: 0, cell: ({ totalUsd }) => span(shortUsd(totalUsd)) },
];

const MODELS_SHOWN = 10;

function models(view: TopView, columns: number): readonly Line[] {
  // Without totals the column would be empty.
  const shown = view.watchedSeconds > 0 ? MODEL_COLUMNS : MODEL_COLUMNS.slice(0, -1);
  return table(shown, view.models.slice(0, MODELS_SHOWN), columns);
}
