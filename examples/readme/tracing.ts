/** Stands for a client of a provider. */
async function callProvider(): Promise<string> {
  return 'response';
}

// #region snippet
import { initMonitoring, observeOperation, observeRequest } from 'llm-edge-monitoring';

// Spans go to a Collector over OTLP gRPC; here, one trace in ten.
const monitoring = await initMonitoring({
  traces: { endpoint: 'http://localhost:4317', sampler: 'parentbased_traceidratio', samplerRatio: 0.1 },
});

// A SERVER span for the operation, and below it a CLIENT span for each request to a provider.
await observeOperation({ name: 'POST /v1/chat/completions' }, async (operation) => {
  operation.span.setAttribute('app.tenant', 'acme');
  return observeRequest({ provider: 'openai', model: 'gpt-4o-mini' }, () => callProvider());
});

// Sends the spans that are still queued.
await monitoring.forceFlush();

// #endregion

export { monitoring };
