import { spawnSync } from 'node:child_process';
import { instrumentFetch } from '../../lib/fetch.js';
import { initMonitoring, type Monitoring, observeOperation } from '../../lib/index.js';
import type { Collector } from './support/collector.js';
import { eventually } from './support/eventually.js';
import { parseExposition, parseTypes, type Sample } from './support/exposition.js';
import { readText } from './support/http.js';
import { stopAllPrograms } from './support/program.js';
import { startStack } from './support/stack.js';
import { createWorkspace } from './support/workspace.js';

const workspace = createWorkspace();
let collector: Collector;
let monitoring: Monitoring | undefined;

/** A stream, or an error, from a provider that is not there. */
const fetchModel = instrumentFetch(async (_input, init) => {
  if (String(init?.body).includes('broken')) return Response.json({ error: {} }, { status: 503 });
  const frames = [
    { model: 'gpt-4o-2024-08-06', choices: [{ delta: { content: 'Hi' } }] },
    { model: 'gpt-4o-2024-08-06', choices: [{ delta: { content: '!' }, finish_reason: 'stop' }] },
    {
      choices: [],
      usage: { prompt_tokens: 9, completion_tokens: 3, prompt_tokens_details: { cached_tokens: 4 } },
    },
  ];
  const body = [...frames.map((frame) => JSON.stringify(frame)), '[DONE]'];
  return new Response(body.map((data) => `data: ${data}\n\n`).join(''), {
    headers: { 'content-type': 'text/event-stream' },
  });
});

async function serve(model: string): Promise<void> {
  await observeOperation({}, async () => {
    const body = JSON.stringify({ model, stream: true });
    const url = 'https://api.openai.com/v1/chat/completions';
    return (await fetchModel(url, { method: 'POST', body })).text();
  });
}

beforeAll(async () => {
  ({ collector } = await startStack(workspace));
  monitoring = await initMonitoring({
    serviceName: 'edge',
    genAi: { metrics: 'both', scrape: true },
    metrics: {
      exporters: ['prometheus', 'otlp'],
      port: 0,
      endpoint: `http://${collector.otlpGrpc}`,
      exportIntervalMillis: 3_600_000,
    },
    traces: { exporter: 'none' },
  });
  for (const model of ['gpt-4o', 'broken', 'gpt-4o']) await serve(model);
  await fetchModel('https://api.openai.com/v1/embeddings', { method: 'POST', body: '{"model":"broken"}' });
  await monitoring?.forceFlush();
}, 60_000);

afterAll(async () => {
  await monitoring?.shutdown();
  await stopAllPrograms();
  workspace.remove();
});

const isGenAi = ({ name }: Sample): boolean => name.startsWith('gen_ai_');

/** The series of a page by name and labels, without what tells the processes apart. */
function seriesOf(text: string): ReadonlyMap<string, number> {
  return new Map(
    parseExposition(text)
      .filter(isGenAi)
      .map(({ name, labels: { job: _job, instance: _instance, ...labels }, value }) => [
        `${name} ${JSON.stringify(Object.entries(labels).sort())}`,
        value,
      ]),
  );
}

const TEXT = { accept: 'text/plain; version=0.0.4' };
/** The format that Prometheus prefers. */
const OPENMETRICS = { accept: 'application/openmetrics-text; version=1.0.0' };

function typesOf(text: string): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(parseTypes(text)).filter(([name]) => name.startsWith('gen_ai_')));
}

describe('the GenAI metrics', () => {
  it('have the same names, types, labels and values on the page and through a real Collector', async () => {
    const page = await readText(monitoring?.metricsUrl ?? '', OPENMETRICS);
    const pushed = await eventually(
      async () => {
        const text = await readText(collector.metricsUrl, OPENMETRICS);
        return text.includes('gen_ai_server_time_per_output_token_seconds') ? text : undefined;
      },
      { what: 'the metrics at the Collector' },
    );
    expect(typesOf(page)).toEqual(typesOf(pushed));
    expect(Object.keys(typesOf(page))).toHaveLength(17);
    expect(seriesOf(page)).toEqual(seriesOf(pushed));
  });

  it('please promtool check metrics', async () => {
    const page = await readText(monitoring?.metricsUrl ?? '', TEXT);
    const { stdout, stderr, error } = spawnSync('promtool', ['check', 'metrics'], {
      input: page,
      encoding: 'utf8',
    });
    expect(error).toBeUndefined();
    expect(`${stdout}${stderr}`.split('\n').filter((line) => line.startsWith('gen_ai_'))).toEqual([]);
  });
});
