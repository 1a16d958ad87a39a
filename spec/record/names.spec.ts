import { initMonitoring, type Monitoring } from '../../lib/index.js';
import { parseExposition } from '../support/parse-exposition.js';

/** The values of one label on a page, in the order of its lines. */
function valuesOf(page: string, metric: string, label: string): string[] {
  return parseExposition(page)
    .flatMap(({ samples }) => samples)
    .filter(({ name }) => name === metric)
    .map(({ labels }) => labels[label] ?? '');
}

describe('names of providers and models', () => {
  let monitoring: Monitoring;
  beforeEach(async () => {
    monitoring = await initMonitoring({ metrics: { port: 0 }, traces: { exporter: 'none' } });
  });
  afterEach(() => monitoring.shutdown());

  async function page(accept?: string): Promise<string> {
    const response = await fetch(monitoring.metricsUrl ?? '', accept ? { headers: { accept } } : {});
    return response.text();
  }

  it('that are equal once they are well-formed are one series', async () => {
    for (const model of ['m\ud800', 'm\udfff', 'm\ufffd', 'm\ud800']) {
      monitoring.recordRequestSuccess('openai', model, 1);
    }
    monitoring.recordProviderHealth('p\ud800', true);
    monitoring.recordProviderHealth('p\udc00', true);
    monitoring.recordFailover('p\ud800', 'q\udc00', 'timeout');
    monitoring.recordFailover('p\ufffd', 'q\ufffd', 'timeout');
    monitoring.recordBudget('b\ud800', 1, 1);
    monitoring.recordBudget('b\ufffd', 1, 1);
    const text = await page();
    expect(valuesOf(text, 'llm_edge_requests_total', 'model')).toEqual(['m\ufffd']);
    expect(valuesOf(text, 'llm_edge_request_duration_ms_count', 'model')).toEqual(['m\ufffd']);
    expect(valuesOf(text, 'llm_edge_provider_available', 'provider')).toEqual(['p\ufffd']);
    expect(valuesOf(text, 'llm_edge_failovers_total', 'to_provider')).toEqual(['q\ufffd']);
    expect(valuesOf(text, 'llm_edge_budget_spent_usd', 'budget')).toEqual(['b\ufffd']);
    expect(text).toContain('llm_edge_requests_total{provider="openai",model="m\ufffd",status="success"} 4\n');
  });

  it('keep their halves where these belong together, and every character that a label may have', async () => {
    const models = [
      '\ud83d\ude00',
      'a"b',
      'a\\b',
      'a\nb',
      'a\\nb',
      'a\rb',
      'a\tb',
      'a\u0000b',
      'a\u2028b',
      ' a ',
      '#',
      '}',
    ];
    for (const model of models) monitoring.recordRequestSuccess('openai', model, 1);
    for (const accept of ['text/plain', 'application/openmetrics-text; version=1.0.0']) {
      expect(valuesOf(await page(accept), 'llm_edge_requests_total', 'model')).toEqual(models);
    }
  });
});
