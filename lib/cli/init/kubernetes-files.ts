import { Document, stringify } from 'yaml';
import { type OutputFile, stamped, stampedDashboard } from './init-output.js';
import type { InitParameters } from './init-parameters.js';
import { listAt, listPackageFiles, readPackageFile, readPackageYaml, writeYaml } from './package-files.js';
import { ruleFiles, setObjective } from './prometheus-files.js';

const FOLDER = 'deploy/kubernetes';
const NAME_LABEL = 'app.kubernetes.io/name';
const LABELS = { 'app.kubernetes.io/part-of': 'llm-edge-monitoring' };

/** The manifests for a cluster: what Prometheus scrapes and evaluates, who may scrape, and the dashboards. */
export function kubernetesFiles(parameters: InitParameters): readonly OutputFile[] {
  const { watched, others } =
    parameters.platform === 'operator' ? forOperator(parameters) : withoutOperator(parameters);
  const manifests = [networkPolicy(parameters), ...watched, ...dashboards(parameters)];
  return [kustomization(manifests, parameters), ...manifests, ...others];
}

/** Manifests that are applied, and files that are not. */
interface Files {
  readonly watched: readonly OutputFile[];
  readonly others: readonly OutputFile[];
}

function forOperator(parameters: InitParameters): Files {
  const { job, namespace } = parameters;
  const monitor = readPackageYaml(`${FOLDER}/pod-monitors.yaml`, 'edge-agent');
  monitor.setIn(['metadata', 'name'], resourceName(job));
  monitor.setIn(['metadata', 'namespace'], namespace);
  monitor.setIn(['spec', 'selector', 'matchLabels', NAME_LABEL], job);

  const rule = readPackageYaml(`${FOLDER}/prometheus-rule.yaml`);
  rule.setIn(['metadata', 'namespace'], parameters['monitoring-namespace']);
  setObjective(listAt(rule, 'spec', 'groups'), parameters);
  const watched = [
    stamped('pod-monitor.yaml', writeYaml(monitor, podText(parameters)), parameters),
    stamped('prometheus-rule.yaml', writeYaml(rule, RETENTION), parameters),
  ];
  return { watched, others: [] };
}

function podText({ job, port }: InitParameters): string {
  return `The pods have the label \`${NAME_LABEL}: ${job}\`, which becomes \`job\`, by which rules and
dashboards group, and a container port with the name \`metrics\` (${port}). Exemplars need
\`enableFeatures: [exemplar-storage]\` in the Prometheus resource.`;
}

const RETENTION = `The error budget is one of 30 days, and its rule reads all of them: set \`retention: 31d\` in the
Prometheus resource.`;

function withoutOperator(parameters: InitParameters): Files {
  const { job, port, namespace } = parameters;
  const annotations = readPackageYaml(`${FOLDER}/without-operator/pod-annotations.yaml`);
  annotations.setIn(['spec', 'template', 'metadata', 'labels', NAME_LABEL], job);
  annotations.setIn(['spec', 'template', 'metadata', 'annotations', 'prometheus.io/port'], port);
  const header = `Adds to the pods of a Deployment what prometheus-scrape.yml looks for:

  kubectl -n ${namespace} patch deployment YOURS --patch-file pod-annotations.yaml`;
  const rules = configMap('llm-edge-rules', LABELS, ruleFiles(parameters), parameters);
  return {
    watched: [
      stamped(
        'rules.yaml',
        `# Mount it into Prometheus, name its files in \`rule_files\`, and start Prometheus with
# --storage.tsdb.retention.time=31d: the error budget is one of 30 days, and its rule reads all of them.
${rules}`,
        parameters,
      ),
    ],
    others: [
      stamped('pod-annotations.yaml', writeYaml(annotations, header), parameters),
      stamped(
        'prometheus-scrape.yml',
        readPackageFile(`${FOLDER}/without-operator/prometheus-scrape.yml`),
        parameters,
      ),
    ],
  };
}

function networkPolicy(parameters: InitParameters): OutputFile {
  const { job, namespace, port } = parameters;
  const monitoring = parameters['monitoring-namespace'];
  const policy = readPackageYaml(`${FOLDER}/network-policy.yaml`);
  policy.setIn(['metadata', 'name'], `${resourceName(job)}-metrics`);
  policy.setIn(['metadata', 'namespace'], namespace);
  policy.setIn(['spec', 'podSelector', 'matchLabels', NAME_LABEL], job);
  const scrapes = ['spec', 'ingress', 0];
  const namespaces = [...scrapes, 'from', 0, 'namespaceSelector', 'matchLabels'];
  policy.setIn([...namespaces, 'kubernetes.io/metadata.name'], monitoring);
  policy.setIn([...scrapes, 'ports', 0, 'port'], Number(port));
  policy.setIn(['spec', 'ingress', 1, 'ports'], policy.createNode(allPortsBut(Number(port))));
  const header = `The pages of the metrics port are for Prometheus: only pods of the namespace \`${monitoring}\` reach it.
All other ports stay open to all, as they are without a policy. The kubelet's probes are not affected.`;
  return stamped('network-policy.yaml', writeYaml(policy, header), parameters);
}

function allPortsBut(port: number): readonly object[] {
  const ranges = [
    { protocol: 'TCP', port: 1, endPort: port - 1 },
    { protocol: 'TCP', port: port + 1, endPort: 65_535 },
    { protocol: 'UDP', port: 1, endPort: 65_535 },
  ];
  return ranges.filter((range) => range.port <= range.endPort);
}

function dashboards(parameters: InitParameters): readonly OutputFile[] {
  return listPackageFiles('grafana/dashboards', '.json').map((source) => {
    const file = stampedDashboard(source, readPackageFile(source));
    const name = source.replace(/^.*\/|\.json$/g, '');
    // The label by which the sidecar of Grafana's Helm chart finds dashboards.
    const labels = { ...LABELS, grafana_dashboard: '1' };
    const text = configMap(`llm-edge-dashboard-${name}`, labels, [file], parameters);
    return stamped(`dashboards/${name}.yaml`, text, parameters);
  });
}

function configMap(
  name: string,
  labels: Readonly<Record<string, string>>,
  files: readonly OutputFile[],
  parameters: InitParameters,
): string {
  const data = Object.fromEntries(files.map(({ path, text }) => [path.replace(/^.*\//, ''), text]));
  const metadata = { name, namespace: parameters['monitoring-namespace'], labels };
  return stringify(
    { apiVersion: 'v1', kind: 'ConfigMap', metadata, data },
    { lineWidth: 0, blockQuote: 'literal' },
  );
}

function kustomization(manifests: readonly OutputFile[], parameters: InitParameters): OutputFile {
  const document = new Document({
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    resources: manifests.map(({ path }) => path),
  });
  const header = `kubectl apply -k .

If your Prometheus selects monitors and rules by labels, such as \`release: kube-prometheus-stack\`, add
them here with \`labels\`.`;
  return stamped('kustomization.yaml', writeYaml(document, header), parameters);
}

/** A name that Kubernetes takes for an object, from that of the service. */
function resourceName(job: string): string {
  return job.toLowerCase().replace(/[^a-z0-9]/g, '-');
}
