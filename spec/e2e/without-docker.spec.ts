import { readFileSync } from 'node:fs';
import { parse, stringify } from 'yaml';
import { freePorts } from '../../bench/ports.js';
import { createInitProject } from '../support/init-harness.js';
import { collectorBinary } from './support/collector.js';
import { eventually } from './support/eventually.js';
import { type Gateway, startGateway } from './support/gateway.js';
import { isUp, readText } from './support/http.js';
import { startProgram, stopAllPrograms } from './support/program.js';

const DOCUMENT = readFileSync('docs/without-docker.md', 'utf8');
/** The three commands of the document, as somebody types them. */
const [initCommand = '', prometheusCommand = '', collectorCommand = ''] = (
  /<!-- without-docker -->\n```bash\n([\s\S]*?)```/.exec(DOCUMENT)?.[1] ?? ''
).split('\n');

/** The command that starts Alertmanager, as Debian calls it. */
const alertmanagerCommand = `prometheus-${/`(alertmanager --config\.file=[^`]*)`/.exec(DOCUMENT)?.[1]}`;

const JOB = 'my-gateway';
const SCRAPE_FILE = 'deploy/kubernetes/without-operator/prometheus-scrape.yml';

interface PrometheusFile {
  readonly global: object;
  readonly alerting: object;
  readonly scrape_configs: { job_name: string; static_configs?: { targets: string[] }[] }[];
}

const project = createInitProject();
let gateway: Gateway;
let prometheusUrl: string;
let alertmanagerUrl: string;

/** The files stay as they are written, but for what a test cannot have: fixed ports, and the time that intervals take. */
function onPorts(ports: Readonly<Record<string, number>>): void {
  const path = 'monitoring/prometheus/prometheus.yml';
  const config = parse(project.read(path)) as PrometheusFile;
  const moved = JSON.stringify(config).replace(
    /localhost:(8888|8889|9090|9093)\b/g,
    (_, port: string) => `localhost:${ports[port]}`,
  );
  const { scrape_configs: jobs, ...others } = JSON.parse(moved) as PrometheusFile;
  const global = { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' };
  project.write(path, stringify({ ...others, global, scrape_configs: [...jobs, annotatedPods()] }));
}

/** The job for annotated pods, with a file in the place of the Kubernetes API: the labels are those that it gives. */
function annotatedPods(): object {
  const { scrape_configs: jobs } = parse(readFileSync(SCRAPE_FILE, 'utf8'));
  const { kubernetes_sd_configs: discovery, ...job } = jobs[0];
  expect(discovery).toEqual([{ role: 'pod' }]);
  const [ip, port] = gateway.metricsAddress.split(':');
  const pod = (name: string, labels: Readonly<Record<string, string>>) => ({
    targets: [`${ip}:1`],
    labels: {
      __meta_kubernetes_pod_phase: 'Running',
      __meta_kubernetes_pod_ip: ip,
      __meta_kubernetes_pod_name: name,
      __meta_kubernetes_namespace: 'apps',
      __meta_kubernetes_pod_annotation_prometheus_io_port: port,
      __meta_kubernetes_pod_annotation_prometheus_io_path: '/metrics',
      __meta_kubernetes_pod_annotation_prometheus_io_scrape: 'true',
      __meta_kubernetes_pod_label_app_kubernetes_io_name: name,
      ...labels,
    },
  });
  const pods = [
    pod('annotated', {}),
    pod('bare', { __meta_kubernetes_pod_annotation_prometheus_io_scrape: '' }),
    pod('done', { __meta_kubernetes_pod_phase: 'Succeeded' }),
  ];
  project.write('pods.json', JSON.stringify(pods));
  return { ...job, scrape_interval: '1s', file_sd_configs: [{ files: [`${project.folder}/pods.json`] }] };
}

/** Runs a line of the document in the project. */
function startLine(line: string, more: string, env: Readonly<Record<string, string>>, readyUrl: string) {
  return startProgram({
    name: line,
    command: 'sh',
    // The shell becomes the program, so that it can be stopped.
    args: ['-c', `${line.replace(/((?:\w+=\S+ )*)(.*)/, '$1exec $2')}${more}`],
    env,
    cwd: project.folder,
    isReady: () => isUp(readyUrl),
  });
}

async function query(expression: string): Promise<readonly (readonly [string, number])[]> {
  const answer = await readText(
    `${prometheusUrl}/api/v1/query?${new URLSearchParams({ query: expression })}`,
  );
  const { data } = JSON.parse(answer) as {
    data: { result: { metric: Record<string, string>; value: [number, string] }[] };
  };
  return data.result.map(({ metric, value }) => [metric['job'] ?? '', Number(value[1])] as const);
}

beforeAll(async () => {
  const init = async (...more: readonly string[]) => {
    const run = await project.init(...initCommand.split(' ').slice(3), ...more);
    expect(run).toMatchObject({ code: 0, stderr: '' });
  };
  expect(initCommand).toMatch(/^npx llm-edge-monitoring init/);
  await init('--job', JOB, '--objective', '99.9');

  const names = ['OTLP_GRPC', 'OTLP_HTTP', 'PROMETHEUS', 'TELEMETRY', 'HEALTH'] as const;
  const ports = await freePorts([...names, 'server', 'alerts']);
  await startLine(
    collectorCommand.replace('otelcol-contrib', collectorBinary()),
    '',
    {
      ...Object.fromEntries(names.map((name) => [`OTELCOL_${name}_PORT`, String(ports[name])])),
      OTELCOL_SPAN_METRICS_INTERVAL: '1s',
    },
    `http://127.0.0.1:${ports.HEALTH}`,
  );
  gateway = await startGateway({
    serviceName: JOB,
    collector: { otlpGrpc: `127.0.0.1:${ports.OTLP_GRPC}` },
    metrics: 'prometheus',
    rate: 20,
    isInstant: true,
  });
  await init('--target', gateway.metricsAddress);
  onPorts({ 8888: ports.TELEMETRY, 8889: ports.PROMETHEUS, 9090: ports.server, 9093: ports.alerts });
  alertmanagerUrl = `http://127.0.0.1:${ports.alerts}`;
  await startLine(
    alertmanagerCommand,
    ` --web.listen-address=127.0.0.1:${ports.alerts} --cluster.listen-address=`,
    {},
    `${alertmanagerUrl}/-/ready`,
  );
  prometheusUrl = `http://127.0.0.1:${ports.server}`;
  await startLine(
    prometheusCommand,
    ` --web.listen-address=127.0.0.1:${ports.server}`,
    {},
    `${prometheusUrl}/-/ready`,
  );
}, 90_000);

afterAll(async () => {
  await stopAllPrograms();
  project.remove();
});

describe('the way without Docker', () => {
  it.each([
    ['the metrics of the service', 'sum by (job) (llm_edge_requests_total) > 0', [JOB, 'annotated']],
    ['its spans, counted by the Collector', 'sum by (job) (traces_span_metrics_calls_total) > 0', [JOB]],
    ['the Collector', 'sum by (job) (otelcol_receiver_accepted_spans_total) > 0', ['otel-collector']],
    ['the rules', 'job:llm_edge_requests:rate5m > 0', [JOB, 'annotated']],
    ['the burn of the error budget', 'job:llm_edge_error_budget_burn:rate5m', [JOB, 'annotated']],
  ])('brings %s to Prometheus', async (what, expression, jobs) => {
    await eventually(
      async () => {
        expect((await query(expression)).map(([job]) => job).sort()).toEqual([...jobs].sort());
        return true;
      },
      { what, deadlineMs: 60_000 },
    );
  });

  it('judges the service by its objective', async () => {
    expect(await query('global:llm_edge_error_budget:ratio')).toEqual([['', 0.001]]);
  });

  it('keeps data for as long as the error budget reads it', async () => {
    const { data } = JSON.parse(await readText(`${prometheusUrl}/api/v1/status/flags`));
    expect(data['storage.tsdb.retention.time']).toBe('31d');
  });

  it('finds annotated pods by their port, one target each, named after the service', async () => {
    const up = await query('count by (job, namespace, pod) (up{namespace="apps"} == 1)');
    expect(up).toEqual([['annotated', 1]]);
  });

  it('sends alerts to Alertmanager', async () => {
    const { data } = JSON.parse(await readText(`${prometheusUrl}/api/v1/alertmanagers`));
    expect(data.activeAlertmanagers).toEqual([
      { url: `${alertmanagerUrl.replace('127.0.0.1', 'localhost')}/api/v2/alerts` },
    ]);
  });

  it('lets an alert mute what follows from it, for the same provider only', async () => {
    const alert = (alertname: string, severity: string, provider: string) => ({
      labels: { alertname, severity, job: JOB, provider },
    });
    const body = JSON.stringify([
      alert('LlmEdgeProviderDown', 'critical', 'openai'),
      alert('LlmEdgeCircuitOpen', 'warning', 'openai'),
      alert('LlmEdgeCircuitOpen', 'warning', 'anthropic'),
    ]);
    const headers = { 'content-type': 'application/json' };
    await fetch(`${alertmanagerUrl}/api/v2/alerts`, { method: 'POST', headers, body });
    // An alert is judged when its group is about to be notified of, and again with each query.
    const look = async () => {
      const alerts = JSON.parse(
        await readText(`${alertmanagerUrl}/api/v2/alerts?filter=provider=~"openai|anthropic"`),
      ) as {
        labels: Record<string, string>;
        receivers: { name: string }[];
        status: { inhibitedBy: string[] };
      }[];
      expect(
        alerts
          .filter(({ labels }) => /ProviderDown|CircuitOpen/.test(labels['alertname'] ?? ''))
          .map(({ labels, receivers, status }) =>
            [labels['alertname'], labels['provider'], receivers[0]?.name, status.inhibitedBy.length].join(
              ' ',
            ),
          )
          .sort(),
      ).toEqual([
        'LlmEdgeCircuitOpen anthropic ticket 0',
        'LlmEdgeCircuitOpen openai ticket 1',
        'LlmEdgeProviderDown openai page 0',
      ]);
      return true;
    };
    await eventually(look, { what: 'the inhibition' });
  });
});
