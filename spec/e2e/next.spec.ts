import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { type OtlpReceiver, startOtlpReceiver } from '../support/otlp-receiver.js';
import { scrape } from '../support/scrape.js';
import { eventually } from './support/eventually.js';
import { buildNextApp, installNextApp, type NextApp, startNextApp } from './support/next-app.js';
import { stopAllPrograms } from './support/program.js';

const INSTALL_MS = 600_000;
const MODEL = 'provider="openai",model="gpt-4o-mini"';

let folder: string;

beforeAll(async () => {
  folder = await installNextApp();
}, INSTALL_MS);
afterAll(stopAllPrograms);

describe.each(['turbopack', 'webpack'] as const)('examples/next, built by %s', (bundler) => {
  let receiver: OtlpReceiver;
  let app: NextApp;

  beforeAll(async () => {
    await buildNextApp(folder, bundler);
    receiver = await startOtlpReceiver();
    app = await startNextApp(folder, {
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
      OTEL_BSP_SCHEDULE_DELAY: '100',
    });
  }, INSTALL_MS);
  afterAll(async () => {
    await app?.program.stop();
    await receiver?.close();
  });

  const post = (path: string, body: object): Promise<Response> =>
    fetch(`${app.origin}${path}`, { method: 'POST', body: JSON.stringify(body) });

  /** What a call adds to the counters of operations and requests, once it has added what is expected. */
  async function added(call: () => Promise<unknown>, expected: object): Promise<void> {
    const before = await scrape(app.metricsUrl);
    await call();
    await eventually(
      async () => {
        const after = await scrape(app.metricsUrl);
        const grown = Object.keys(after)
          .filter((name) => /^llm_edge_(operations|requests|tokens)_total/.test(name))
          .map((name) => [name, (after[name] ?? 0) - (before[name] ?? 0)] as const)
          .filter(([, count]) => count !== 0);
        expect(Object.fromEntries(grown)).toEqual(expected);
        return true;
      },
      { what: 'the counters' },
    );
  }

  const TOKENS = {
    [`llm_edge_tokens_total{${MODEL},type="input"}`]: 8,
    [`llm_edge_tokens_total{${MODEL},type="output"}`]: 19,
  };
  const ANSWERED = {
    'llm_edge_operations_total{status="success"}': 1,
    [`llm_edge_requests_total{${MODEL},status="success"}`]: 1,
    ...TOKENS,
  };

  it('counts one operation and one request for JSON, and sends both spans', async () => {
    await added(async () => {
      const { text } = (await (await post('/chat', { prompt: 'Hello' })).json()) as { text: string };
      expect(text).toMatch(/^An edge agent/);
    }, ANSWERED);
    await eventually(
      () =>
        ['POST /chat', 'chat gpt-4o-mini'].every((name) => receiver.spanNames.includes(name))
          ? true
          : undefined,
      { what: 'the spans' },
    );
  });

  it('counts them once for a stream', async () => {
    await added(async () => {
      const response = await post('/chat', { prompt: 'Hello', stream: true });
      expect((await response.text()).match(/^data: /gm)).toHaveLength(20);
    }, ANSWERED);
  });

  it('counts a caller that leaves a stream, and the request that is aborted with it', async () => {
    await added(
      async () => {
        const call = request(`${app.origin}/chat`, { method: 'POST' }).on('error', () => undefined);
        call.end(JSON.stringify({ prompt: 'Hello', stream: true }));
        const [response] = (await once(call, 'response')) as [IncomingMessage];
        response.on('error', () => undefined);
        await once(response, 'data');
        call.destroy();
      },
      {
        'llm_edge_operations_total{status="error",error_type="client_cancelled"}': 1,
        [`llm_edge_requests_total{${MODEL},status="error",error_type="client_cancelled"}`]: 1,
      },
    );
  });

  it('counts the error of a handler by what the provider answered', async () => {
    await added(
      async () => {
        expect((await post('/chat', { prompt: 'refuse' })).status).toBe(500);
      },
      {
        'llm_edge_operations_total{status="error",error_type="invalid_request"}': 1,
        [`llm_edge_requests_total{${MODEL},status="error",error_type="invalid_request"}`]: 1,
      },
    );
  });

  it('counts no operation where no handler is called', async () => {
    await added(async () => {
      expect((await post('/nowhere', {})).status).toBe(404);
      expect((await fetch(`${app.origin}/chat`)).status).toBe(405);
    }, {});
  });

  it('answers in the edge runtime, where nothing is recorded', async () => {
    await added(async () => {
      const response = await post('/edge', {});
      expect(await response.json()).toMatchObject({ usage: { prompt_tokens: 8 } });
    }, {});
  });
});
