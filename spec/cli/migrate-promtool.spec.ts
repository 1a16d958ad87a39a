import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { migrateFolder, rewrite } from '../support/migrate-harness.js';
import { oursOf, RENAMED_VALUES, THEIRS } from '../support/migration-traffic.js';

/** Runs promtool in a folder, and returns what it printed if it failed. */
function promtool(folder: string, ...args: readonly string[]): string {
  try {
    execFileSync('promtool', args, { cwd: folder, encoding: 'utf8', stdio: 'pipe' });
    return '';
  } catch (error) {
    const { stdout, stderr } = error as { readonly stdout: string; readonly stderr: string };
    return stdout + stderr;
  }
}

/** Checks rules; promtool reads groups alone, without the resource of the operator around them. */
function checkRules(folder: string, text: string): string {
  const isResource = text.startsWith('apiVersion');
  const groups = isResource ? text.slice(text.indexOf('  groups:')).replace(/^ {2}/gm, '') : text;
  writeFileSync(join(folder, 'groups.yml'), groups);
  return promtool(folder, 'check', 'rules', 'groups.yml');
}

/** Queries of each product, with the labels of their results and what these are here. */
const QUERIES: Readonly<
  Record<string, readonly (readonly [query: string, labels?: Record<string, string>])[]>
> = {
  litellm: [
    ['sum(rate(litellm_deployment_total_requests_total[5m]))'],
    [
      'sum by (api_provider, litellm_model_name) (rate(litellm_deployment_success_responses_total[5m]))',
      { api_provider: 'provider', litellm_model_name: 'model' },
    ],
    [
      'sum by (exception_status) (increase(litellm_deployment_failure_responses_total{api_provider="gemini"}[10m]))',
      { exception_status: 'error_type' },
    ],
    [
      'sum(rate(litellm_proxy_failed_requests_metric_total[5m])) / sum(rate(litellm_proxy_total_requests_metric_total[5m]))',
    ],
    [
      'max by (api_provider) (sum by (api_provider, litellm_model_name) (rate(litellm_deployment_total_requests_total[5m])))',
      { api_provider: 'provider' },
    ],
    [
      'histogram_quantile(0.95, sum by (le, model) (rate(litellm_llm_api_latency_metric_bucket[5m])))',
      { model: 'model' },
    ],
    ['histogram_quantile(0.5, sum(rate(litellm_request_total_latency_metric_bucket[5m])) by (le)) > 1'],
    [
      'sum by (model) (rate(litellm_llm_api_time_to_first_token_metric_sum[5m])) / sum by (model) (rate(litellm_llm_api_time_to_first_token_metric_count[5m]))',
      { model: 'model' },
    ],
    ['1000 * sum(rate(litellm_overhead_latency_metric_sum[5m])) ^ 2'],
    [
      'sum(rate(litellm_llm_api_latency_metric_bucket{le="10"}[5m])) / sum(rate(litellm_llm_api_latency_metric_count[5m]))',
    ],
    ['sum(increase(litellm_llm_api_latency_metric_bucket{le=~"0.1|120"}[5m]))'],
    ['sum by (api_provider) (increase(litellm_spend_metric_total[30m])) * 24', { api_provider: 'provider' }],
    [
      'sum by (model) (rate(litellm_input_tokens_metric_total[5m])) / on (model) sum by (model) (rate(litellm_total_tokens_metric_total[5m]))',
      { model: 'model' },
    ],
    [
      'topk(1, sum by (model) (rate(litellm_output_tokens_metric_total{api_provider=~"openai|gemini"}[5m])))',
      { model: 'model' },
    ],
    [
      'sum(rate(litellm_input_cached_tokens_metric_total[5m])) / sum(rate(litellm_input_tokens_metric_total[5m]))',
    ],
    ['sum(rate(litellm_cache_hits_metric_total[5m]))'],
    ['min by (litellm_model_name) (litellm_remaining_requests_metric)', { litellm_model_name: 'model' }],
    ['max by (api_provider) (litellm_deployment_state) == 2', { api_provider: 'provider' }],
    ['sum(litellm_in_flight_requests)'],
    [
      'max_over_time(sum by (model) (rate(litellm_llm_api_latency_metric_sum[5m]))[20m:1m])',
      { model: 'model' },
    ],
    [
      'label_replace(sum by (api_provider) (litellm_spend_metric_total), "api_provider", "$1", "api_provider", "(.*)")',
      { api_provider: 'provider' },
    ],
  ],
  bifrost: [
    ['sum by (provider) (rate(bifrost_upstream_requests_total[5m]))', { provider: 'provider' }],
    [
      'rate(bifrost_success_requests_total{model="gemini-2.5-pro"}[5m]) / rate(bifrost_upstream_requests_total[5m]) * 100',
      { provider: 'provider', model: 'model' },
    ],
    [
      'sum by (provider) (rate(bifrost_error_requests_total[5m])) / sum by (provider) (rate(bifrost_upstream_requests_total[5m])) > 0.05',
      { provider: 'provider' },
    ],
    [
      'sum by (error_type) (rate(bifrost_error_requests_total{error_type!="timeout"}[5m]))',
      { error_type: 'error_type' },
    ],
    ['avg(sum without (virtual_key_id) (rate(bifrost_upstream_requests_total[5m])))'],
    ['sum(rate(bifrost_upstream_latency_seconds_count{is_success="false"}[5m]))'],
    [
      'histogram_quantile(0.9, sum by (le, provider) (rate(bifrost_upstream_latency_seconds_bucket[5m])))',
      { provider: 'provider' },
    ],
    ['sum by (model) (rate(bifrost_upstream_latency_seconds_sum[5m])) / 60', { model: 'model' }],
    [
      'histogram_quantile(0.9, sum by (le) (rate(bifrost_stream_first_token_latency_seconds_bucket[5m]))) * 1000',
    ],
    ['histogram_quantile(0.99, sum by (le) (rate(bifrost_overhead_latency_microseconds_bucket[5m])))'],
    [
      'sum(rate(bifrost_overhead_latency_microseconds_sum[5m])) / sum(rate(bifrost_overhead_latency_microseconds_count[5m])) / 1e6',
    ],
    [
      'sum by (model) (rate(bifrost_input_tokens_total[5m])) + sum by (model) (rate(bifrost_output_tokens_total[5m]))',
      { model: 'model' },
    ],
    ['sum(rate(bifrost_cache_read_input_tokens_total[5m])) / sum(rate(bifrost_input_tokens_total[5m]))'],
    ['sum by (provider) (rate(bifrost_cost_total[1m])) * 3600', { provider: 'provider' }],
    ['sum(increase(bifrost_cache_hits_total[5m]))'],
    ['sum(bifrost_active_requests)'],
  ],
  gen_ai: [
    [
      'sum by (gen_ai_provider_name, gen_ai_request_model) (rate(gen_ai_client_operation_duration_seconds_count[5m]))',
      { gen_ai_provider_name: 'provider', gen_ai_request_model: 'model' },
    ],
    [
      'sum by (error_type) (rate(gen_ai_client_operation_duration_seconds_count{error_type!=""}[5m]))',
      { error_type: 'error_type' },
    ],
    ['sum(rate(gen_ai_client_operation_duration_seconds_count{error_type=""}[5m]))'],
    [
      'histogram_quantile(0.95, sum by (le, gen_ai_request_model) (rate(gen_ai_client_operation_duration_seconds_bucket[5m])))',
      { gen_ai_request_model: 'model' },
    ],
    [
      'sum(rate(gen_ai_client_operation_duration_seconds_sum[5m])) / sum(rate(gen_ai_client_operation_duration_seconds_count[5m]))',
    ],
    [
      'sum by (gen_ai_token_type) (rate(gen_ai_client_token_usage_sum{gen_ai_provider_name=~"openai|gcp.gemini"}[5m]))',
      { gen_ai_token_type: 'type' },
    ],
    ['sum(rate(gen_ai_client_token_usage_sum{gen_ai_token_type="input"}[5m])) * 60'],
    ['sum(rate(gen_ai_client_inference_usage_input_tokens_total[5m]))'],
    ['sum(rate(gen_ai_client_inference_usage_cache_read_input_tokens_total[5m]))'],
    [
      'histogram_quantile(0.5, sum by (le) (rate(gen_ai_client_operation_time_to_first_chunk_seconds_bucket[5m])))',
    ],
    ['histogram_quantile(0.5, sum by (le) (rate(gen_ai_server_request_duration_seconds_bucket[5m])))'],
    ['sum(rate(gen_ai_server_request_duration_seconds_count[5m]))'],
  ],
  openllmetry: [
    [
      'sum by (gen_ai_response_model) (rate(gen_ai_client_operation_duration_seconds_count[1m]))',
      { gen_ai_response_model: 'model' },
    ],
    [
      'sum(rate(gen_ai_client_token_usage_sum[1m])) by (gen_ai_response_model, gen_ai_token_type)',
      { gen_ai_response_model: 'model', gen_ai_token_type: 'type' },
    ],
    ['histogram_quantile(0.95, sum by (le) (rate(gen_ai_server_time_to_first_token_seconds_bucket[5m])))'],
    [
      'sum by (error_type) (increase(llm_openai_chat_completions_exceptions_time_total[5m]))',
      { error_type: 'error_type' },
    ],
    ['sum(rate(llm_openai_chat_completions_exceptions_time_total{error_type="RateLimitError"}[5m]))'],
    [
      'sum by (gen_ai_provider_name) (rate(gen_ai_client_operation_duration_seconds_sum[5m]))',
      { gen_ai_provider_name: 'provider' },
    ],
  ],
  openlit: [
    [
      'sum(rate(gen_ai_usage_cost_USD_sum[1h])) by (gen_ai_request_model) * 3600',
      { gen_ai_request_model: 'model' },
    ],
    ['sum(increase(gen_ai_usage_cost_USD_sum{gen_ai_provider_name="gcp.gemini"}[30m]))'],
    ['sum(rate(gen_ai_client_token_usage_sum{gen_ai_token_type="output"}[5m]))'],
    [
      'histogram_quantile(0.9, sum by (le, gen_ai_provider_name) (rate(gen_ai_client_operation_duration_seconds_bucket[5m])))',
      { gen_ai_provider_name: 'provider' },
    ],
  ],
};

/** A query of theirs whose labels have the names and values of ours. */
function inOurWords(query: string, labels: Readonly<Record<string, string>>): string {
  let expression = `(${query})`;
  for (const [theirs, ours] of Object.entries(labels)) {
    if (theirs !== ours) expression = `label_replace(${expression}, "${ours}", "$1", "${theirs}", "(.*)")`;
    for (const [value, name] of Object.entries(RENAMED_VALUES[ours] ?? {})) {
      expression = `label_replace(${expression}, "${ours}", "${name}", "${ours}", "${value}")`;
    }
  }
  return expression;
}

/** Expressions that are 1 if two queries have the same results, and results at all that are not zero. */
function isSame(theirs: string, ours: string, labels: readonly string[]): readonly string[] {
  const on = `on (${labels.join(', ')})`;
  return [
    `count(${theirs}) == bool count((${ours}) != 0)`,
    `count(${theirs}) == bool count(${theirs} - ${on} (${ours}))`,
    `max(abs(${theirs} - ${on} (${ours})) / ${on} abs(${ours})) < bool 1e-9`,
  ];
}

const SOURCES = Object.keys(QUERIES);

describe('migrate, proven by promtool', () => {
  it.each(SOURCES)('gives queries of %s the same results over the same traffic, there and back', (name) => {
    const expressions = (QUERIES[name] ?? []).flatMap(([query, labels = {}]) => {
      const there = rewrite(name, query);
      if (there.outcome !== 'rewritten') throw new Error(`${query} was ${JSON.stringify(there)}`);
      const words = Object.values(labels);
      const expected = inOurWords(query, labels);
      const back = rewrite(name, there.query, 'toTheirs');
      return [
        ...isSame(expected, there.query, words),
        // What several of theirs are one of ours comes back as another of theirs, which this traffic has too.
        ...(back.outcome === 'rewritten' && !back.query.includes('without')
          ? isSame(inOurWords(back.query, labels), there.query, words)
          : []),
      ];
    });
    const tests = [
      {
        interval: '1m',
        input_series: [...oursOf(), ...(THEIRS[name]?.() ?? [])],
        promql_expr_test: expressions.map((expr) => ({
          expr,
          eval_time: '40m',
          exp_samples: [{ labels: '{}', value: 1 }],
        })),
      },
    ];
    const folder = migrateFolder({ 'test.yml': stringify({ rule_files: [], tests }) });
    expect(promtool(folder.path, 'test', 'rules', 'test.yml')).toBe('');
  });
});

describe('migrated rules', () => {
  const folder = join(__dirname, 'rules');

  it.each(readdirSync(folder))('%s are valid, with every line and comment where it was', async (file) => {
    const before = readFileSync(join(folder, file), 'utf8');
    const work = migrateFolder({ [file]: before });
    await work.run(file, '--from', file.replace('.yml', ''), '--write');
    const after = work.read(file);
    expect(checkRules(work.path, after)).toBe('');
    const shape = (text: string): readonly string[] =>
      text.split('\n').map((line) => /^\s*(?:- )?(?:\w+:|#.*)?/.exec(line)?.[0] ?? '');
    expect(shape(after)).toEqual(shape(before));
    expect(after).not.toBe(before);
  });

  it.each(readdirSync(folder))('%s are valid when they have come back', async (file) => {
    const name = file.replace('.yml', '');
    const work = migrateFolder({ [file]: readFileSync(join(folder, file), 'utf8') });
    await work.run(file, '--from', name, '--write');
    await work.run(file, '--to', name, '--write');
    expect(checkRules(work.path, work.read(file))).toBe('');
  });

  it('raise alerts with the texts that they had', async () => {
    const work = migrateFolder({ 'litellm.yml': readFileSync(join(folder, 'litellm.yml'), 'utf8') });
    await work.run('litellm.yml', '--from', 'litellm', '--write');
    const alert = (provider: string, share: string) => ({
      exp_labels: { severity: 'page', provider, team: `${provider}-oncall` },
      exp_annotations: {
        summary: `${provider} fails: ${share}`,
        description: `It's the upstream ${provider}.`,
      },
    });
    const tests = [
      {
        interval: '1m',
        input_series: oursOf(),
        alert_rule_test: [
          {
            eval_time: '40m',
            alertname: 'ProviderFails',
            exp_alerts: [alert('openai', '22.22%'), alert('google', '9.091%')],
          },
        ],
      },
    ];
    writeFileSync(join(work.path, 'test.yml'), stringify({ rule_files: ['litellm.yml'], tests }));
    expect(promtool(work.path, 'test', 'rules', 'test.yml')).toBe('');
  });
});
