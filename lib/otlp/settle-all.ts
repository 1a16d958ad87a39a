/** Runs all steps at once and waits for all; what failed comes back as a list, flattened. */
export async function settleAll(steps: readonly (() => Promise<unknown>)[]): Promise<unknown[]> {
  const results = await Promise.allSettled(steps.map(async (step) => step()));
  return results.flatMap((result) => (result.status === 'rejected' ? [result.reason].flat() : []));
}
