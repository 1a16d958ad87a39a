import { type Document, isMap, isScalar } from 'yaml';
import { type OutputFile, stamped } from './init-output.js';
import type { InitParameters } from './init-parameters.js';
import { listAt, readPackageYaml, writeYaml } from './package-files.js';

const HEADER = `Collector, Prometheus, Alertmanager, trace store and Grafana for a service that runs on this machine.

  docker compose up --build

  http://localhost:3000   Grafana: dashboards, and traces behind their exemplars
  localhost:4317, :4318   OTLP, where the service sends its spans by default

Only these are published, and only on the loopback interface. Grafana has no accounts and so no password: anyone
who reaches the port can view and explore, but nothing that is provisioned can be changed. Do not publish it further
before adding accounts. GRAFANA_PORT, OTLP_GRPC_PORT and OTLP_HTTP_PORT move the ports.

Prometheus scrapes the service at host.docker.internal. Docker on Linux reaches it there only if it listens beyond
loopback: OTEL_EXPORTER_PROMETHEUS_HOST=172.17.0.1 (the address of the bridge "docker0") in the service. Docker
Desktop needs no setting.`;

/** Publishes a port on the loopback interface; a variable of Compose's moves it. */
const onLoopback = (variable: string, port: number): string => `127.0.0.1:\${${variable}:-${port}}:${port}`;

/** The stack of the repository without its example. */
export function composeFile(parameters: InitParameters): OutputFile {
  const document = readPackageYaml('docker-compose.yml');
  // Compose keeps volumes and networks of different projects apart by this name.
  document.set('name', `${parameters.job.toLowerCase().replaceAll('.', '-')}-monitoring`);
  document.deleteIn(['services', 'edge-agent']);
  withoutLineAboveFirst(document);
  // The service is on the machine, which the other network does not lead to.
  for (const name of ['otel-collector', 'prometheus']) {
    listAt(document, 'services', name, 'networks').items.unshift(document.createNode('front'));
  }
  document.setIn(
    ['services', 'otel-collector', 'ports'],
    document.createNode([onLoopback('OTLP_GRPC_PORT', 4317), onLoopback('OTLP_HTTP_PORT', 4318)]),
  );
  document.setIn(
    ['services', 'prometheus', 'extra_hosts'],
    document.createNode(['host.docker.internal:host-gateway']),
  );
  return stamped('docker-compose.yml', writeYaml(document, HEADER), parameters);
}

function withoutLineAboveFirst(document: Document): void {
  const services = document.get('services');
  const first = isMap(services) ? services.items[0]?.key : undefined;
  if (isScalar(first)) first.spaceBefore = false;
}
