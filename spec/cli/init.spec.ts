import { readFileSync } from 'node:fs';
import { parse, parseAllDocuments } from 'yaml';
import { VERSION } from '../../lib/version.js';
import { createInitProject, type InitProject } from '../support/init-harness.js';

let project: InitProject;
beforeEach(() => {
  project = createInitProject();
});
afterEach(() => project.remove());

const yaml = (path: string) => parse(project.read(path));
const PLATFORMS = [
  [],
  ['--without-docker'],
  ['--kubernetes'],
  ['--kubernetes', '--without-operator'],
] as const;

describe('init', () => {
  it('writes a stack for Compose into the folder monitoring', async () => {
    const { code, stdout, stderr } = await project.init('--job', 'chat');
    expect([code, stderr]).toEqual([0, '']);
    expect(Object.keys(project.files())).toEqual(
      [
        'alertmanager/alertmanager.yml',
        'docker-compose.yml',
        ...['cache', 'cost', 'latency', 'overview', 'providers', 'telemetry'].map(
          (name) => `grafana/dashboards/${name}.json`,
        ),
        'grafana/provisioning/dashboards/dashboards.yml',
        'grafana/provisioning/datasources/datasources.yml',
        'llm-edge-monitoring.json',
        'otel-collector/Dockerfile',
        'otel-collector/config.yaml',
        'prometheus/prometheus.yml',
        'prometheus/rules/alerts.yml',
        'prometheus/rules/recording.yml',
        'prometheus/rules/slo.yml',
      ].map((path) => `monitoring/${path}`),
    );
    expect(stdout).toContain('docker compose -f monitoring/docker-compose.yml up --build');
  });

  it('copies into the image of the Collector only what it wrote', async () => {
    await project.init('.');
    const text = project.read('otel-collector/Dockerfile');
    expect(text).toContain('\nCOPY config.yaml /etc/otelcol/\n');
    expect(text).not.toMatch(/agent\.yaml|gateway\.yaml|builder\.yaml/);
  });

  it('scrapes the service under its own name, and drops what it pushes', async () => {
    await project.init('--job', 'chat.gw', '--target', 'localhost:1', '--target', '[::1]:2');
    const [service, , pushed] = yaml('monitoring/prometheus/prometheus.yml').scrape_configs;
    expect(service).toEqual({
      job_name: 'chat.gw',
      static_configs: [{ targets: ['localhost:1', '[::1]:2'] }],
    });
    expect(pushed.metric_relabel_configs[0].regex).toBe('llm_edge_.+;(?:chat\\.gw)');
    expect(JSON.stringify(project.files())).not.toMatch(/llm-edge-agent|edge-agent:/);
  });

  it.each([
    ['99.5', 'vector(0.005)'],
    ['99.9', 'vector(0.001)'],
    ['99.99', 'vector(0.0001)'],
    ['94', 'vector(0.06)'],
  ])(
    'makes an objective of %s %% the budget %s, for Prometheus and for its operator',
    async (objective, expr) => {
      await project.init('stack', '--objective', objective);
      await project.init('cluster', '--kubernetes', '--objective', objective);
      await project.init('plain', '--kubernetes', '--without-operator', '--objective', objective);
      const ofFile = parse(project.read('stack/prometheus/rules/slo.yml')).groups;
      const ofOperator = yaml('cluster/prometheus-rule.yaml').spec.groups;
      const ofConfigMap = parse(yaml('plain/rules.yaml').data['slo.yml']).groups;
      for (const groups of [ofFile, ofOperator, ofConfigMap]) {
        const group = groups.find(({ name }: { name: string }) => name === 'llm-edge-slo');
        expect(group.rules[0]).toEqual({ record: 'global:llm_edge_error_budget:ratio', expr });
      }
      expect(project.read('stack/prometheus/rules/slo.yml')).toContain(`for an objective of ${objective} %.`);
    },
  );

  it('leaves the rules as they are shipped, but for the objective', async () => {
    await project.init('.', '--objective', '99.9');
    for (const name of ['recording', 'alerts', 'slo']) {
      const shipped = readFileSync(`prometheus/rules/${name}.yml`, 'utf8').replace('0.005)', '0.001)');
      expect(yaml(`prometheus/rules/${name}.yml`)).toEqual(parse(shipped));
    }
  });

  it('publishes ports of Compose on the loopback interface only', async () => {
    await project.init('.');
    const services: { ports?: string[] }[] = Object.values(yaml('docker-compose.yml').services);
    const ports = services.flatMap((service) => service.ports ?? []);
    expect(ports).toHaveLength(3);
    expect(ports.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([]);
  });

  it('keeps the data for as long as the error budget reads it', async () => {
    await project.init('.');
    expect(yaml('docker-compose.yml').services.prometheus.command).toContain(
      '--storage.tsdb.retention.time=31d',
    );
  });

  it('finds everything on this machine without Docker', async () => {
    const { stdout } = await project.init('--without-docker', '--job', 'chat');
    const { scrape_configs: jobs, alerting } = yaml('monitoring/prometheus/prometheus.yml');
    const targets = [...jobs, ...alerting.alertmanagers].flatMap((it) => it.static_configs[0].targets);
    expect(targets.sort()).toEqual([
      'localhost:8888',
      'localhost:8889',
      'localhost:9090',
      'localhost:9093',
      'localhost:9093',
      'localhost:9464',
    ]);
    expect(stdout).toContain('prometheus --config.file=monitoring/prometheus/prometheus.yml');
    expect(Object.keys(project.files()).filter((path) => /docker|provisioning/i.test(path))).toEqual([]);
  });

  it('writes for the Prometheus operator', async () => {
    const flags = ['--kubernetes', '--job', 'chat', '--namespace', 'apps', '--monitoring-namespace', 'watch'];
    expect((await project.init(...flags)).code).toBe(0);
    const folder = 'monitoring/kubernetes';
    const { resources } = yaml(`${folder}/kustomization.yaml`);
    const objects = resources.map((path: string) => yaml(`${folder}/${path}`));
    expect(
      objects.map((it: { kind: string; metadata: { namespace: string } }) => [
        it.kind,
        it.metadata.namespace,
      ]),
    ).toEqual([
      ['NetworkPolicy', 'apps'],
      ['PodMonitor', 'apps'],
      ['PrometheusRule', 'watch'],
      ...Array.from({ length: 6 }, () => ['ConfigMap', 'watch']),
    ]);
    const [policy, monitor, , dashboard] = objects;
    expect(monitor.spec.selector.matchLabels).toEqual({ 'app.kubernetes.io/name': 'chat' });
    expect(policy.spec.podSelector).toEqual(monitor.spec.selector);
    expect(dashboard.metadata.labels.grafana_dashboard).toBe('1');
    expect(JSON.parse(dashboard.data['cache.json']).uid).toBe('llm-edge-cache');
  });

  it.each([
    ['1', [[2, 65_535]]],
    [
      '9464',
      [
        [1, 9463],
        [9465, 65_535],
      ],
    ],
    ['65535', [[1, 65_534]]],
  ])('opens port %s to the namespace of Prometheus, and all others to everybody', async (port, others) => {
    await project.init('.', '--kubernetes', '--port', port, '--monitoring-namespace', 'watch');
    const [scrapes, rest] = yaml('network-policy.yaml').spec.ingress;
    expect(scrapes).toEqual({
      from: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'watch' } } }],
      ports: [{ protocol: 'TCP', port: Number(port) }],
    });
    expect(rest.from).toBeUndefined();
    const tcp = rest.ports.filter(({ protocol }: { protocol: string }) => protocol === 'TCP');
    expect(tcp.map((it: { port: number; endPort: number }) => [it.port, it.endPort])).toEqual(others);
  });

  it('annotates pods where there is no operator', async () => {
    await project.init('.', '--kubernetes', '--without-operator', '--job', 'chat', '--port', '9100');
    expect(yaml('pod-annotations.yaml').spec.template.metadata).toEqual({
      labels: { 'app.kubernetes.io/name': 'chat' },
      annotations: {
        'prometheus.io/scrape': 'true',
        'prometheus.io/port': '9100',
        'prometheus.io/path': '/metrics',
      },
    });
    expect(Object.keys(yaml('rules.yaml').data)).toEqual(['alerts.yml', 'recording.yml', 'slo.yml']);
    expect(yaml('kustomization.yaml').resources).not.toContain('pod-annotations.yaml');
  });

  it.each([
    [['--kubernetes'], ['pod-monitor.yaml', 'network-policy.yaml', 'prometheus-rule.yaml']],
    [
      ['--kubernetes', '--without-operator'],
      ['pod-annotations.yaml', 'network-policy.yaml'],
    ],
  ])('puts its own comment in the place of the shipped one: %j', async (flags, paths) => {
    await project.init('.', ...flags, '--namespace', 'apps');
    for (const path of paths) {
      // One paragraph above the first key, and no word about the example.
      expect(project.read(path)).toMatch(/^(#.*\n)+\n?(apiVersion|spec):/);
      expect(project.read(path)).not.toMatch(/edge-agent|-n llm-edge /);
    }
  });

  it.each(PLATFORMS.map((flags) => [flags]))(
    'stamps every file with version and flags: %j',
    async (flags) => {
      await project.init('.', ...flags, '--job', 'chat');
      const { 'llm-edge-monitoring.json': record = '', ...files } = project.files();
      expect(JSON.parse(record)).toMatchObject({ version: VERSION, parameters: { job: 'chat' } });
      for (const [path, text] of Object.entries(files)) {
        if (path.endsWith('.json')) {
          expect(JSON.parse(text).tags).toEqual(['llm-edge', `llm-edge-monitoring ${VERSION}`]);
        } else {
          expect(text.split('\n')[0]).toMatch(
            new RegExp(
              `^# Written by llm-edge-monitoring ${VERSION}: init ${flags.join(' ')}.*--job chat --objective`,
            ),
          );
          if (!path.endsWith('Dockerfile')) {
            expect(parseAllDocuments(text).flatMap(({ errors }) => errors)).toEqual([]);
          }
        }
      }
    },
  );

  it.each([
    [{ OTEL_SERVICE_NAME: 'from-env' }, '{"name":"@acme/from-package"}', 'from-env'],
    [{}, '{"name":"@acme/from-package"}', 'from-package'],
    [{ OTEL_SERVICE_NAME: 'not a label' }, '{}', 'llm-edge-app'],
    [{}, 'no JSON', 'llm-edge-app'],
  ])('takes the name of the service from %j and %s', async (env, text, job) => {
    const other = createInitProject(env);
    other.write('package.json', text);
    await other.init('.');
    expect(parse(other.read('prometheus/prometheus.yml')).scrape_configs[0].job_name).toBe(job);
    other.remove();
  });
});

describe('init refuses', () => {
  it.each([
    ['--job', 'a b', 'letters, digits'],
    ['--job', '"', 'letters, digits'],
    ['--job', 'a|b', 'letters, digits'],
    ['--job', 'x'.repeat(64), 'up to 63'],
    ['--job', '', 'letters, digits'],
    ['--objective', '100', 'a percentage from 94 to 99.9999'],
    ['--objective', '93.9', 'could never fire'],
    ['--objective', '99.5)', 'a percentage'],
    ['--objective', '1e2', 'a percentage'],
    ['--target', 'localhost', 'host:port'],
    ['--target', 'http://localhost:9464', 'host:port'],
    ['--target', 'localhost:70000', 'host:port'],
    ['--target', 'a:1]\n- b', 'host:port'],
    ['--namespace', 'apps', 'has no meaning without --kubernetes'],
    ['--port', '80', 'has no meaning without --kubernetes'],
    ['--colour', 'red', "Unknown option '--colour'"],
    ['--without-operator', '--dry-run', 'requires it'],
  ])('%s %j', async (flag, value, problem) => {
    const { code, stdout, stderr } = await project.init(flag, value);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(problem);
    expect(stderr).toContain('Usage: npx llm-edge-monitoring init');
    expect(project.files()).toEqual({});
  });

  it.each([
    [['--kubernetes', '--namespace', 'Apps'], 'the name of a namespace'],
    [['--kubernetes', '--monitoring-namespace=-x'], 'the name of a namespace'],
    [['--kubernetes', '--port', '0'], 'a port from 1 to 65535'],
    [['--kubernetes', '--target', 'a:1'], '--target has no meaning with --kubernetes'],
    [['--kubernetes', '--without-docker'], 'cannot be combined'],
    [['one', 'two'], 'one folder'],
  ])('%j', async (args, problem) => {
    const { code, stderr } = await project.init(...args);
    expect([code, stderr]).toEqual([2, expect.stringContaining(problem)]);
    expect(project.files()).toEqual({});
  });
});
