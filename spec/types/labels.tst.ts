import { describe, expect, it } from 'tstyche';
import type { LabelsOf, MetricName } from '../../lib/index.js';
import type { ClosedLabelsOf } from '../support/catalogue.js';

describe('LabelsOf', () => {
  it('requires every label', () => {
    expect<LabelsOf<'llm_edge_tokens_total'>>().type.toBe<{
      readonly provider: string;
      readonly model: string;
      readonly type: 'input' | 'output';
    }>();
    expect<LabelsOf<'llm_edge_tokens_total'>>().type.not.toBeAssignableFrom<{
      provider: string;
      model: string;
    }>();
  });

  it('refuses a value outside a closed set', () => {
    expect<LabelsOf<'llm_edge_cache_hits_total'>>().type.toBeAssignableFrom<{ tier: 'L1' }>();
    expect<LabelsOf<'llm_edge_cache_hits_total'>>().type.not.toBeAssignableFrom<{ tier: 'L4' }>();
  });

  it('asks for error_type with an error and forbids it with a success', () => {
    type Requests = LabelsOf<'llm_edge_requests_total'>;
    type Pair = { provider: string; model: string };
    expect<Requests>().type.toBeAssignableFrom<Pair & { status: 'success' }>();
    expect<Requests>().type.toBeAssignableFrom<Pair & { status: 'error'; error_type: 'timeout' }>();
    expect<Requests>().type.not.toBeAssignableFrom<Pair & { status: 'error' }>();
    expect<Requests>().type.not.toBeAssignableFrom<Pair & { status: 'success'; error_type: 'timeout' }>();
    expect<Requests>().type.not.toBeAssignableFrom<Pair & { status: 'error'; error_type: 'boom' }>();
  });

  it('gives no labels to a metric without any', () => {
    expect<keyof LabelsOf<'llm_edge_active_requests'>>().type.toBe<never>();
  });

  it('knows only metrics of the catalogue', () => {
    expect<'llm_edge_requests_total'>().type.toBeAssignableTo<MetricName>();
    expect<'llm_edge_request_total'>().type.not.toBeAssignableTo<MetricName>();
  });
});

describe('ClosedLabelsOf', () => {
  it('has exactly the closed labels', () => {
    type Requests = ClosedLabelsOf<'llm_edge_requests_total'>;
    expect<Requests>().type.toBeAssignableFrom<{ status: 'success' }>();
    expect<Requests>().type.toBeAssignableFrom<{ status: 'error'; error_type: 'timeout' }>();
    expect<Requests>().type.not.toBeAssignableFrom<{ status: 'error' }>();
    expect<Requests>().type.not.toBeAssignableFrom<{ status: 'success'; error_type: 'timeout' }>();
    type Tokens = ClosedLabelsOf<'llm_edge_tokens_total'>;
    expect<Tokens>().type.toBeAssignableFrom<{ type: 'input' }>();
    expect<Tokens>().type.not.toBeAssignableFrom<{ type: 'cached' }>();
    expect<keyof Tokens>().type.toBe<'type'>();
    expect<keyof ClosedLabelsOf<'llm_edge_cost_usd_total'>>().type.toBe<never>();
  });
});
