import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import {
  initMonitoring,
  type Monitoring,
  type MonitoringOptions,
  observeOperation,
  resolveConfig,
  startRequest,
} from '../../lib/index.js';
import { captureLog } from '../support/captured-log.js';
import { type GenAiMonitoring, startGenAiMonitoring } from '../support/gen-ai-monitoring.js';
import { scrape } from '../support/scrape.js';
import { withEnv } from '../support/with-env.js';

const BOTH_READERS = { metrics: { exporters: ['prometheus', 'otlp'] } } as const satisfies MonitoringOptions;

function makeRequest(): void {
  observeOperation({}, () => {
    const request = startRequest({
      provider: 'openai',
      model: 'gpt-4o',
      streaming: true,
      serverAddress: 'api.openai.com',
      serverPort: 443,
    });
    request.firstToken();
    request.setUsage({ inputTokens: 10, outputTokens: 5, cacheReadTokens: 4 });
    request.setResponse({ model: 'gpt-4o-2024-08-06' });
    request.end();
  });
}

/** The samples of a page that are of the GenAI conventions, buckets left out. */
async function scraped(monitoring: Monitoring): Promise<Readonly<Record<string, number>>> {
  const samples = Object.entries(await scrape(monitoring.metricsUrl));
  return Object.fromEntries(samples.filter(([series]) => /^gen_ai_(?!.*_(bucket|sum)\b)/.test(series)));
}

describe('a scrape', () => {
  let running: GenAiMonitoring;
  afterEach(() => running.stop());

  it('shows none of the GenAI metrics unless it is told to, though they are pushed', async () => {
    running = await startGenAiMonitoring({ metrics: 'both' }, BOTH_READERS);
    makeRequest();
    expect((await running.push()).length).toBeGreaterThan(0);
    expect(await scraped(running.monitoring)).toEqual({});
  });

  it('shows them with genAi.scrape, under the names of the OTLP receiver of Prometheus', async () => {
    running = await startGenAiMonitoring({ metrics: 'both', scrape: true }, BOTH_READERS);
    makeRequest();
    const names = Object.keys(await scraped(running.monitoring)).map((series) => series.replace(/\{.*/, ''));
    expect([...new Set(names)].sort()).toEqual([
      'gen_ai_client_inference_duration_seconds_count',
      'gen_ai_client_inference_operation_input_tokens_count',
      'gen_ai_client_inference_operation_output_tokens_count',
      'gen_ai_client_inference_usage_cache_read_input_tokens_total',
      'gen_ai_client_inference_usage_cache_write_input_tokens_total',
      'gen_ai_client_inference_usage_input_tokens_total',
      'gen_ai_client_inference_usage_output_tokens_total',
      'gen_ai_client_inference_usage_reasoning_output_tokens_total',
      'gen_ai_client_operation_duration_seconds_count',
      'gen_ai_client_token_usage_count',
      'gen_ai_server_request_duration_seconds_count',
      'gen_ai_server_time_per_output_token_seconds_count',
      'gen_ai_server_time_to_first_token_seconds_count',
    ]);
    expect(await scraped(running.monitoring)).toMatchObject({
      'gen_ai_client_operation_duration_seconds_count{gen_ai_operation_name="chat",gen_ai_provider_name="openai",gen_ai_request_model="gpt-4o",gen_ai_response_model="gpt-4o-2024-08-06",server_address="api.openai.com",server_port="443"}': 1,
    });
  });

  it('and a push each have all of it, however often the other collects', async () => {
    running = await startGenAiMonitoring({ metrics: 'next', scrape: true }, BOTH_READERS);
    for (let round = 1; round <= 3; round += 1) {
      makeRequest();
      await scraped(running.monitoring);
      await scraped(running.monitoring);
      const pushed = await running.push();
      expect(pushed.find(({ name }) => name === 'gen_ai.client.inference.duration')?.value).toBe(round);
      const page = Object.entries(await scraped(running.monitoring));
      expect(page.find(([series]) => series.startsWith('gen_ai_client_inference_duration'))?.[1]).toBe(round);
    }
  });
});

describe('without a reader that shows them', () => {
  it('the GenAI metrics are off, with a warning that says what to do', async () => {
    const { lines, release } = captureLog();
    const monitoring = await initMonitoring({
      metrics: { port: 0 },
      traces: { exporter: 'none' },
      genAi: { metrics: 'v1.41' },
    });
    makeRequest();
    expect(lines.join('\n')).toMatch(/genAi\.metrics has no effect.*metrics\.exporters.*genAi\.scrape/);
    await monitoring.shutdown();
    release();
  });
});

describe('an opt-in for all packages of the process', () => {
  it('is no reason for a warning where nothing shows the GenAI metrics', async () => {
    const { lines, release } = captureLog();
    await withEnv({ OTEL_SEMCONV_STABILITY_OPT_IN: 'gen_ai_latest_experimental' }, async () => {
      const monitoring = await initMonitoring({ metrics: { port: 0 }, traces: { exporter: 'none' } });
      expect(monitoring.config.genAi.metrics).toBe('next');
      await monitoring.shutdown();
    });
    expect(lines).toEqual([]);
    release();
  });
});

describe('with a meter provider of the user', () => {
  it('the GenAI metrics go to its readers', async () => {
    const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
    const meterProvider = new MeterProvider({ readers: [new PeriodicExportingMetricReader({ exporter })] });
    const monitoring = await initMonitoring({
      meterProvider,
      traces: { exporter: 'none' },
      genAi: { metrics: 'v1.41' },
    });
    makeRequest();
    await meterProvider.forceFlush();
    const names = exporter
      .getMetrics()
      .flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics }) => metrics))
      .map(({ descriptor }) => descriptor.name);
    expect(names).toEqual(
      expect.arrayContaining(['llm_edge_requests_total', 'gen_ai.client.operation.duration']),
    );
    await monitoring.shutdown();
    await meterProvider.shutdown();
  });
});

describe('the environment', () => {
  const metricsWith = (env: Readonly<Record<string, string>>, options: MonitoringOptions = {}): unknown => {
    const resolved = resolveConfig(options, env);
    if (!resolved.ok) throw resolved.error;
    return [resolved.value.genAi.metrics, resolved.value.warnings.map(({ variable }) => variable)];
  };

  it.each([
    ['', 'none'],
    ['gen_ai_latest_experimental', 'next'],
    ['http/dup, gen_ai_latest_experimental', 'next'],
    ['gen_ai_latest_experimental/dup', 'both'],
    ['GEN_AI_LATEST_EXPERIMENTAL', 'next'],
    ['http,database/dup,messaging', 'none'],
    ['gen_ai_something_else', 'none'],
  ])('opts in with OTEL_SEMCONV_STABILITY_OPT_IN=%s to %s, and reports no other entry', (value, metrics) => {
    expect(metricsWith({ OTEL_SEMCONV_STABILITY_OPT_IN: value })).toEqual([metrics, []]);
  });

  it('gives way to the option, and to the variable of this package', () => {
    const env = { OTEL_SEMCONV_STABILITY_OPT_IN: 'gen_ai_latest_experimental' };
    expect(metricsWith(env, { genAi: { metrics: 'none' } })).toEqual(['none', []]);
    expect(metricsWith({ ...env, LLM_EDGE_GEN_AI_METRICS: 'v1.41' })).toEqual(['v1.41', []]);
  });

  it('warns of a value of the variable of this package that is not supported', () => {
    expect(metricsWith({ LLM_EDGE_GEN_AI_METRICS: 'v1.36' })).toEqual(['none', ['LLM_EDGE_GEN_AI_METRICS']]);
  });
});
