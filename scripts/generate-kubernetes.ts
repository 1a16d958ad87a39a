import { readdirSync, readFileSync } from 'node:fs';
import { Document, isSeq, parseDocument } from 'yaml';
import { emit } from './markdown.js';

const COMMAND = 'npm run kubernetes';
const RULES_FOLDER = 'prometheus/rules';

/** The file as it is, with a line above it that says where it comes from. */
function copyOf(path: string): string {
  return `# Generated from ${path} by "${COMMAND}".\n${readFileSync(path, 'utf8')}`;
}

/** All groups of `prometheus/rules`, comments included, as one resource of the Prometheus operator. */
function prometheusRule(): string {
  const files = readdirSync(RULES_FOLDER)
    .filter((file) => file.endsWith('.yml'))
    .sort();
  const groups = files.flatMap((file) => {
    const nodes = parseDocument(readFileSync(`${RULES_FOLDER}/${file}`, 'utf8')).get('groups');
    if (!isSeq(nodes)) throw new Error(`${RULES_FOLDER}/${file} has no groups`);
    return nodes.items;
  });
  const document = new Document({
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PrometheusRule',
    metadata: {
      name: 'llm-edge',
      namespace: 'llm-edge-telemetry',
      labels: { 'app.kubernetes.io/part-of': 'llm-edge-monitoring' },
    },
    spec: { groups: [] },
  });
  document.commentBefore = ` Generated from ${RULES_FOLDER} by "${COMMAND}".`;
  document.setIn(['spec', 'groups'], groups);
  return document.toString({ lineWidth: 0 });
}

emit(
  {
    'deploy/kubernetes/collector/agent.yaml': copyOf('otel-collector/agent.yaml'),
    'deploy/kubernetes/collector/gateway.yaml': copyOf('otel-collector/gateway.yaml'),
    'deploy/kubernetes/prometheus-rule.yaml': prometheusRule(),
  },
  COMMAND,
);
