import { type Diagnosis, partsOf, sumOf } from './diagnosis.js';
import type { Evidence } from './evidence.js';

const DAY_MS = 86_400_000;
const PRICE_LIST_DAYS_MAX = 30;
/** A viewer that goes away in the middle of a page is one failed scrape, and no fault. */
const FAILED_SCRAPES_SHARE = 0.05;
const CLOCK_MS_MAX = 30_000;

const requests = (evidence: Evidence): number => sumOf(evidence, 'llm_edge_requests_total');
const operations = (evidence: Evidence): number => sumOf(evidence, 'llm_edge_operations_total');
const inFlight = (evidence: Evidence): number => sumOf(evidence, 'llm_edge_active_requests');
const withParts = (text: string, parts: string | undefined): string | undefined =>
  parts === undefined ? undefined : `${text}: ${parts}.`;

function unrecognised(evidence: Evidence): string | undefined {
  return partsOf(evidence, 'llm_edge_monitoring_unrecognised_requests_total', 'host', 'seen_by');
}

/** Answers without usage, of the reason that is the caller's or of the others. */
function usageMissing({ samples, ...evidence }: Evidence, isCutOff: boolean): string | undefined {
  const ofReason = samples.filter(({ labels }) => (labels['reason'] === 'cut_off') === isCutOff);
  return partsOf(
    { ...evidence, samples: ofReason },
    'llm_edge_usage_missing_total',
    'provider',
    'model',
    'reason',
  );
}

function folded(evidence: Evidence): string | undefined {
  return partsOf(evidence, 'llm_edge_monitoring_series_overflow_total', 'label');
}

function priceListDays(evidence: Evidence): number {
  const publishedMs = sumOf(evidence, 'llm_edge_price_list_timestamp_seconds') * 1000;
  return publishedMs > 0 ? (evidence.nowMs - publishedMs) / DAY_MS : 0;
}

/** Why a page of this package lacks numbers, most likely first. */
export const COUNT_DIAGNOSES: readonly Diagnosis[] = [
  {
    id: 'other_service',
    test: ({ expectedService, processes }) => {
      const names = processes.map(({ serviceName }) => serviceName);
      if (expectedService === undefined || names.includes(expectedService)) return undefined;
      return `The page belongs to the service ${names.join(', ') || 'without a name'}, not to ${expectedService}.`;
    },
    remedy: 'Another process answers here, or OTEL_SERVICE_NAME is not set where the process is started.',
  },
  {
    id: 'several_processes',
    test: ({ processes }) =>
      processes.length > 1 ? `${processes.length} processes answer on this port in turn.` : undefined,
    remedy:
      'Each has its own counters, so a scrape shows only one of them. Scrape the port of this package, which has ' +
      'one page for all workers of a machine, or push (OTEL_METRICS_EXPORTER=otlp). See docs/fleet.md.',
  },
  {
    id: 'part_of_group',
    isNote: true,
    test: ({ group }) =>
      group !== undefined && group.members > group.shown
        ? `The page covers ${group.shown} of ${group.members} processes.`
        : undefined,
    remedy:
      'The calls may be made in another process: start all of them with one port, user and service.name, so that they ' +
      'share a page, or give each a port (LLM_EDGE_METRICS_PORT=auto) and scrape all of them.',
  },
  {
    id: 'status_hidden',
    isNote: true,
    test: ({ isStatusHidden }) =>
      isStatusHidden
        ? 'The settings were not looked at: the status page demands its authorization.'
        : undefined,
    remedy: 'Pass the value of statusPage.authorization by LLM_EDGE_STATUS_AUTHORIZATION.',
  },
  {
    id: 'setting_refused',
    test: ({ settingWarnings: [first, ...more] }) =>
      first && `A setting is not used: ${first}${more.length > 0 ? ` (and ${more.length} more)` : ''}.`,
    remedy: '`npx llm-edge-monitoring check` lists all settings with their origins.',
  },
  {
    id: 'unrecognised',
    test: (evidence) =>
      withParts('Calls that look like calls to a model are not observed', unrecognised(evidence)),
    remedy:
      'fetch: declare the host (hosts of instrumentFetch, or LLM_EDGE_HOSTS=host=provider). undici, http: the client ' +
      'does not use the instrumented fetch; pass it fetch: instrumentFetch(). See docs/unseen.md.',
  },
  {
    id: 'operations_only',
    test: (evidence) =>
      requests(evidence) === 0 && operations(evidence) > 0
        ? `${operations(evidence)} operations were recorded, but no request to a provider.`
        : undefined,
    remedy:
      'All were answered by a cache, or the calls within them are not observed: pass fetch: instrumentFetch() to the client, ' +
      'or call observeRequest() around them.',
  },
  {
    id: 'requests_hang',
    test: (evidence) =>
      requests(evidence) === 0 && inFlight(evidence) > 0
        ? `${inFlight(evidence)} requests are in flight, and none has ended.`
        : undefined,
    remedy: 'A request ends with the last byte of its answer: read streams to their end, or cancel them.',
  },
  {
    id: 'nothing_recorded',
    test: (evidence) =>
      requests(evidence) === 0 &&
      operations(evidence) === 0 &&
      inFlight(evidence) === 0 &&
      unrecognised(evidence) === undefined
        ? evidence.families.has('llm_edge_requests_total') || evidence.families.has('llm_edge_requests')
          ? 'The counters of the declared providers are all zero: nothing has been recorded.'
          : 'The process answers, but nothing has been recorded.'
        : undefined,
    remedy:
      'Make a call first. Then: does the client get fetch: instrumentFetch(), or is the process started with ' +
      '--import llm-edge-monitoring/register before any code keeps a reference to the original fetch? Are the calls made in this ' +
      'process, and not in a worker thread (LLM_EDGE_WORKER_THREADS), a child or another worker? Is there one ' +
      'copy of the package (npm ls llm-edge-monitoring)? Clients that use another HTTP library, such as axios, ' +
      'need observeRequest().',
  },
  {
    id: 'dropped',
    test: (evidence) =>
      withParts(
        'Values were dropped or mapped',
        partsOf(evidence, 'llm_edge_monitoring_dropped_total', 'reason'),
      ),
    remedy: 'A call site passes wrong values: one line in the diagnostic log per reason names the helper.',
  },
  {
    id: 'unpriced',
    test: (evidence) =>
      withParts(
        'Requests have no cost',
        partsOf(evidence, 'llm_edge_unpriced_requests_total', 'provider', 'model', 'reason'),
      ),
    remedy:
      'Set a price (pricing.overrides, LLM_EDGE_PRICES_FILE), or pricing.deployments for your own deployment names. ' +
      '`npx llm-edge-monitoring price <model>` finds similar names. See docs/unseen.md.',
  },
  {
    id: 'usage_missing',
    test: (evidence) => withParts('Answers came without usage', usageMissing(evidence, false)),
    remedy:
      'not_asked: set LLM_EDGE_INCLUDE_STREAM_USAGE=true or stream_options.include_usage. not_reported: switch it on ' +
      'at the server. See docs/unseen.md.',
  },
  {
    id: 'usage_cut_off',
    isNote: true,
    test: (evidence) => withParts('Answers were cut off before their usage', usageMissing(evidence, true)),
    remedy:
      'Callers went away, or connections broke: what these answers cost is not known. If your code leaves streams ' +
      'early, read them to their end, or set LLM_EDGE_ESTIMATE_USAGE=true.',
  },
  {
    id: 'folded',
    test: (evidence) => withParts('Names were folded into "other"', folded(evidence)),
    remedy: 'Raise limits.models or limits.providers, or stop callers from inventing names.',
  },
  {
    id: 'spans_dropped',
    test: (evidence) =>
      withParts('Spans were lost', partsOf(evidence, 'llm_edge_monitoring_spans_dropped_total', 'reason')),
    remedy:
      'export_failed: is a Collector running at OTEL_EXPORTER_OTLP_ENDPOINT, and is the protocol right ' +
      '(OTEL_EXPORTER_OTLP_PROTOCOL)? queue_full: raise OTEL_BSP_MAX_QUEUE_SIZE. `npx llm-edge-monitoring check` tries it.',
  },
  {
    id: 'pushes_failed',
    test: (evidence) => {
      const failed = sumOf(evidence, 'llm_edge_monitoring_pushes_total', { outcome: 'failed' });
      return failed > 0 ? `${failed} pushes of metrics failed.` : undefined;
    },
    remedy:
      'Is a Collector running at OTEL_EXPORTER_OTLP_ENDPOINT? No totals are lost, because the next push carries them.',
  },
  {
    id: 'scrapes_failed',
    test: (evidence) => {
      const all = sumOf(evidence, 'llm_edge_monitoring_scrapes_total');
      const failed = all - sumOf(evidence, 'llm_edge_monitoring_scrapes_total', { outcome: 'success' });
      return failed > all * FAILED_SCRAPES_SHARE
        ? `${failed} of ${all} scrapes failed or took too long.`
        : undefined;
    },
    remedy:
      'Raise scrape_timeout of Prometheus and LLM_EDGE_METRICS_TIMEOUT, or reduce series (limits.models).',
  },
  {
    id: 'price_list',
    test: (evidence) =>
      evidence.samples.some(
        ({ name, value }) => name === 'llm_edge_price_list_last_reload_successful' && value === 0,
      )
        ? 'The last attempt to load a price list failed.'
        : undefined,
    remedy: 'Check LLM_EDGE_PRICE_LIST; the list before it is still used. See docs/price-list.md.',
  },
  {
    id: 'price_list_old',
    isNote: true,
    test: (evidence) =>
      priceListDays(evidence) > PRICE_LIST_DAYS_MAX
        ? `The price list is ${Math.floor(priceListDays(evidence))} days old.`
        : undefined,
    remedy:
      'Prices may have changed: update this package, or set LLM_EDGE_PRICE_LIST. See docs/price-list.md.',
  },
  {
    id: 'clock',
    test: ({ clockAheadMs }) =>
      Math.abs(clockAheadMs) > CLOCK_MS_MAX
        ? `The clock of the process is ${Math.abs(Math.round(clockAheadMs / 1000))} s ${clockAheadMs > 0 ? 'ahead' : 'behind'}.`
        : undefined,
    remedy:
      'Synchronise it with NTP: spans and budgets use its time, so dashboards show them at the wrong time.',
  },
];
