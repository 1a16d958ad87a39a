import { initMonitoring, observeOperation, type Recorder, startRequest } from '../lib/index.js';

/** What may come as a name: all that has a meaning in one of the formats, or none in UTF-8. */
const NAMES = [
  'gpt-4o',
  'other',
  'a\nb',
  'a\\nb',
  'a\\\nb',
  'a\rb',
  'a\r\nb',
  'a"b',
  'a\\"b',
  '"',
  '\\',
  'a\tb',
  'a\u0000b',
  'a\u001b[31mb',
  'a\u0085b',
  'a\u2028b',
  'a\ud800',
  'a\udfff',
  'a\ufffd',
  '\ud83d\ude00',
  'e\u0301',
  '\u00e9',
  '{',
  '}',
  ',',
  '=',
  '# EOF',
  ' a ',
  'NaN',
  '__proto__',
  '\u202egpt',
  'm'.repeat(200),
  'm'.repeat(201),
  ' ',
  '',
];
const NUMBERS = [0, -0, 1, 0.1 + 0.2, 1e-7, 1e10, 1e308, -1, Number.NaN, Number.POSITIVE_INFINITY];

/** A page in both formats, of a process that was told whatever callers and upstreams can think of. */
export async function hostilePages(): Promise<{ readonly text: string; readonly openMetrics: string }> {
  const monitoring = await initMonitoring({
    serviceName: 'a"b\\c\nd\ud800',
    resourceAttributes: { 'a-b': '1', 'a.b': '2', le: 'x', é: '\udfff', 'line\nfeed': '"' },
    metrics: { port: 0 },
    // Spans are recorded, so that there are exemplars, and go nowhere.
    traces: {
      sampler: 'always_on',
      spanExporter: { export: (_, done) => done({ code: 0 }), shutdown: () => Promise.resolve() },
    },
    limits: { models: 500, providers: 100, routes: 500 },
  });
  try {
    for (const name of NAMES) recordAll(monitoring, name);
    // The second page tells of the scrape of the first.
    await page(monitoring.metricsUrl, 'text/plain');
    return {
      text: await page(monitoring.metricsUrl, 'text/plain; version=0.0.4'),
      openMetrics: await page(monitoring.metricsUrl, 'application/openmetrics-text; version=1.0.0'),
    };
  } finally {
    await monitoring.shutdown();
  }
}

function recordAll(recorder: Recorder, name: string): void {
  for (const number of NUMBERS) {
    recorder.recordRequestSuccess(name, name, number);
    recorder.recordRequestFailure('openai', name, name, number);
    recorder.recordTokenUsage('openai', name, number, number, { cacheReadTokens: number });
    recorder.recordCost('openai', name, number);
    recorder.recordRateLimit('openai', name, 'tokens', { remaining: number, limit: number, resetMs: number });
    recorder.recordCacheSavings('L1', number);
    recorder.recordActiveRequests(number);
    recorder.recordBudget(name, number, number);
  }
  recorder.recordProviderHealth(name, true);
  recorder.recordCircuitState(name, 'open');
  recorder.recordRetry(name, name, 'timeout');
  recorder.recordFailover(name, 'openai', 'timeout');
  recorder.recordFailover('openai', name, name);
  observeOperation({ name }, () => {
    const request = startRequest({ provider: name, model: name });
    request.firstToken();
    request.setUsage({ inputTokens: 2, outputTokens: 3 });
    request.end();
  });
}

async function page(url: string | undefined, accept: string): Promise<string> {
  const response = await fetch(url ?? '', { headers: { accept } });
  if (!response.ok) throw new Error(`the scrape answered ${response.status}`);
  return response.text();
}
