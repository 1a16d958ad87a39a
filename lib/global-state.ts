/**
 * State that a process has once, even where it loads both the ESM and the CommonJS copy of this package.
 *
 * @param name - the name of the state, with the version of its shape: `recorder.v1`.
 * @param create - creates the state; called by the first copy that is loaded.
 */
export function sharedState<State>(name: string, create: () => State): State {
  const key = Symbol.for(`llm-edge-monitoring.${name}`);
  const slots = globalThis as { [key: symbol]: State | undefined };
  const state = slots[key] ?? create();
  slots[key] = state;
  return state;
}
