/**
 * State that one process has once, even where it loads both the ESM and the CommonJS copy of this package.
 *
 * @param name - what the state is, with the version of its shape: `recorder.v1`.
 * @param create - makes the state for the first copy that asks.
 */
export function sharedState<State>(name: string, create: () => State): State {
  const key = Symbol.for(`llm-edge-monitoring.${name}`);
  const slots = globalThis as { [key: symbol]: State | undefined };
  const state = slots[key] ?? create();
  slots[key] = state;
  return state;
}
