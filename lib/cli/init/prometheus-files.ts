import { isMap, type YAMLSeq } from 'yaml';
import { type OutputFile, stamped } from './init-output.js';
import { errorBudgetOf, type InitParameters } from './init-parameters.js';
import {
  itemWith,
  listAt,
  listPackageFiles,
  readPackageFile,
  readPackageYaml,
  writeYaml,
} from './package-files.js';

/** The service of the example, whose place the user's takes. */
const EXAMPLE_JOB = 'llm-edge-agent';

/** Puts the objective into groups of rules. */
export function setObjective(groups: YAMLSeq, parameters: InitParameters): void {
  const rules = listAt(itemWith(groups, 'name', 'llm-edge-slo'), 'rules');
  const budget = itemWith(rules, 'record', 'global:llm_edge_error_budget:ratio');
  budget.set('expr', `vector(${errorBudgetOf(parameters)})`);
  // The comment above the first item is the list's.
  rules.commentBefore = ` The share that may fail, for an objective of ${parameters.objective} %.`;
}

/** The recording rules and the alerts, by the names of their files. */
export function ruleFiles(parameters: InitParameters): readonly OutputFile[] {
  return listPackageFiles('prometheus/rules', '.yml').map((path) => {
    if (!path.endsWith('/slo.yml')) return stamped(path, readPackageFile(path), parameters);
    const document = readPackageYaml(path);
    setObjective(listAt(document, 'groups'), parameters);
    return stamped(path, writeYaml(document), parameters);
  });
}

const HEADER = `\`job\` is the service: rules and dashboards group by it. Give it the name in OTEL_SERVICE_NAME.

The catalogue of a service arrives on ONE path, or every sum counts twice:
  scrape  a separate job here, and its name in the \`drop\` list of otel-collector-metrics;
  push    OTEL_METRICS_EXPORTER=otlp in the service, no job and no entry in that list.
The alert LlmEdgeCountedTwice fires when both arrive.`;

/** The configuration of Prometheus, which scrapes the user's service. */
export function prometheusFile(parameters: InitParameters): OutputFile {
  const path = 'prometheus/prometheus.yml';
  const { job, target, platform } = parameters;
  const document = readPackageYaml(path);
  const jobs = listAt(document, 'scrape_configs');
  if (platform === 'programs') {
    onThisMachine(jobs);
    onThisMachine(listAt(document, 'alerting', 'alertmanagers'));
  }
  const service = itemWith(jobs, 'job_name', EXAMPLE_JOB);
  service.set('job_name', job);
  service.setIn(['static_configs', 0, 'targets'], document.createNode(target, { flow: true }));
  const pushed = itemWith(jobs, 'job_name', 'otel-collector-metrics');
  pushed.setIn(['metric_relabel_configs', 0, 'regex'], scrapedRegex(job));
  return stamped(path, writeYaml(document, HEADER), parameters);
}

/** What the series of a scraped service are named, followed by its job. */
function scrapedRegex(job: string): string {
  return `llm_edge_.+;(?:${job.replaceAll('.', '\\.')})`;
}

/** Puts this machine in the place of the names of Compose's services. */
function onThisMachine(configs: YAMLSeq): void {
  for (const config of configs.items) {
    if (!isMap(config)) continue;
    const targets = listAt(config, 'static_configs', 0, 'targets');
    targets.items.forEach((target, index) => {
      targets.set(index, String(target).replace(/^[^:]+/, 'localhost'));
    });
  }
}
