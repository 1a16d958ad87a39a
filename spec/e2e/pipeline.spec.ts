import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { freePorts } from '../../bench/ports.js';
import { allDashboards } from '../../scripts/dashboards/dashboards.js';
import { EMPTY_WHEN_HEALTHY } from '../../scripts/dashboards/empty-when-healthy.js';
import { collectQueries } from '../../scripts/promql/collect-queries.js';
import { emptyQueries, evaluateQueries, failedQueries } from '../../scripts/promql/evaluate-queries.js';
import { loadRules } from '../../scripts/promql/rules.js';
import { countersOfSamples, countersOfTotals } from './support/counters.js';
import { eventually } from './support/eventually.js';
import { parseExposition, type Sample } from './support/exposition.js';
import { type Gateway, type GatewayTotals, startGateway } from './support/gateway.js';
import { readText } from './support/http.js';
import { startOtherCalls } from './support/other-calls.js';
import { stopAllPrograms } from './support/program.js';
import { type PrometheusProcess, startPrometheus } from './support/prometheus-process.js';
import { addressOf, type Stack, startStack } from './support/stack.js';
import { createWorkspace } from './support/workspace.js';

const REPOSITORY = resolve(__dirname, '../..');
/** The job that scrapes the gateway in prometheus.yml. */
const SCRAPED = 'llm-edge-agent';
/** Its name on the other path: prometheus.yml drops what comes pushed from a service that it scrapes. */
const PUSHED = 'pushing-agent';
/** The last rule to have data: it adds up what another rule recorded at full minutes. */
const LAST_RULE = 'job:llm_edge_slo_events:increase3d';
/** They count the scrapes and pushes themselves, so two readers never see the same. */
const READING_METRICS = /^llm_edge_monitoring_(scrape|push)/;
/** They vanish from a scrape once they are stale; the Collector shows what it was sent for some minutes more. */
const FRESH_GAUGES = /^llm_edge_rate_limit_/;

const workspace = createWorkspace();
let stack: Stack;
let gateway: Gateway;
let prometheus: PrometheusProcess;
let totals: GatewayTotals;
let otherCalls: Awaited<ReturnType<typeof startOtherCalls>> | undefined;

beforeAll(async () => {
  stack = await startStack(workspace);
  otherCalls = await startOtherCalls(stack.collector);
  gateway = await startGateway({
    serviceName: PUSHED,
    collector: stack.collector,
    metrics: 'prometheus,otlp',
    requests: 700,
    rate: 70,
  });
  const { port } = await freePorts(['port']);
  prometheus = await startPrometheus({
    repository: REPOSITORY,
    folder: workspace.folder('prometheus'),
    port,
    targets: {
      [SCRAPED]: { address: gateway.metricsAddress },
      'otel-collector': { address: addressOf(stack.collector.telemetryUrl) },
      'otel-collector-metrics': { address: addressOf(stack.collector.metricsUrl) },
    },
  });
  totals = await gateway.totals();
}, 120_000);

afterAll(async () => {
  await otherCalls?.stop();
  await stopAllPrograms();
  workspace.remove();
});

/** The series of one job by name and labels, without what tells the targets apart. */
function seriesOf(samples: readonly Sample[]): ReadonlyMap<string, number> {
  return new Map(
    samples.map(({ name, labels: { job: _job, instance: _instance, ...labels }, value }) => [
      `${name} ${JSON.stringify(Object.entries(labels).sort())}`,
      READING_METRICS.test(name) ? Number.NaN : value,
    ]),
  );
}

/** Each reader adds the same floating point numbers up in steps of its own. */
const RELATIVE_ERROR = 1e-9;

/** What the one has otherwise than the other, or has not. */
function differences(ones: readonly Sample[], others: readonly Sample[]): readonly string[] {
  const [one, other] = [seriesOf(ones), seriesOf(others)];
  return [...new Set([...one.keys(), ...other.keys()])].flatMap((series) => {
    const [a, b] = [one.get(series), other.get(series)];
    if (a === undefined || b === undefined) return [`${series}: ${a} and ${b}`];
    const isEqual = !(Math.abs(a - b) > RELATIVE_ERROR * Math.abs(a));
    return isEqual ? [] : [`${series}: ${a} and ${b}`];
  });
}

function jobSeries(job: string): Promise<readonly Sample[]> {
  return prometheus.query(`{__name__=~"llm_edge_.+", job="${job}"}`);
}

describe('the scrape of a gateway', () => {
  it('pleases promtool check metrics', async () => {
    const input = await readText(gateway.metricsUrl, { accept: 'text/plain; version=0.0.4' });
    const { stderr, stdout, error } = spawnSync('promtool', ['check', 'metrics'], {
      input,
      encoding: 'utf8',
    });
    expect(error).toBeUndefined();
    // "ms" in names is inherited, and promtool would rather have seconds.
    const complaints = `${stdout}${stderr}`
      .split('\n')
      .filter((line) => line !== '' && !line.includes('abbreviated units'));
    expect(complaints).toEqual([]);
  });

  it('has the totals of the gateway', async () => {
    const samples = parseExposition(await readText(gateway.metricsUrl));
    expect(countersOfSamples(samples)).toEqual(countersOfTotals([totals]));
  });
});

describe('Prometheus', () => {
  it('had failures, retries, failovers and cache hits to count', () => {
    expect(totals.operations).toBe(700);
    expect(totals.errors).toBeGreaterThan(10);
    expect(totals.retries).toBeGreaterThan(0);
    expect(totals.failovers).toBeGreaterThan(2);
    expect(totals.cacheHits).toBeGreaterThan(50);
  });

  it.each([
    ['a direct scrape', SCRAPED],
    ['OTLP and the Collector', PUSHED],
  ])('has the totals of the gateway through %s', async (_, job) => {
    const expected = countersOfTotals([totals]);
    await eventually(
      async () => {
        expect(countersOfSamples(await jobSeries(job))).toEqual(expected);
        return true;
      },
      { what: `the totals of ${job}` },
    );
  });

  it('has the same names, labels and values on both paths', async () => {
    await eventually(
      async () => {
        const [scraped, pushed] = await Promise.all([jobSeries(SCRAPED), jobSeries(PUSHED)]);
        const lingering = pushed.filter(({ name }) => FRESH_GAUGES.test(name));
        const scrapedGauges = scraped.filter(({ name }) => FRESH_GAUGES.test(name));
        const fresh = seriesOf(scrapedGauges);
        const stillFresh = lingering.filter((sample) =>
          [...seriesOf([sample]).keys()].every((key) => fresh.has(key)),
        );
        expect(differences(stillFresh, scrapedGauges)).toEqual([]);
        expect(differences(without(pushed, lingering), without(scraped, scrapedGauges))).toEqual([]);
        return true;
      },
      { what: 'both paths to agree' },
    );
  });
});

function without(samples: readonly Sample[], others: readonly Sample[]): readonly Sample[] {
  return samples.filter((sample) => !others.includes(sample));
}

describe('dashboards and rules', () => {
  const rules = loadRules(resolve(REPOSITORY, 'prometheus/rules'));
  const queries = collectQueries(allDashboards(), rules, { rateInterval: '5m', range: '1h' });

  it('have data for every panel, variable and recording rule', async () => {
    await prometheus.waitFor(`${LAST_RULE} and ${LAST_RULE} offset 3s`, 90_000);
    const healthy = Object.entries(EMPTY_WHEN_HEALTHY).flatMap(([name, titles]) =>
      titles.map((title) => `${name}.json: ${title}`),
    );
    const wanted = queries
      .filter(({ kind }) => ['panel', 'variable', 'recording rule'].includes(kind))
      .filter(({ source }) => !healthy.some((panel) => source.startsWith(panel)));
    expect(emptyQueries(await evaluateQueries(prometheus.url, wanted))).toEqual([]);
  }, 180_000);

  it('evaluate every alert', async () => {
    const outcomes = await evaluateQueries(
      prometheus.url,
      queries.filter(({ kind }) => kind === 'alert'),
    );
    expect(failedQueries(outcomes)).toEqual([]);
  }, 60_000);
});
