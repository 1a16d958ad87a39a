import { SpanKind, trace } from '@opentelemetry/api';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { type Agent, startAgent } from '../../../examples/edge-agent/agent.js';
import { scrape } from '../../support/scrape.js';

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const CALLER_SPAN_ID = 'b7ad6b7169203331';

const exporter = new InMemorySpanExporter();
let agent: Agent;

beforeAll(async () => {
  trace.setGlobalTracerProvider(
    new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }),
  );
  agent = await startAgent({
    seed: 1,
    host: '127.0.0.1',
    port: 0,
    metricsPort: 0,
    isInstant: true,
    isFaulty: false,
    outages: [],
    isMonitored: true,
  });
});
afterAll(async () => {
  await agent.stop();
  trace.disable();
});
beforeEach(() => exporter.reset());

async function ask(model: string, stream: boolean): Promise<void> {
  const response = await fetch(agent.chatUrl, {
    method: 'POST',
    headers: { traceparent: `00-${TRACE_ID}-${CALLER_SPAN_ID}-01` },
    body: JSON.stringify({
      model,
      stream,
      messages: [{ role: 'user', content: `Hello ${model} ${stream}` }],
    }),
  });
  await response.text();
}

/** The spans of the process, who is above whom told by name. */
function finishedSpans() {
  const spans = exporter.getFinishedSpans();
  const nameOf = (spanId: string | undefined) =>
    spanId === CALLER_SPAN_ID
      ? 'the caller'
      : spans.find((span) => span.spanContext().spanId === spanId)?.name;
  return spans.map((span) => ({
    name: span.name,
    kind: span.kind,
    parent: nameOf(span.parentSpanContext?.spanId),
    traceId: span.spanContext().traceId,
    hasUsage: span.attributes['gen_ai.usage.output_tokens'] !== undefined,
  }));
}

describe('startAgent()', () => {
  it.each([
    ['gpt-4o-mini', false],
    ['gpt-4o-mini', true],
    ['claude-sonnet-4-6', false],
    ['claude-sonnet-4-6', true],
  ])(
    'continues the caller’s trace, with usage on the request’s span alone: %s, streamed %s',
    async (model, stream) => {
      await ask(model, stream);
      const operation = 'POST /v1/chat/completions';
      expect(finishedSpans()).toEqual([
        {
          name: `chat ${model}`,
          kind: SpanKind.CLIENT,
          parent: operation,
          traceId: TRACE_ID,
          hasUsage: true,
        },
        { name: operation, kind: SpanKind.SERVER, parent: 'the caller', traceId: TRACE_ID, hasUsage: false },
      ]);
    },
  );

  it('needs no request for what its cache holds, and counts what that saved', async () => {
    await ask('gpt-5-mini', false);
    const before = await scrape(agent.metricsUrl);
    exporter.reset();
    await ask('gpt-5-mini', false);
    const after = await scrape(agent.metricsUrl);
    const grown = (series: string) => (after[series] ?? 0) - (before[series] ?? 0);
    const cost = 'llm_edge_cost_usd_total{provider="openai",model="gpt-5-mini"}';
    expect(finishedSpans().map(({ name }) => name)).toEqual(['POST /v1/chat/completions']);
    expect([grown(cost), grown('llm_edge_cache_hits_total{tier="L1"}')]).toEqual([0, 1]);
    expect(grown('llm_edge_cache_savings_usd_total{tier="L1"}')).toBeCloseTo(before[cost] ?? Number.NaN, 12);
  });

  it('says which providers it declares, healthy and unused', async () => {
    const samples = await scrape(agent.metricsUrl);
    expect([
      samples['llm_edge_provider_available{provider="openai"}'],
      samples['llm_edge_provider_available{provider="anthropic"}'],
      samples['llm_edge_circuit_breaker_state{provider="openai"}'],
      samples['llm_edge_budget_limit_usd{budget="example"}'],
    ]).toEqual([1, 1, 0, 5]);
  });
});
