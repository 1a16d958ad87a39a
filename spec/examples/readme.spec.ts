import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { runScript } from '../support/run-script.js';
import { samplesOf } from '../support/scrape.js';

const ROOT = join(__dirname, '..', '..');

/** Examples that record and leave the start to their reader, then those that start the monitoring themselves. */
const RECORDING = ['basic-recording', 'cache', 'health', 'request-lifecycle', 'cost', 'failover'];
const STARTING = ['quick-start', 'clients', 'budgets', 'testing', 'tracing', 'errors', 'metrics-page'];

const SCRIPT = `
  import { context, trace } from '@opentelemetry/api';
  import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
  import { OPENAI, withoutFaults } from '${ROOT}/examples/edge-agent/providers/faults.ts';
  import { OPENAI_DIALECT } from '${ROOT}/examples/edge-agent/providers/openai-server.ts';
  import { startProvider } from '${ROOT}/examples/edge-agent/providers/provider-server.ts';
  import { initMonitoring } from '#lib/index.ts';

  const expositions = {};
  const realFetch = globalThis.fetch;
  const finish = async (name, monitoring) => {
    expositions[name] = await (await realFetch(monitoring.metricsUrl)).text();
    await monitoring.shutdown();
  };
  const load = (name) => import('${ROOT}/examples/readme/' + name + '.ts');
  const printed = [];
  console.log = (line) => printed.push(line);
  console.error = (line) => printed.push(line);

  for (const name of ${JSON.stringify(RECORDING)}) {
    const monitoring = await initMonitoring();
    await load(name);
    await finish(name, monitoring);
  }

  // OpenAI is a loopback server here; everything else is as a reader would have it.
  const openai = await startProvider(OPENAI_DIALECT, withoutFaults(OPENAI), 1);
  globalThis.fetch = (url, init) => realFetch(String(url).replace('https://api.openai.com', 'http://127.0.0.1:' + openai.port), init);
  await finish('quick-start', (await load('quick-start')).monitoring);
  await openai.close();

  const monitoring = await initMonitoring();
  await load('clients');
  await finish('clients', monitoring);
  await finish('budgets', (await load('budgets')).monitoring);

  await load('testing');

  const exporter = new InMemorySpanExporter();
  const spanProcessors = [new SimpleSpanProcessor({ exporter })];
  trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors }));
  await finish('tracing', (await load('tracing')).monitoring);
  const spans = exporter.getFinishedSpans().map((span) => ({
    name: span.name,
    kind: span.kind,
    parent: exporter.getFinishedSpans().find((other) => other.spanContext().spanId === span.parentSpanContext?.spanId)?.name,
    tenant: span.attributes['app.tenant'],
  }));

  await load('errors');

  const { app, monitoring: served } = await load('metrics-page');
  const server = app.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  expositions['metrics-page'] = await (await realFetch('http://127.0.0.1:' + server.address().port + '/metrics')).text();
  server.closeAllConnections();
  server.close();
  await served.shutdown();
  // The quick start keeps its process alive.
  process.stdout.write(JSON.stringify({ expositions, printed, spans }), () => process.exit());
`;

interface Result {
  readonly expositions: Readonly<Record<string, string>>;
  readonly printed: readonly string[];
  readonly spans: readonly object[];
}

let result: Result;
beforeAll(async () => {
  const env = {
    TSX_TSCONFIG_PATH: join(ROOT, 'tsconfig.spec.json'),
    OTEL_EXPORTER_PROMETHEUS_PORT: '0',
    OTEL_TRACES_EXPORTER: 'none',
    OPENAI_API_KEY: 'sk-test',
    ANTHROPIC_API_KEY: 'sk-test',
  };
  const { code, stdout, stderr } = await runScript(SCRIPT, env).end();
  if (code !== 0) throw new Error(stderr);
  result = JSON.parse(stdout);
});

/** What an example recorded, without the counters that stayed at 0 and without what depends on the clock. */
function recordedBy(name: string): Record<string, number> {
  const samples = Object.entries(samplesOf(result.expositions[name] ?? ''));
  return Object.fromEntries(
    samples.filter(
      ([series, value]) =>
        series.startsWith('llm_edge_') &&
        !/^llm_edge_(?:monitoring|price_list)_|^\w+_(bucket|sum)\b/.test(series) &&
        !(/^\w+_total\b/.test(series) && value === 0),
    ),
  );
}

describe('examples/readme', () => {
  it('has no file that this spec does not run', () => {
    const files = readdirSync(join(ROOT, 'examples', 'readme')).map((file) => file.replace(/\.ts$/, ''));
    expect(files.sort()).toEqual([...RECORDING, ...STARTING].sort());
  });

  describe('basic-recording.ts', () => {
    it('counts a success, a failure, tokens and the exact cost', () => {
      expect(recordedBy('basic-recording')).toEqual({
        llm_edge_active_requests: 0,
        'llm_edge_requests_total{provider="openai",model="gpt-4",status="success"}': 1,
        'llm_edge_requests_total{provider="anthropic",model="claude-3",status="error",error_type="rate_limited"}': 1,
        'llm_edge_request_duration_ms_count{provider="openai",model="gpt-4"}': 1,
        'llm_edge_request_duration_ms_count{provider="anthropic",model="claude-3"}': 1,
        'llm_edge_tokens_total{provider="openai",model="gpt-4",type="input"}': 150,
        'llm_edge_tokens_total{provider="openai",model="gpt-4",type="output"}': 500,
        'llm_edge_cost_usd_total{provider="openai",model="gpt-4"}': 0.0075,
      });
    });
  });

  describe('metrics-page.ts', () => {
    it('shows the metrics at a path of an Express app', () => {
      expect(recordedBy('metrics-page')).toEqual({ llm_edge_active_requests: 0 });
    });
  });

  describe('cache.ts', () => {
    it('counts each tier and what the hit saved', () => {
      expect(recordedBy('cache')).toEqual({
        llm_edge_active_requests: 0,
        'llm_edge_cache_misses_total{tier="L1"}': 1,
        'llm_edge_cache_hits_total{tier="L2"}': 1,
        'llm_edge_cache_savings_usd_total{tier="L2"}': 0.0075,
      });
    });
  });

  describe('health.ts', () => {
    it('shows who is up, the open circuit and the requests in flight', () => {
      expect(recordedBy('health')).toEqual({
        llm_edge_active_requests: 42,
        'llm_edge_provider_available{provider="openai"}': 1,
        'llm_edge_provider_available{provider="anthropic"}': 0,
        'llm_edge_circuit_breaker_state{provider="anthropic"}': 2,
      });
    });
  });

  describe('request-lifecycle.ts', () => {
    it('records all of a request and leaves the gauge at 0', () => {
      expect(recordedBy('request-lifecycle')).toEqual({
        llm_edge_active_requests: 0,
        'llm_edge_requests_total{provider="openai",model="gpt-4",status="success"}': 1,
        'llm_edge_request_duration_ms_count{provider="openai",model="gpt-4"}': 1,
        'llm_edge_tokens_total{provider="openai",model="gpt-4",type="input"}': 150,
        'llm_edge_tokens_total{provider="openai",model="gpt-4",type="output"}': 500,
        // $30 for a million tokens in, $60 for a million out.
        'llm_edge_cost_usd_total{provider="openai",model="gpt-4"}': expect.closeTo(0.0345, 12),
      });
    });
  });

  describe('cost.ts', () => {
    it('charges cached tokens at their own price', () => {
      expect(recordedBy('cost')).toEqual({
        llm_edge_active_requests: 0,
        'llm_edge_cost_usd_total{provider="openai",model="gpt-4o"}': 0.02,
      });
    });
  });

  describe('failover.ts', () => {
    it('blames the provider that failed', () => {
      expect(recordedBy('failover')).toEqual({
        llm_edge_active_requests: 0,
        'llm_edge_requests_total{provider="openai",model="gpt-4o",status="error",error_type="timeout"}': 1,
        'llm_edge_requests_total{provider="anthropic",model="claude-sonnet-4-6",status="success"}': 1,
        'llm_edge_request_duration_ms_count{provider="openai",model="gpt-4o"}': 1,
        'llm_edge_request_duration_ms_count{provider="anthropic",model="claude-sonnet-4-6"}': 1,
        'llm_edge_usage_missing_total{provider="anthropic",model="claude-sonnet-4-6",reason="not_reported"}': 1,
        'llm_edge_failovers_total{from_provider="openai",to_provider="anthropic",error_type="timeout"}': 1,
        'llm_edge_provider_available{provider="openai"}': 0,
        'llm_edge_operations_total{status="success"}': 1,
        llm_edge_operation_duration_ms_count: 1,
        llm_edge_overhead_ms_count: 1,
      });
    });
  });

  describe('quick-start.ts', () => {
    it('counts and prices the call of a real client, prints its answer and what was counted, and stays', () => {
      const recorded = recordedBy('quick-start');
      const of = (metric: string, labels = '') =>
        recorded[`${metric}{provider="openai",model="gpt-4o-mini"${labels}}`] ?? Number.NaN;
      const [input, output] = ['input', 'output'].map((type) =>
        of('llm_edge_tokens_total', `,type="${type}"`),
      );
      expect(of('llm_edge_requests_total', ',status="success"')).toBe(1);
      const [answer = '', counted = '', page] = result.printed;
      expect([input, output]).toEqual([6, Math.ceil(answer.length / 4)]);
      expect(of('llm_edge_cost_usd_total')).toBeCloseTo(6 * 0.15e-6 + (output ?? 0) * 0.6e-6, 12);
      const model = '{provider="openai",model="gpt-4o-mini"';
      expect(counted.split('\n').map((line) => line.replace(/[\d.]+$/, ''))).toEqual([
        `llm_edge_requests_total${model},status="success"} `,
        `llm_edge_request_duration_ms_sum${model}} `,
        `llm_edge_tokens_total${model},type="input"} `,
        `llm_edge_tokens_total${model},type="output"} `,
        `llm_edge_cost_usd_total${model}} `,
      ]);
      expect(page).toMatch(/^Open http:\/\/localhost:\d+\/ until Ctrl-C\.$/);
    });
  });

  describe('clients.ts', () => {
    it("counts the calls to a server of one's own under the name it was given", () => {
      expect(recordedBy('clients')).toMatchObject({
        'llm_edge_requests_total{provider="vllm",model="llama-3",status="success"}': 1,
        'llm_edge_tokens_total{provider="vllm",model="llama-3",type="input"}': 1000,
      });
    });
  });

  describe('budgets.ts', () => {
    it('tells what was spent, and calls back at each threshold that was passed', () => {
      expect(recordedBy('budgets')).toMatchObject({
        'llm_edge_budget_limit_usd{budget="team-a"}': 100,
        'llm_edge_budget_spent_usd{budget="team-a"}': 80,
      });
      expect(result.printed.slice(3, 5)).toEqual(['team-a has spent 50 %', 'team-a has spent 80 %']);
    });
  });

  describe('tracing.ts', () => {
    it('makes one trace of an operation and its request', () => {
      const SERVER = 1;
      const CLIENT = 2;
      expect(result.spans).toEqual([
        { name: 'chat gpt-4o-mini', kind: CLIENT, parent: 'POST /v1/chat/completions' },
        { name: 'POST /v1/chat/completions', kind: SERVER, tenant: 'acme' },
      ]);
    });
  });

  describe('errors.ts', () => {
    it('tells both problems, twice', () => {
      expect(result.printed.slice(5)).toEqual([
        expect.stringMatching(/^metrics\.port 94640: write /),
        expect.stringMatching(/^traces\.endpoint "collector:4317": write .*http:\/\/collector:4317/),
        expect.stringMatching(/metrics\.port[\s\S]*traces\.endpoint/),
      ]);
    });
  });
});
