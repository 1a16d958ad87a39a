import type { Diagnosis } from './diagnosis.js';
import { type Evidence, hasOurMetrics } from './evidence.js';

const statusOf = ({ page }: Evidence): number | undefined => (page.ok ? page.status : undefined);
const isSet = ({ env }: Evidence, variable: string, pattern: RegExp): boolean =>
  pattern.test(env[variable]?.trim() ?? '');

/** Exporters in the shell of the doctor that leave out the page. */
function exportersElsewhere(evidence: Evidence): string | undefined {
  const exporters = evidence.env['OTEL_METRICS_EXPORTER']?.trim() ?? '';
  return exporters !== '' && !/(^|,)\s*prometheus\s*(,|$)/i.test(exporters) ? exporters : undefined;
}

/** Why there is no page of this package, most likely first. */
export const ANSWER_DIAGNOSES: readonly Diagnosis[] = [
  {
    id: 'sdk_disabled',
    test: (evidence) =>
      !evidence.page.ok && isSet(evidence, 'OTEL_SDK_DISABLED', /^true$/i)
        ? 'OTEL_SDK_DISABLED is true in this shell, and nothing answers.'
        : undefined,
    remedy:
      'Unset OTEL_SDK_DISABLED where the process is started: while it is set, nothing is recorded and no port is opened.',
  },
  {
    id: 'no_prometheus_exporter',
    test: (evidence) => {
      const exporters = evidence.page.ok ? undefined : exportersElsewhere(evidence);
      return exporters && `OTEL_METRICS_EXPORTER is ${exporters} in this shell, and nothing answers.`;
    },
    remedy:
      'Add prometheus (OTEL_METRICS_EXPORTER=prometheus,otlp), or look for the metrics where they are pushed.',
  },
  {
    id: 'page_elsewhere',
    test: ({ pagesElsewhere, url }) =>
      pagesElsewhere.length > 0
        ? `${url.href} has no metrics page of this package, but ${pagesElsewhere.join(', ')} has.`
        : undefined,
    remedy:
      'Use that URL, and scrape it; LLM_EDGE_METRICS_PORT and LLM_EDGE_METRICS_PATH set where the page is served.',
  },
  {
    id: 'no_answer',
    test: ({ page, url }) => (page.ok ? undefined : `Nothing answers on ${url.host}: ${page.problem}.`),
    remedy:
      'Is the process running, and has its initMonitoring() resolved (its metricsUrl says where)? Is another port set ' +
      '(LLM_EDGE_METRICS_PORT, OTEL_EXPORTER_PROMETHEUS_PORT), or does it run in a container, where ' +
      'OTEL_EXPORTER_PROMETHEUS_HOST=0.0.0.0 and a published port are needed? OTEL_SDK_DISABLED=true and an ' +
      'OTEL_METRICS_EXPORTER without prometheus open no port. With the preload, a port in use is one line on standard ' +
      'error: LLM_EDGE_METRICS_PORT=auto takes the next one.',
  },
  {
    id: 'unauthorized',
    test: (evidence) =>
      statusOf(evidence) === 401 ? 'The page requires an Authorization header (401).' : undefined,
    remedy:
      'Pass the value of metrics.authorization with --authorization or LLM_EDGE_METRICS_AUTHORIZATION, and set it in ' +
      'the scrape job of Prometheus.',
  },
  {
    id: 'forbidden',
    test: (evidence) =>
      statusOf(evidence) === 403
        ? `Requests to the host name ${evidence.url.hostname} are refused (403).`
        : undefined,
    remedy: 'Add the name to LLM_EDGE_METRICS_ALLOWED_HOSTS, or use an IP address.',
  },
  {
    id: 'wrong_path',
    test: (evidence) =>
      statusOf(evidence) === 404 ? `There is no page at ${evidence.url.pathname} (404).` : undefined,
    remedy:
      'The path is /metrics, or what LLM_EDGE_METRICS_PATH says. If another program has the port, find the port of your process.',
  },
  {
    id: 'page_failed',
    test: (evidence) => {
      const status = statusOf(evidence) ?? 200;
      return status !== 200 && ![401, 403, 404].includes(status)
        ? `The page answers with status ${status}.`
        : undefined;
    },
    remedy:
      'A 503 is a scrape beyond LLM_EDGE_METRICS_TIMEOUT; a redirect or another status comes from a proxy in front of it.',
  },
  {
    id: 'not_our_page',
    test: ({ page, families, processes: [first] }) => {
      if (!page.ok || page.status !== 200 || hasOurMetrics(families)) return undefined;
      const service = first === undefined ? '' : `, of the service ${first.serviceName}`;
      return families.size === 0
        ? 'The answer is not a metrics page.'
        : `The page has no llm_edge metrics${service}.`;
    },
    remedy:
      'Another program has this port. Find the port of your process: monitoring.metricsUrl, or the line of the preload.',
  },
];
