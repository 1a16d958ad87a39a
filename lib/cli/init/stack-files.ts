import { composeFile } from './compose-file.js';
import { type OutputFile, stamped, stampedDashboard } from './init-output.js';
import type { InitParameters } from './init-parameters.js';
import { kubernetesFiles } from './kubernetes-files.js';
import { listPackageFiles, readPackageFile } from './package-files.js';
import { prometheusFile, ruleFiles } from './prometheus-files.js';

/** Shipped files that hold for every service. */
const COLLECTOR = ['otel-collector/config.yaml'];
const CONTAINERS = [
  'otel-collector/Dockerfile',
  'otel-collector/agent.yaml',
  'otel-collector/gateway.yaml',
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
          ...(platform === 'compose' ? [composeFile(parameters)] : []),
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
