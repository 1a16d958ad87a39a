import { parse } from 'yaml';
import { PINNED, readDeployment, readRepositoryFile } from './support/deployment.js';

interface Container {
  readonly name: string;
  readonly image: string;
  readonly args?: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
  readonly ports?: readonly { readonly name: string }[];
  readonly securityContext?: Readonly<Record<string, unknown>>;
  readonly resources: { readonly limits?: Readonly<Record<string, string>> };
  readonly volumeMounts?: readonly { readonly name: string }[];
}
interface Volume {
  readonly name: string;
  readonly configMap?: { readonly name: string };
}
interface KubernetesObject {
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly data?: Readonly<Record<string, string>>;
  readonly spec: {
    readonly replicas?: number;
    readonly serviceName?: string;
    readonly selector?: Readonly<Record<string, unknown>>;
    readonly ports?: readonly { readonly targetPort: string }[];
    readonly podMetricsEndpoints?: readonly { readonly port: string }[];
    readonly groups?: readonly { readonly name: string }[];
    readonly volumeClaimTemplates?: readonly KubernetesObject[];
    readonly template: {
      readonly metadata: { readonly labels: Readonly<Record<string, string>> };
      readonly spec: { readonly containers: readonly Container[]; readonly volumes?: readonly Volume[] };
    };
  };
}

describe('deploy/kubernetes', () => {
  const objects = readDeployment('kustomize', 'deploy/kubernetes') as readonly KubernetesObject[];
  const ofKind = (kind: string) => objects.filter((object) => object.kind === kind);
  const workloads = objects.filter(({ kind }) => ['DaemonSet', 'Deployment', 'StatefulSet'].includes(kind));
  const containers = workloads.flatMap(({ spec }) => spec.template.spec.containers);
  const podsOf = (namespace: string | undefined, labels: Readonly<Record<string, unknown>>) =>
    workloads.filter(
      ({ metadata, spec }) =>
        metadata.namespace === namespace &&
        Object.entries(labels).every(([name, value]) => spec.template.metadata.labels[name] === value),
    );
  const portsOf = ({ spec }: KubernetesObject) =>
    spec.template.spec.containers.flatMap(({ ports = [] }) => ports.map(({ name }) => name));

  it('has both tiers, the gateway, and what Prometheus needs', () => {
    expect(
      objects.map(({ kind, metadata }) => `${kind} ${metadata.name.replace(/-[0-9a-z]{10}$/, '')}`).sort(),
    ).toEqual([
      'ConfigMap otel-agent',
      'ConfigMap otel-gateway',
      'DaemonSet otel-agent',
      'Deployment edge-agent',
      'Namespace llm-edge',
      'Namespace llm-edge-telemetry',
      'NetworkPolicy edge-agent-metrics',
      'NetworkPolicy otel-agent',
      'NetworkPolicy otel-gateway',
      'PodDisruptionBudget edge-agent',
      'PodDisruptionBudget otel-gateway',
      'PodMonitor edge-agent',
      'PodMonitor otel-agent',
      'PodMonitor otel-collector',
      'PrometheusRule llm-edge',
      'Service edge-agent',
      'Service otel-agent',
      'Service otel-gateway',
      'ServiceAccount edge-agent',
      'ServiceAccount otel-agent',
      'ServiceAccount otel-gateway',
      'StatefulSet otel-gateway',
    ]);
  });

  it('runs pinned images without rights and within limits', () => {
    expect(containers.filter(({ image }) => !PINNED.test(image))).toEqual([]);
    for (const { name, securityContext, resources } of containers) {
      expect({ name, securityContext, limits: Object.keys(resources.limits ?? {}) }).toEqual({
        name,
        securityContext: expect.objectContaining({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        }),
        limits: ['memory'],
      });
    }
  });

  it('names every pod of the second tier to the agents', () => {
    const [gateway] = ofKind('StatefulSet');
    const [agent] = ofKind('DaemonSet');
    const listed = agent?.spec.template.spec.containers[0]?.env?.find(
      ({ name }) => name === 'OTELCOL_GATEWAYS',
    );
    expect(parse(listed?.value ?? '')).toEqual(
      Array.from(
        { length: gateway?.spec.replicas ?? 0 },
        (_, index) => `otel-gateway-${index}.${gateway?.spec.serviceName}:4317`,
      ),
    );
  });

  it('sends every Service and PodMonitor to ports that its pods have', () => {
    const wanted = [
      ...ofKind('Service').map(({ metadata, spec }) => ({
        metadata,
        labels: spec.selector ?? {},
        ports: (spec.ports ?? []).map(({ targetPort }) => targetPort),
      })),
      ...ofKind('PodMonitor').map(({ metadata, spec }) => ({
        metadata,
        labels: (spec.selector?.['matchLabels'] ?? {}) as Readonly<Record<string, unknown>>,
        ports: (spec.podMetricsEndpoints ?? []).map(({ port }) => port),
      })),
    ];
    for (const { metadata, labels, ports } of wanted) {
      const pods = podsOf(metadata.namespace, labels);
      expect(pods.length).toBeGreaterThan(0);
      for (const pod of pods) expect(portsOf(pod)).toEqual(expect.arrayContaining([...ports]));
    }
  });

  it('mounts volumes that exist, with the configuration that the arguments name', () => {
    for (const { spec } of workloads) {
      const { volumes = [] } = spec.template.spec;
      const names = [
        ...volumes.map(({ name }) => name),
        ...(spec.volumeClaimTemplates ?? []).map(({ metadata }) => metadata.name),
      ];
      for (const { volumeMounts = [], args = [] } of spec.template.spec.containers) {
        expect(names).toEqual(expect.arrayContaining(volumeMounts.map(({ name }) => name)));
        for (const { configMap } of volumes) {
          if (configMap === undefined) continue;
          const data =
            ofKind('ConfigMap').find(({ metadata }) => metadata.name === configMap.name)?.data ?? {};
          expect(args).toEqual(Object.keys(data).map((file) => `--config=/etc/otelcol/${file}`));
        }
      }
    }
  });

  it('configures the Collectors as otel-collector does, with variables that they know', () => {
    for (const tier of ['agent', 'gateway'] as const) {
      const file =
        ofKind('ConfigMap').find(({ data }) => data?.[`${tier}.yaml`])?.data?.[`${tier}.yaml`] ?? '';
      expect(parse(file)).toEqual(parse(readRepositoryFile(`otel-collector/${tier}.yaml`)));
      const container = containers.find(({ name }) => name === `otel-${tier}`);
      const set = container?.env?.map(({ name }) => name).filter((name) => name.startsWith('OTELCOL_')) ?? [];
      expect(set.length).toBeGreaterThan(0);
      expect(set.filter((name) => !file.includes(`{env:${name}:-`))).toEqual([]);
    }
  });

  it('watches with all rules of prometheus/rules', () => {
    const groupsIn = (name: string) =>
      (parse(readRepositoryFile(`prometheus/rules/${name}`)) as { groups: { name: string }[] }).groups.map(
        (group) => group.name,
      );
    const groups = ['alerts.yml', 'recording.yml', 'slo.yml'].flatMap(groupsIn);
    expect(ofKind('PrometheusRule').flatMap(({ spec }) => spec.groups?.map(({ name }) => name))).toEqual(
      groups,
    );
  });
});
