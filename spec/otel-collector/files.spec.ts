import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

/** The sections of a Collector's file; a section that a file lacks is empty. */
type Config = Readonly<
  Record<
    'extensions' | 'receivers' | 'processors' | 'connectors' | 'exporters' | 'service',
    Readonly<Record<string, unknown>>
  >
>;

const FOLDER = 'otel-collector';
const FILES = ['config', 'agent', 'gateway'] as const;
const SECTIONS = ['extensions', 'receivers', 'processors', 'connectors', 'exporters'] as const;

const read = (file: string): string => readFileSync(file, 'utf8');
const readConfig = (file: string): Config => ({ processors: {}, connectors: {}, ...parse(read(file)) });
const [config, agent, gateway] = FILES.map((file) => readConfig(`${FOLDER}/${file}.yaml`)) as [
  Config,
  Config,
  Config,
];

/** The type of a component: what stands before the slash of its id. */
const typeOf = (id: string): string => id.split('/')[0] ?? id;

/** What the modules of the manifest register themselves as, where that is not the module's own name. */
const TYPES: Readonly<Record<string, string>> = {
  file: 'file',
  filestorage: 'file_storage',
  healthcheck: 'health_check',
  loadbalancing: 'load_balancing',
  memorylimiter: 'memory_limiter',
  otlp: 'otlp',
  resourcedetection: 'resource_detection',
  spanmetrics: 'span_metrics',
  tailsampling: 'tail_sampling',
};

describe('otel-collector', () => {
  it('does the same in agent.yaml as in config.yaml where both do it', () => {
    expect(agent.extensions).toEqual(config.extensions);
    expect(agent.receivers).toEqual(config.receivers);
    const { tail_sampling: _, ...shared } = config.processors;
    expect(agent.processors).toEqual(shared);
    expect(agent.connectors['span_metrics']).toEqual(config.connectors['span_metrics']);
    expect(agent.exporters['prometheus']).toEqual(config.exporters['prometheus']);
    expect(agent.service['telemetry']).toEqual(config.service['telemetry']);
  });

  it('does the same in gateway.yaml as in config.yaml, but for how long a trace waits', () => {
    const policiesOf = ({ processors }: Config) =>
      (processors['tail_sampling'] as { policies: unknown }).policies;
    expect(policiesOf(gateway)).toEqual(policiesOf(config));
    expect(gateway.processors['memory_limiter']).toEqual(config.processors['memory_limiter']);
    expect(gateway.extensions).toEqual(config.extensions);
    expect(gateway.exporters).toEqual({
      'otlp_grpc/trace_store': config.exporters['otlp_grpc/trace_store'],
    });
    expect(gateway.service['telemetry']).toEqual(config.service['telemetry']);
  });

  it('documents every variable with its default, and no other', () => {
    const used = new Map<string, string>();
    for (const file of FILES) {
      for (const [, name = '', value = ''] of read(`${FOLDER}/${file}.yaml`).matchAll(
        /\$\{env:(\w+):-(.*?)\}/g,
      )) {
        // What gateway.yaml has of its own is told in the text of the row.
        if (!used.has(name)) used.set(name, value);
      }
    }
    const documented = [...read(`${FOLDER}/README.md`).matchAll(/^\| `(OTELCOL_\w+)` \| `(.*?)` \|/gm)];
    expect(Object.fromEntries(documented.map(([, name, value]) => [name, value]))).toEqual(
      Object.fromEntries(used),
    );
  });

  it('builds exactly the components that the files use', () => {
    const manifest = parse(read(`${FOLDER}/builder.yaml`)) as Record<string, { gomod: string }[]>;
    const all = [config, agent, gateway, readConfig('spec/e2e/support/trace-store.yaml')];
    for (const section of SECTIONS) {
      const used = new Set(all.flatMap((file) => Object.keys(file[section]).map(typeOf)));
      const built = (manifest[section] ?? []).map(({ gomod }) => {
        const module = gomod.split(' ')[0]?.split('/').at(-1) ?? '';
        const name = module.replace(/(receiver|processor|connector|exporter|extension)$/, '');
        return section === 'exporters' && name === 'otlp' ? 'otlp_grpc' : (TYPES[name] ?? name);
      });
      expect({ section, types: built.sort() }).toEqual({ section, types: [...used].sort() });
    }
  });

  it('is of one version everywhere', () => {
    const { dist } = parse(read(`${FOLDER}/builder.yaml`)) as { dist: { version: string } };
    const versions = [
      'otel-collector/Dockerfile',
      'docker-compose.yml',
      'deploy/kubernetes/kustomization.yaml',
    ]
      .map(read)
      .flatMap((text) => [...text.matchAll(/otel[\w/-]*collector[\w-]*(?::|\n\s+newTag: )(\d+\.\d+\.\d+)/g)])
      .map(([, version]) => version);
    expect(versions).toEqual([dist.version, dist.version, dist.version]);
  });
});
