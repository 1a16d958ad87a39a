// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of Grafana.
import fc from 'fast-check';
import { METRICS } from '../../lib/index.js';
import { parseProblems } from '../../scripts/promql/promql.js';
import { maskVariables, rewrite, rewritten, SOURCES, sourceNamed } from '../support/migrate-harness.js';

describe('a rewritten query', () => {
  it.each([
    // Units: where the value is made, so that thresholds stay.
    ['litellm', 'sum(litellm_overhead_latency_metric_sum)', 'sum(llm_edge_overhead_ms_sum / 1000)'],
    [
      'litellm',
      'histogram_quantile(0.5, rate(litellm_llm_api_latency_metric_bucket[5m])) > 5',
      'histogram_quantile(0.5, rate(llm_edge_request_duration_ms_bucket[5m])) / 1000 > 5',
    ],
    // … and a factor that takes them away again goes with them.
    [
      'litellm',
      'histogram_quantile(0.5, rate(litellm_llm_api_latency_metric_bucket[5m])) * 1000 > 5',
      'histogram_quantile(0.5, rate(llm_edge_request_duration_ms_bucket[5m])) > 5',
    ],
    [
      'litellm',
      'sum(rate(litellm_spend_metric_total[5m] @ ${__to:date:seconds}))',
      'sum(rate(llm_edge_cost_usd_total[5m] @ ${__to:date:seconds}))',
    ],
    // Parentheses, where the factor would otherwise belong to something else.
    [
      'litellm',
      'up / histogram_quantile(0.5, rate(litellm_llm_api_latency_metric_bucket[5m]))',
      'up / (histogram_quantile(0.5, rate(llm_edge_request_duration_ms_bucket[5m])) / 1000)',
    ],
    [
      'litellm',
      'sum(max_over_time(litellm_overhead_latency_metric_sum[1h])) - litellm_overhead_latency_metric_sum ^ 2',
      'sum(max_over_time(llm_edge_overhead_ms_sum[1h]) / 1000) - (llm_edge_overhead_ms_sum / 1000) ^ 2',
    ],
    ['litellm', 'resets(litellm_overhead_latency_metric_sum[1h])', 'resets(llm_edge_overhead_ms_sum[1h])'],
    // Bounds.
    [
      'bifrost',
      'sum(rate(bifrost_upstream_latency_seconds_bucket{le="10"}[5m]))',
      'sum(rate(llm_edge_request_duration_ms_bucket{le=~"10000(\\\\.0)?"}[5m]))',
    ],
    [
      'bifrost',
      'sum(rate(bifrost_upstream_latency_seconds_bucket{le!="+Inf"}[5m]))',
      'sum(rate(llm_edge_request_duration_ms_bucket{le!="+Inf"}[5m]))',
    ],
    // Labels that only ours has.
    [
      'bifrost',
      'avg(bifrost_upstream_requests_total offset 5m)',
      'avg(sum without (status, error_type) (llm_edge_requests_total offset 5m))',
    ],
    [
      'bifrost',
      'sum without (method) (rate(bifrost_upstream_requests_total[5m]))',
      'sum without (method, status, error_type) (rate(llm_edge_requests_total[5m]))',
    ],
    [
      'litellm',
      'litellm_remaining_requests_metric / litellm_remaining_tokens_metric',
      'sum without (limit) (llm_edge_rate_limit_remaining{limit="requests"}) / sum without (limit) (llm_edge_rate_limit_remaining{limit="tokens"})',
    ],
    [
      'litellm',
      'sum(litellm_spend_metric_total{api_provider=~${p:doublequote}, model=$m}) > $limit',
      'sum(llm_edge_cost_usd_total{provider=~${p:doublequote}, model=$m}) > $limit',
    ],
    // Values, alone and in patterns.
    [
      'gen_ai',
      'sum(gen_ai_client_token_usage_sum{gen_ai_system=~\'aws.bedrock|x_ai\', gen_ai_token_type = "input"})',
      'sum(llm_edge_tokens_total{provider=~\'bedrock|xai\', type = "input"})',
    ],
    ['bifrost', 'sum(bifrost_cost_total{provider!=""})', 'sum(llm_edge_cost_usd_total{provider!=""})'],
    [
      'bifrost',
      'sum(bifrost_cost_total{model=~"gpt-(4|5).*"})',
      'sum(llm_edge_cost_usd_total{model=~"gpt-(4|5).*"})',
    ],
    ['bifrost', 'sum({__name__="bifrost_cost_total"})', 'sum({__name__="llm_edge_cost_usd_total"})'],
    [
      'bifrost',
      '{__name__="bifrost_input_tokens_total", model="m"} > 1',
      '{__name__="llm_edge_tokens_total", model="m", type="input"} > 1',
    ],
    // What is of other programs stays.
    [
      'bifrost',
      'sum by (provider) (up) + http_requests_total',
      'sum by (provider) (up) + http_requests_total',
    ],
    ['litellm', 'sum(litellm_spend_metric)', 'sum(llm_edge_cost_usd_total)'],
    [
      'litellm',
      'sum by (litellm_model_name, model) (rate(litellm_deployment_total_requests_total[5m])) or sum by (litellm_model_name, model) (up)',
      'sum by (model) (rate(llm_edge_requests_total[5m])) or sum by (litellm_model_name, model) (up)',
    ],
    [
      'litellm',
      'label_join(sum by (api_provider) (litellm_spend_metric_total), "x", "-", "api_provider", "job")',
      'label_join(sum by (provider) (llm_edge_cost_usd_total), "x", "-", "provider", "job")',
    ],
  ])('of %s: %s', (name, query, expected) => {
    expect(rewritten(name, query)).toBe(expected);
  });

  it.each([
    ['litellm', 'litellm_teams_count', 'keys, teams and users are not labels'],
    ['litellm', 'litellm_spend_metric_total{"model"="x"}', 'is written in quotes'],
    ['litellm', 'litellm_no_such_metric', 'is no metric of LiteLLM'],
    ['litellm', 'sum(litellm_spend_metric_total{end_user="x"})', 'no counterpart of the label end_user'],
    [
      'litellm',
      'sum(litellm_spend_metric_total{api_provider=~"azure.*"})',
      'no counterpart of api_provider=~"azure.*"',
    ],
    ['litellm', '{__name__=~"litellm_.*"}', 'stands for several metrics'],
    ['litellm', '{"litellm_spend_metric_total"}', 'written in quotes'],
    ['litellm', 'sum(litellm_spend_metric_total) by', 'does not parse'],
    [
      'litellm',
      'sum(rate(litellm_llm_api_latency_metric_bucket{le="1.0"}[5m]))',
      'the nearest are 640, 840, 1100, 1400, 1800',
    ],
    ['litellm', 'sum(rate(litellm_llm_api_latency_metric_bucket{le="$le"}[5m]))', 'is a variable'],
    ['litellm', 'sum(rate(litellm_llm_api_latency_metric_bucket{le=$le}[5m]))', 'is a variable'],
    ['litellm', 'changes(litellm_deployment_total_requests_total[1h])', 'of which changes('],
    [
      'bifrost',
      'sum(bifrost_error_requests_total{error_type="made_up"})',
      'no counterpart of error_type="made_up"',
    ],
    [
      'gen_ai',
      'sum by (gen_ai_operation_name) (gen_ai_client_token_usage_sum)',
      'label gen_ai_operation_name',
    ],
  ])('of %s has no counterpart: %s', (name, query, reason) => {
    expect(rewritten(name, query)).toEqual([expect.stringContaining(reason)]);
  });

  it.each([
    [
      'gen_ai',
      'sum(llm_edge_requests_total{status!="error"})',
      'sum(gen_ai_client_operation_duration_seconds_count{error_type=""})',
    ],
    [
      'bifrost',
      'sum(llm_edge_tokens_total{type="input",model="m"})',
      'sum(bifrost_input_tokens_total{model="m"})',
    ],
    [
      'bifrost',
      'sum(llm_edge_tokens_total{model="m", type="output"})',
      'sum(bifrost_output_tokens_total{model="m"})',
    ],
    [
      'litellm',
      'llm_edge_cost_usd_total > 1 and up',
      /^sum without \(hashed_api_key, .*\) \(litellm_spend_metric_total\) > 1 and up$/,
    ],
  ])('goes back to %s: %s', (name, query, expected) => {
    expect(rewritten(name, query, 'toTheirs')).toEqual(
      typeof expected === 'string' ? expected : expect.stringMatching(expected),
    );
  });

  it.each([
    ['bifrost', 'sum(llm_edge_tokens_total)', 'a counterpart only with type="input" or type="output"'],
    ['litellm', 'sum(llm_edge_budget_spent_usd)', 'LiteLLM has no counterpart of llm_edge_budget_spent_usd'],
    ['litellm', 'sum by (status) (llm_edge_requests_total)', 'no counterpart of the label status'],
  ])('does not go back to %s: %s', (name, query, reason) => {
    expect(rewritten(name, query, 'toTheirs')).toEqual([expect.stringContaining(reason)]);
  });
});

describe('the mappings', () => {
  it('name only metrics and labels that this package has', () => {
    const metrics: Record<string, { readonly labels: object }> = METRICS;
    const wrong = SOURCES.flatMap(({ name, metrics: rows }) =>
      rows.flatMap(({ theirs, ours, labels, match = {} }) => {
        const known = Object.keys(metrics[ours]?.labels ?? {});
        const used = [...labels.map((label) => label.ours), ...Object.keys(match)];
        const isKnown = ours in metrics && used.every((label) => known.includes(label));
        return isKnown ? [] : [`${name} ${theirs}`];
      }),
    );
    expect(wrong).toEqual([]);
  });

  it('name each label of a metric once', () => {
    const twice = SOURCES.flatMap(({ name, metrics }) =>
      metrics.flatMap(({ theirs, labels, others }) => {
        const names = [...labels.flatMap((label) => [label.theirs, ...(label.also ?? [])]), ...others];
        return new Set(names).size === names.length ? [] : [`${name} ${theirs}`];
      }),
    );
    expect(twice).toEqual([]);
  });
});

/** Queries over the metrics of a product whose mapping is one to one, with aggregations that drop other labels. */
function queriesOf(name: string): fc.Arbitrary<string> {
  const { metrics } = sourceNamed(name);
  const first = new Set<string>();
  const rows = metrics.filter(({ ours, match = {}, part }) => {
    const key = JSON.stringify([ours, match]);
    const isFirst = !first.has(key) && part !== 'count';
    first.add(key);
    return isFirst;
  });
  const range = fc.constantFrom('5m', '$__rate_interval', '[[window]]', '${span:text}', '1h30m');
  const value = fc.constantFrom('"x"', "'a-b'", '"$model"', '"${model:regex}"', '""');
  const leaf = fc.constantFrom(...rows).chain((row) => {
    const model = row.labels.find(({ ours }) => ours === 'model')?.theirs;
    const matchers =
      model === undefined
        ? fc.constantFrom('', '{job="a"}')
        : fc.oneof(
            fc.constantFrom('', '{job="a"}'),
            fc
              .tuple(fc.constantFrom('=', '!=', '=~', '!~'), value)
              .map(([op, text]) => `{${model}${op}${text}}`),
          );
    const by = fc.subarray([...row.labels.map(({ theirs }) => theirs), 'job']);
    return fc.tuple(matchers, by, range).map(([braces, labels, span]) => {
      if (row.kind === 'gauge') return `sum by (${labels.join(', ')}) (${row.theirs}${braces})`;
      const series = row.part === undefined ? row.theirs : `${row.theirs}_${row.part}`;
      if (row.kind === 'histogram' && row.part === undefined) {
        const grouped = `sum by (${['le', ...labels].join(', ')}) (rate(${series}_bucket${braces}[${span}]))`;
        return `histogram_quantile(0.9, ${grouped})`;
      }
      return `sum by (${labels.join(', ')}) (rate(${series}${braces}[${span}]))`;
    });
  });
  const { query } = fc.letrec<{ readonly query: string }>((tie) => ({
    query: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      leaf,
      tie('query').map((inner) => `(${inner})`),
      tie('query').map((inner) => `-(${inner})`),
      tie('query').map((inner) => `max_over_time((${inner})[1h:5m])`),
      tie('query').map((inner) => `topk($n, ${inner})`),
      fc.tuple(tie('query'), tie('query')).map(([left, right]) => `(${left}) / (${right}) # share\n`),
      fc.tuple(tie('query'), tie('query')).map(([left, right]) => `(${left}) or on (job) (${right})`),
      tie('query').map((inner) => `clamp_min(${inner}, 0) + vector(time()) > bool 3`),
      fc.constant('rate(up{provider="a"}[5m])'),
    ),
  }));
  return query;
}

describe.each(SOURCES.map(({ name }) => name))('any query of %s', (name) => {
  it('stays PromQL, without a name of theirs', () => {
    fc.assert(
      fc.property(queriesOf(name), (query) => {
        const result = rewrite(name, query);
        fc.pre(result.outcome === 'rewritten');
        expect(parseProblems(maskVariables(query))).toEqual([]);
        expect(parseProblems(maskVariables(result.query))).toEqual([]);
        expect(rewrite(name, result.query).outcome).toBe('unaffected');
      }),
      { numRuns: 60 },
    );
  });

  it('comes back as it was', () => {
    fc.assert(
      fc.property(queriesOf(name), (query) => {
        const there = rewrite(name, query);
        fc.pre(there.outcome === 'rewritten' && !there.query.includes('without'));
        const back = rewrite(name, there.query, 'toTheirs');
        // LiteLLM has the model in labels of different names.
        fc.pre(back.outcome !== 'left' || !back.reasons.join().includes('would have to become both'));
        expect(back.outcome === 'rewritten' ? back.query : back).toBe(query);
      }),
      { numRuns: 60 },
    );
  });
});

describe('any text', () => {
  it('is no reason to throw', () => {
    const tokens = fc.constantFrom(
      ...[
        'sum',
        'by',
        '(',
        ')',
        '{',
        '}',
        '[',
        ']',
        '"',
        "'",
        '`',
        '$x',
        '${',
        '[[y]]',
        '=~',
        ',',
        '5m',
        '/',
        '#',
        '\n',
      ],
      ...['litellm_spend_metric_total', 'api_provider', 'le', 'rate', 'offset', '@', ' ', '\\', '__name__'],
    );
    fc.assert(
      fc.property(fc.array(tokens, { maxLength: 40 }), (parts) => {
        const query = parts.join('');
        expect(maskVariables(query)).toHaveLength(query.length);
        rewrite('litellm', query);
      }),
      { numRuns: 300 },
    );
  });
});
