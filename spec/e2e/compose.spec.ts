import { existsSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { parse } from 'yaml';
import { PINNED, readDeployment, readRepositoryFile } from './support/deployment.js';

interface ComposeService {
  readonly image: string;
  readonly build?: { readonly context: string; readonly dockerfile: string };
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly { readonly host_ip?: string; readonly target: number }[];
  readonly volumes?: readonly {
    readonly type: string;
    readonly source: string;
    readonly read_only?: boolean;
  }[];
  readonly networks: Readonly<Record<string, unknown>>;
  readonly read_only?: boolean;
  readonly privileged?: boolean;
  readonly cap_drop?: readonly string[];
  readonly cap_add?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly healthcheck?: { readonly test: readonly string[] };
}
interface ComposeProject {
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly networks: Readonly<Record<string, { readonly internal?: boolean }>>;
}

const ROOT = process.cwd();

describe('docker-compose.yml', () => {
  const project = readDeployment('compose', 'docker-compose.yml') as ComposeProject;
  const services = Object.entries(project.services);
  const dockerfileOf = ({ build }: ComposeService): string =>
    build === undefined ? '' : readRepositoryFile(resolve(build.context, build.dockerfile));

  it('pins every image, those that its own are made from as well', () => {
    const images = services.flatMap(([, service]) => [
      service.image,
      ...[...dockerfileOf(service).matchAll(/^FROM (\S+)/gm)].map(([, image = '']) => image),
    ]);
    expect(images.filter((image) => !PINNED.test(image))).toEqual([]);
  });

  it('publishes the gateway and Grafana only, on the loopback interface only', () => {
    expect(
      services.flatMap(([name, { ports = [] }]) => ports.map((port) => [name, port.host_ip, port.target])),
    ).toEqual([
      ['edge-agent', '127.0.0.1', 8787],
      ['grafana', '127.0.0.1', 3000],
    ]);
  });

  it('gives the others no way out of the machine', () => {
    const open = Object.keys(project.networks).filter((name) => project.networks[name]?.internal !== true);
    expect(open).toEqual(['front']);
    expect(services.filter(([, { networks }]) => 'front' in networks).map(([name]) => name)).toEqual([
      'edge-agent',
      'grafana',
    ]);
  });

  it('runs every service without rights and with a health check', () => {
    expect(
      Object.fromEntries(
        services.map(([name, it]) => [
          name,
          [it.read_only, it.privileged, it.cap_drop, it.cap_add, it.security_opt, it.healthcheck?.test[0]],
        ]),
      ),
    ).toEqual(
      Object.fromEntries(
        services.map(([name]) => [
          name,
          [true, undefined, ['ALL'], undefined, ['no-new-privileges:true'], 'CMD'],
        ]),
      ),
    );
  });

  it('mounts nothing that is missing, and nothing of the repository to be written', () => {
    const mounts = services.flatMap(([, { volumes = [] }]) => volumes).filter(({ type }) => type === 'bind');
    expect(
      mounts.map(({ source, read_only }) => [relative(ROOT, source), existsSync(source), read_only]),
    ).toEqual(
      [
        'alertmanager',
        'grafana/provisioning',
        'grafana/dashboards',
        'otel-collector/config.yaml',
        'prometheus',
      ].map((path) => [path, true, true]),
    );
  });

  it('copies into its images only what is there', () => {
    const copied = services.flatMap(([, service]) =>
      [...dockerfileOf(service).matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, paths = '']) =>
        paths.split(' ').map((path) => resolve(service.build?.context ?? ROOT, path)),
      ),
    );
    expect(copied.length).toBeGreaterThan(0);
    expect(copied.filter((path) => !existsSync(path))).toEqual([]);
  });

  it('contains no password', () => {
    const names = services.flatMap(([, { environment = {} }]) => Object.keys(environment));
    expect(names.filter((name) => /PASSWORD|SECRET|TOKEN|API_?KEY/i.test(name))).toEqual([]);
  });

  it('sets only variables of the Collector that its file knows', () => {
    const set = Object.keys(project.services['otel-collector']?.environment ?? {});
    const file = readRepositoryFile('otel-collector/config.yaml');
    expect(set.filter((name) => name.startsWith('OTELCOL_') && !file.includes(`{env:${name}:-`))).toEqual([]);
  });

  it('has every host that Prometheus scrapes and Grafana asks', () => {
    const prometheus = parse(readRepositoryFile('prometheus/prometheus.yml')) as {
      scrape_configs: { static_configs: { targets: string[] }[] }[];
    };
    const scraped = prometheus.scrape_configs.flatMap((job) =>
      job.static_configs.flatMap((it) => it.targets),
    );
    const sources = parse(readRepositoryFile('grafana/provisioning/datasources/datasources.yml')) as {
      datasources: { url: string }[];
    };
    const hosts = [...scraped, ...sources.datasources.map(({ url }) => new URL(url).host)]
      .map((target) => target.split(':')[0] ?? '')
      .filter((host) => host !== 'localhost');
    expect([...new Set(hosts)].sort()).toEqual([
      'alertmanager',
      'edge-agent',
      'jaeger',
      'otel-collector',
      'prometheus',
    ]);
    expect(hosts.filter((host) => !(host in project.services))).toEqual([]);
  });
});
