import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { initMonitoring } from '../../lib/index.js';
import { register } from '../../lib/next.js';
import { captureEverything } from '../support/captured-output.js';
import { startModelServer } from '../support/model-server.js';
import { withEnv } from '../support/with-env.js';

describe('register() of next', () => {
  it('takes options over the variables of the preload, and starts without a page where the port is in use', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const model = await startModelServer((_call, response) =>
      response.writeHead(200, { 'content-type': 'text/event-stream' }).end('data: [DONE]\n\n'),
    );
    const unobserved = globalThis.fetch;
    const output = captureEverything();
    const options = { traces: { exporter: 'none' }, metrics: { host: '127.0.0.1', port } } as const;
    const env = {
      LLM_EDGE_HOSTS: `${model.host}=vllm, *=z`,
      LLM_EDGE_INCLUDE_STREAM_USAGE: 'true',
      LLM_EDGE_PROPAGATE: 'perhaps',
    };
    const sent = JSON.stringify({ model: 'local-model', stream: true });
    const { page, metricsUrl } = await withEnv(env, async () => {
      await register(options, { includeStreamUsage: false });
      // As Next.js does in development.
      await register(options, { includeStreamUsage: false });
      await (await fetch(model.url, { method: 'POST', body: sent })).text();
      await expect(initMonitoring()).rejects.toMatchObject({ code: 'ERR_ALREADY_INITIALIZED' });
      const monitoring = await initMonitoring(options);
      const page = await monitoring.metricsText();
      await monitoring.shutdown();
      return { page: page.body, metricsUrl: monitoring.metricsUrl };
    });
    output.release();
    globalThis.fetch = unobserved;
    taken.close();
    await model.close();
    expect(/^llm_edge_requests_total.* 1$/m.exec(page)?.[0]).toContain('provider="vllm",model="local-model"');
    expect(model.calls.map(({ body }) => body)).toEqual([sent]);
    expect(metricsUrl).toBeUndefined();
    expect(output.lines.filter((line) => line.includes('the port is in use'))).toEqual([
      expect.stringMatching(/^'llm-edge-monitoring: Cannot serve metrics .* Everything else is running\.'$/),
    ]);
    for (const variable of ['LLM_EDGE_PROPAGATE', 'LLM_EDGE_HOSTS'])
      expect(output.lines.join('\n').split(`${variable} (`)).toHaveLength(2);
  });
});
