/** Runs something with environment variables of its own, none of those that monitoring reads beside them. */
export async function withEnv<Value>(
  env: Readonly<Record<string, string>>,
  run: () => Promise<Value>,
): Promise<Value> {
  const before = { ...process.env };
  for (const name of Object.keys(before)) if (/^(OTEL|LLM_EDGE)_/.test(name)) delete process.env[name];
  Object.assign(process.env, env);
  try {
    return await run();
  } finally {
    for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
    Object.assign(process.env, before);
  }
}
