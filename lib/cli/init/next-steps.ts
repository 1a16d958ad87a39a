import type { InitParameters } from './init-parameters.js';

/** What to do with the files in `folder`. */
export function nextSteps(folder: string, parameters: InitParameters): string {
  const { job, target, platform, port } = parameters;
  const steps: Readonly<Record<typeof platform, string>> = {
    compose: `Start the stack:    docker compose -f ${folder}/docker-compose.yml up --build
Start the service:  OTEL_SERVICE_NAME=${job}, and on Linux OTEL_EXPORTER_PROMETHEUS_HOST=172.17.0.1
Look at it:         http://localhost:3000
`,
    programs: `Start Prometheus:     prometheus --config.file=${folder}/prometheus/prometheus.yml \\
                        --storage.tsdb.path=${folder}/data/prometheus --storage.tsdb.retention.time=31d \\
                        --enable-feature=exemplar-storage
Start the Collector:  OTELCOL_STORAGE_DIR=${folder}/data/otelcol \\
                        otelcol-contrib --config=${folder}/otel-collector/config.yaml
Start the service:    OTEL_SERVICE_NAME=${job}, at ${target.join(', ')}
Look at it:           http://localhost:9090, and import ${folder}/grafana/dashboards into Grafana
`,
    operator: `Pods need the label app.kubernetes.io/name: ${job} and a port called metrics (${port}).
Apply it:  kubectl apply -k ${folder}
`,
    annotations: `Apply it:           kubectl apply -k ${folder}
Annotate the pods:  ${folder}/pod-annotations.yaml says how
Scrape them:        add the job of ${folder}/prometheus-scrape.yml to Prometheus, and mount llm-edge-rules into it
`,
  };
  return steps[platform];
}
