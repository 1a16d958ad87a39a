import { context, SpanKind, trace } from '@opentelemetry/api';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import type { TracerProvider } from '@opentelemetry/sdk-trace';
import { METRICS } from 'llm-edge-monitoring';

interface Completion {
  readonly id: string;
  readonly model: string;
  readonly choices: readonly { readonly finish_reason: string }[];
  readonly usage: { readonly prompt_tokens: number; readonly completion_tokens: number };
}

/**
 * What is left of an instrumented fetch if it does the least: a span in context, the facts of one known answer and one
 * histogram. It knows one API and no streams, aborts, errors or prices, and trusts all that it reads.
 */
export function createPlainFetch(fetch: typeof globalThis.fetch, provider: TracerProvider): typeof fetch {
  const tracer = provider.getTracer('plain');
  const meters = new MeterProvider({ readers: [new PrometheusExporter({ preventServerStart: true })] });
  const durations = meters.getMeter('plain').createHistogram('llm_edge_request_duration_ms', {
    advice: { explicitBucketBoundaries: [...METRICS.llm_edge_request_duration_ms.buckets] },
  });
  return async (input, init) => {
    const { model } = JSON.parse(String(init?.body)) as { readonly model: string };
    const attributes = {
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'openai',
      'gen_ai.request.model': model,
      'gen_ai.request.stream': false,
      'server.address': 'api.openai.com',
      'server.port': 443,
    };
    const active = context.active();
    const span = tracer.startSpan(`chat ${model}`, { kind: SpanKind.CLIENT, attributes }, active);
    const startMs = performance.now();
    const response = await context.with(trace.setSpan(active, span), () => fetch(input, init));
    const json = response.json.bind(response);
    const readJson = async (): Promise<Completion> => {
      const completion = (await json()) as Completion;
      span.setAttributes({
        'gen_ai.response.id': completion.id,
        'gen_ai.response.model': completion.model,
        'gen_ai.response.finish_reasons': completion.choices.map((choice) => choice.finish_reason),
        'gen_ai.usage.input_tokens': completion.usage.prompt_tokens,
        'gen_ai.usage.output_tokens': completion.usage.completion_tokens,
      });
      durations.record(performance.now() - startMs, { provider: 'openai', model });
      span.end();
      return completion;
    };
    return Object.assign(response, { json: readJson });
  };
}
