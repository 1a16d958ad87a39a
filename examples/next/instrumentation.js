import { register as start } from 'llm-edge-monitoring/next';

// `export { register } from 'llm-edge-monitoring/next'` is enough where the environment has all options.
export function register() {
  const model = `127.0.0.1:${process.env.PORT ?? 3000}`;
  return start({}, { hosts: { [model]: { provider: 'openai' } }, includeStreamUsage: true });
}
