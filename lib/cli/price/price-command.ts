import { listedModels } from '../../cost/price-list.js';
import { type PriceListInfo, priceListState } from '../../cost/price-list-in-force.js';
import { startPriceListRefresh } from '../../cost/price-list-refresh.js';
import { type ResolvedPricing, resolvePricing } from '../../cost/pricing-options.js';
import type { Usage } from '../../cost/usage.js';
import { type Command, EXIT, type ExitCode, readCommandLine, refuse, type Terminal } from '../command.js';
import { printable } from '../outside-text.js';
import { type Comparison, comparisonText, type PriceReport, priceText } from './price-text.js';
import { modelNamed, type PricedUsage, priceUsage } from './price-usage.js';
import { similarModels } from './similar-models.js';
import { readAmount, readUsage, USAGE_FLAGS } from './usage-flags.js';

const USAGE = `Usage: npx llm-edge-monitoring price <model> --input <n> --output <n> [flags]

Prices token usage as the package does, with its price list and the file of LLM_EDGE_PRICES_FILE. A
model is provider/model, or a model alone. Numbers may be written as 1200, 20k or 1.5M.

  --input <n>          input tokens, cached ones included
  --output <n>         output tokens, reasoning included
  --cache-read <n>     part of the input that was read from the prompt cache
  --cache-write <n>    part of the input that was written to the prompt cache;
                       --cache-write-1h <n> of it for one hour
  --reasoning <n>      part of the output
  --requests <n>       number of requests with this usage (default: 1)
  --what-if <model>    compare with another model; may be repeated
  --at <date>          use the prices of that date, such as 2026-09-01 (default: now)
  --json               print JSON
  --help               show this

Other counts: ${Object.keys(USAGE_FLAGS)
  .slice(6)
  .map((flag) => `--${flag}`)
  .join(' ')
  .replace(/(.{1,84})(?: |$)/g, '$1\n  ')
  .trim()}

Exit code: 0 priced, 1 a model or one of its prices is unknown, 2 the command line is wrong.
`;

const FLAGS = {
  ...USAGE_FLAGS,
  requests: { type: 'string', default: '1' },
  'what-if': { type: 'string', multiple: true },
  at: { type: 'string' },
  json: { type: 'boolean', default: false },
} as const;

export const price: Command = { usage: USAGE, run: runPrice };

async function runPrice(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const line = readCommandLine(args, FLAGS);
  if (!line.ok) return refuse(terminal, line.problem, USAGE);
  const { flags, values } = line;
  const [model, ...more] = values;
  if (!model || more.length > 0) return refuse(terminal, 'Name one model.', USAGE);
  const usage = readUsage(flags);
  if ('problem' in usage) return refuse(terminal, usage.problem, USAGE);
  const requests = readAmount(flags.requests) ?? 0;
  if (!Number.isSafeInteger(requests) || requests < 1) {
    return refuse(terminal, '--requests takes a positive whole number.', USAGE);
  }
  const at = flags.at === undefined ? new Date() : dateOf(flags.at);
  if (at === undefined) return refuse(terminal, '--at takes a date, such as 2026-09-01.', USAGE);
  return withPrices(terminal, async (pricing, list) => {
    const others = flags['what-if'] ?? [];
    const problems: string[] = [];
    const found: PricedUsage[] = [];
    for (const name of [model, ...others]) {
      const priced = await pricedOrProblem(name, pricing, usage, at);
      if (typeof priced === 'string') problems.push(priced);
      else found.push(priced);
      // Without the model itself there is nothing to compare with.
      if (found.length === 0) break;
    }
    for (const problem of problems) terminal.stderr.write(`${problem}\n`);
    const [main, ...rest] = found;
    if (main === undefined) return EXIT.failed;
    const report: PriceReport = { priced: main, requests, list };
    const comparisons = rest.map((other) => compare(other, main, requests));
    terminal.stdout.write(
      flags.json
        ? `${JSON.stringify(document(report, comparisons))}\n`
        : `${priceText(report)}${comparisonText(comparisons)}`,
    );
    return problems.length === 0 ? EXIT.ok : EXIT.failed;
  });
}

/** Works with the prices of the environment: the file of overrides, and a newer list if there is one. */
async function withPrices(
  { env, stderr }: Terminal,
  work: (config: ResolvedPricing['config'], list: PriceListInfo) => Promise<ExitCode>,
): Promise<ExitCode> {
  const { config, warnings } = resolvePricing(undefined, env);
  for (const { variable, option, seen, remedy } of warnings) {
    stderr.write(`${variable ?? option}: ${seen}; ${remedy}. It is left out.\n`);
  }
  const refresh = config.list === undefined ? undefined : startPriceListRefresh(config.list);
  try {
    await refresh?.loaded;
    const { isReloadSuccessful, ...list } = priceListState();
    if (!isReloadSuccessful) stderr.write('LLM_EDGE_PRICE_LIST cannot be used; the bundled list is used.\n');
    return await work(config, list);
  } finally {
    refresh?.stop();
  }
}

async function pricedOrProblem(
  name: string,
  config: ResolvedPricing['config'],
  usage: Usage,
  at: Date,
): Promise<PricedUsage | string> {
  const model = modelNamed(name, config);
  const priced = model === undefined ? undefined : priceUsage(config, model, usage, at);
  if (priced !== undefined && 'totalUsd' in priced) return priced;
  if (priced !== undefined && !priced.isUnknown)
    return `${printable(name)} has no price for this usage: ${priced.problem}.`;
  const similar = similarModels(name, await listedModels());
  const hint = similar.length === 0 ? '' : ` Similar: ${similar.join(', ')}.`;
  return `${printable(name)} has no known price.${hint}`;
}

function compare(other: PricedUsage, main: PricedUsage, requests: number): Comparison {
  const [totalUsd, mainUsd] = [other.totalUsd * requests, main.totalUsd * requests];
  const { provider, model } = other;
  const differenceUsd = totalUsd - mainUsd;
  return { provider, model, totalUsd, differenceUsd, ratio: mainUsd > 0 ? differenceUsd / mainUsd : null };
}

function document({ priced, requests, list }: PriceReport, whatIf: readonly Comparison[]): object {
  const { provider, model, totalUsd, source, items, perRequestUsd } = priced;
  return {
    schemaVersion: 1,
    provider,
    model,
    requests,
    totalUsd: totalUsd * requests,
    perRequestUsd: totalUsd,
    source,
    items: [
      ...items.map(({ unit, count, rateUsd, totalUsd: itemUsd }) => {
        return { unit: unit.usage, count, rateUsd, per: unit.per, totalUsd: itemUsd };
      }),
      ...(perRequestUsd > 0
        ? [{ unit: 'requests', count: 1, rateUsd: perRequestUsd, per: 1, totalUsd: perRequestUsd }]
        : []),
    ],
    priceList: { source: list.source, version: list.version, publishedAt: dayOf(list.publishedMs) },
    whatIf,
  };
}

function dayOf(ms: number): string | null {
  return Number.isFinite(ms) ? new Date(ms).toISOString().slice(0, 10) : null;
}

function dateOf(text: string): Date | undefined {
  const date = /^\d{4}-\d{2}-\d{2}(T[\d:.]+(Z|[+-]\d{2}:\d{2}))?$/.test(text) ? new Date(text) : undefined;
  return date === undefined || Number.isNaN(date.getTime()) ? undefined : date;
}
