import type { TestMonitoring } from '../../lib/testing.js';

/** The outcome of each request that has ended (its error type, or `success`), then how many are active. */
export async function requestOutcomes(test: TestMonitoring): Promise<readonly unknown[]> {
  const ended = await test.series('llm_edge_requests_total');
  const outcomes = ended.flatMap(({ labels, value }) =>
    Array.from({ length: Number(value) }, () => labels['error_type'] ?? labels['status']),
  );
  return [...outcomes, await test.value('llm_edge_active_requests', {})];
}
