import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { createInitProject } from '../support/init-harness.js';
import { validateConfig } from './support/collector.js';
import { PINNED, readDeployment } from './support/deployment.js';

const project = createInitProject();
const path = (file: string): string => join(project.folder, file);
const run = (program: string, ...args: readonly string[]): string =>
  execFileSync(program, args, { encoding: 'utf8', stdio: 'pipe' });

beforeAll(async () => {
  const flags = ['--job', 'my-gateway', '--objective', '99.9'];
  await project.init('compose', ...flags);
  await project.init('programs', '--without-docker', ...flags);
  await project.init('operator', '--kubernetes', '--namespace', 'apps', ...flags);
  await project.init('annotations', '--kubernetes', '--without-operator', '--namespace', 'apps', ...flags);
});
afterAll(() => project.remove());

describe.each(['compose', 'programs'])('what init writes for %s', (folder) => {
  it('is a configuration that promtool accepts, the rules included', () => {
    const output = run(
      'promtool',
      'check',
      'config',
      '--lint-fatal',
      path(`${folder}/prometheus/prometheus.yml`),
    );
    expect([...output.matchAll(/SUCCESS: \d+ rules found/g)]).toHaveLength(3);
  });

  it('is a configuration that amtool accepts, and wakes somebody for what is critical alone', () => {
    const file = path(`${folder}/alertmanager/alertmanager.yml`);
    expect(run('amtool', 'check-config', file)).toContain('SUCCESS');
    const receivers = ['critical', 'warning'].map((severity) =>
      run('amtool', 'config', 'routes', 'test', `--config.file=${file}`, `severity=${severity}`).trim(),
    );
    expect(receivers).toEqual(['page', 'ticket']);
  });

  it('is a configuration that the Collector accepts', async () => {
    await validateConfig(path(`${folder}/otel-collector/config.yaml`));
  });
});

describe('the rules that init writes', () => {
  it('measure failures against the objective', () => {
    // Two failures in a hundred are twenty times what 99.9 % allows.
    const file = path('compose/prometheus/rules/objective.test.yml');
    const outcome = (status: string, share: number) => ({
      series: `llm_edge_operations_total{job="my-gateway",status="${status}"}`,
      values: `0+${share}x120`,
    });
    writeFileSync(
      file,
      stringify({
        rule_files: ['slo.yml'],
        tests: [
          {
            interval: '1m',
            input_series: [outcome('success', 98), outcome('error', 2)],
            promql_expr_test: [
              {
                expr: 'round(job:llm_edge_error_budget_burn:rate1h, 0.001)',
                eval_time: '2h',
                exp_samples: [{ labels: '{job="my-gateway"}', value: 20 }],
              },
            ],
          },
        ],
      }),
    );
    expect(run('promtool', 'test', 'rules', file)).toContain('SUCCESS');
  });
});

describe('the rules that init writes for Kubernetes', () => {
  it.each([
    ['PrometheusRule', () => [stringify(parse(project.read('operator/prometheus-rule.yaml')).spec)]],
    ['ConfigMap', () => Object.values<string>(parse(project.read('annotations/rules.yaml')).data)],
  ])('please promtool as a %s', (_, texts) => {
    for (const text of texts()) {
      project.write('rules.yml', text);
      expect(run('promtool', 'check', 'rules', '--lint-fatal', path('rules.yml'))).toContain('SUCCESS');
    }
  });

  it('annotate the pods of a Deployment', () => {
    const [, deployment] = readFileSync('deploy/kubernetes/edge-agent.yaml', 'utf8').split('---\n');
    const target = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'edge-agent', namespace: 'llm-edge' },
    };
    const patch = { ...target, ...parse(project.read('annotations/pod-annotations.yaml')) };
    project.write('patched/deployment.yaml', deployment ?? '');
    project.write('patched/patch.yaml', stringify(patch));
    const kustomization = { resources: ['deployment.yaml'], patches: [{ path: 'patch.yaml' }] };
    project.write('patched/kustomization.yaml', stringify(kustomization));
    const [patched] = readDeployment('kustomize', path('patched')) as readonly [
      { spec: { template: { metadata: { annotations: unknown; labels: unknown } } } },
    ];
    expect(patched.spec.template.metadata).toMatchObject({
      annotations: {
        'prometheus.io/scrape': 'true',
        'prometheus.io/port': '9464',
        'prometheus.io/path': '/metrics',
      },
      labels: { 'app.kubernetes.io/name': 'my-gateway' },
    });
  });
});

describe('the Compose project that init writes', () => {
  interface Service {
    readonly image: string;
    readonly ports?: readonly { readonly host_ip?: string; readonly target: number }[];
    readonly volumes?: readonly {
      readonly type: string;
      readonly source: string;
      readonly read_only?: boolean;
    }[];
    readonly networks: Readonly<Record<string, unknown>>;
    readonly environment?: Readonly<Record<string, string>>;
  }
  const read = () =>
    readDeployment('compose', path('compose/docker-compose.yml')) as {
      readonly name: string;
      readonly services: Readonly<Record<string, Service>>;
    };

  it('has a name of its own, and all services but the example', () => {
    const { name, services } = read();
    expect(name).toBe('my-gateway-monitoring');
    expect(Object.keys(services).sort()).toEqual([
      'alertmanager',
      'grafana',
      'jaeger',
      'otel-collector',
      'prometheus',
    ]);
    expect(Object.values(services).filter(({ image }) => !PINNED.test(image))).toEqual([]);
  });

  it('publishes OTLP and Grafana only, on the loopback interface only', () => {
    const published = Object.entries(read().services).flatMap(([name, { ports = [] }]) =>
      ports.map((port) => [name, port.host_ip, port.target]),
    );
    expect(published.sort()).toEqual([
      ['grafana', '127.0.0.1', 3000],
      ['otel-collector', '127.0.0.1', 4317],
      ['otel-collector', '127.0.0.1', 4318],
    ]);
  });

  it('mounts what init wrote, and none of it to be written', () => {
    const mounts = Object.values(read().services)
      .flatMap(({ volumes = [] }) => volumes)
      .filter(({ type }) => type === 'bind');
    expect(mounts).toHaveLength(5);
    for (const { source, read_only } of mounts) {
      expect([source, existsSync(source), read_only]).toEqual([
        expect.stringContaining(path('compose')),
        true,
        true,
      ]);
    }
    const dockerfile = readFileSync(path('compose/otel-collector/Dockerfile'), 'utf8');
    const [, copied = ''] = /^COPY (?!--from)(.+) \S+$/m.exec(dockerfile) ?? [];
    expect(copied.split(' ').filter((file) => !existsSync(path(`compose/otel-collector/${file}`)))).toEqual(
      [],
    );
  });

  it('has every host that Prometheus and Grafana name', () => {
    const { services } = read();
    const { scrape_configs: jobs, alerting } = parse(project.read('compose/prometheus/prometheus.yml'));
    const targets: string[] = [...jobs, ...alerting.alertmanagers].flatMap(
      (it) => it.static_configs[0].targets,
    );
    const { datasources } = parse(project.read('compose/grafana/provisioning/datasources/datasources.yml'));
    const hosts = [...targets, ...datasources.map(({ url }: { url: string }) => new URL(url).host)]
      .map((target) => target.split(':')[0] ?? '')
      .filter((host) => host !== 'localhost' && host !== 'host.docker.internal');
    expect(hosts.filter((host) => !(host in services))).toEqual([]);
    expect('front' in (services['prometheus']?.networks ?? {})).toBe(true);
  });
});

describe.each([
  ['operator', ['NetworkPolicy apps', 'PodMonitor apps', 'PrometheusRule monitoring']],
  ['annotations', ['ConfigMap monitoring', 'NetworkPolicy apps']],
])('the manifests that init writes for %s', (folder, expected) => {
  it('are objects that Kubernetes and the operator know', () => {
    const objects = readDeployment('kustomize', path(folder)) as readonly {
      readonly kind: string;
      readonly metadata: { readonly name: string; readonly namespace: string; readonly labels: object };
    }[];
    const isDashboard = (labels: object) => 'grafana_dashboard' in labels;
    expect(objects.filter(({ metadata }) => isDashboard(metadata.labels))).toHaveLength(6);
    const others = objects.filter(({ metadata }) => !isDashboard(metadata.labels));
    expect(others.map(({ kind, metadata }) => `${kind} ${metadata.namespace}`).sort()).toEqual(expected);
  });
});
