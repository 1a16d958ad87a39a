import { composeFile } from './compose-file.js';
import { type OutputFile, stamped, stampedDashboard } from './init-output.js';
import type { InitParameters } from './init-parameters.js';
import { kubernetesFiles } from './kubernetes-files.js';
import { listPackageFiles, readPackageFile } from './package-files.js';
import { prometheusFile, ruleFiles } from './prometheus-files.js';

/** Shipped files that hold for every service. */
const COLLECTOR = ['otel-collector/config.yaml'];
const CONTAINERS = [
  'grafana/provisioning/dashboards/dashboards.yml',
  'grafana/provisioning/datasources/datasources.yml',
];

/** Every file that `init` writes for these parameters, in the order of their paths. */
export function filesFor(parameters: InitParameters): readonly OutputFile[] {
  const { platform } = parameters;
  const files =
    platform === 'operator' || platform === 'annotations'
      ? kubernetesFiles(parameters)
      : [
          ...(platform === 'compose' ? [composeFile(parameters), collectorImage(parameters)] : []),
          prometheusFile(parameters),
          ...ruleFiles(parameters),
          ...[
            'alertmanager/alertmanager.yml',
            ...COLLECTOR,
            ...(platform === 'compose' ? CONTAINERS : []),
          ].map((path) => stamped(path, readPackageFile(path), parameters)),
          ...listPackageFiles('grafana/dashboards', '.json').map((path) =>
            stampedDashboard(path, readPackageFile(path)),
          ),
        ];
  return [...files].sort((one, other) => (one.path < other.path ? -1 : 1));
}

/** The image of the Collector with the one configuration that Compose starts. */
function collectorImage(parameters: InitParameters): OutputFile {
  const path = 'otel-collector/Dockerfile';
  const text = readPackageFile(path)
    .replace(/ The version is that of builder\.yaml\./, '')
    .replace(/^COPY config\.yaml .*(?= \/etc)/m, 'COPY config.yaml');
  return stamped(path, text, parameters);
}
