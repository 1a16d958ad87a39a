import { createServer, type Server } from 'node:http';
import { listenOnLoopback } from '../support/listen-on-loopback.js';
import { createPreloadFolder } from '../support/preloaded-program.js';

const ANSWER = JSON.stringify({
  model: 'gpt-4o',
  choices: [],
  usage: { prompt_tokens: 3, completion_tokens: 4 },
});

const preload = createPreloadFolder();
let server: Server;
let host: string;
let close: () => Promise<void>;

beforeAll(async () => {
  server = createServer((request, response) => {
    request.resume().on('end', () => response.end(ANSWER));
  });
  const listening = await listenOnLoopback(server);
  host = `127.0.0.1:${listening.port}`;
  close = listening.close;
});

afterAll(async () => {
  preload.remove();
  await close();
});

/** Starts one thread, and waits for its end. */
const MAIN = `
  import { once } from 'node:events';
  import { Worker } from 'node:worker_threads';
  await once(new Worker(process.env.THREAD), 'exit');
`;

/** Makes one call, and prints what is counted of it; or that nothing was started. */
const THREAD = preload.write(
  'thread.mjs',
  `
  import { request } from 'node:http';
  import { initMonitoring } from '#lib/index.js';
  const { ORIGIN, CALL, OWN } = process.env;
  const body = JSON.stringify({ model: 'gpt-4o', messages: [] });
  const post = async (url) => (await fetch(url, { method: 'POST', body })).json();
  const calls = {
    none: () => undefined,
    model: () => post(ORIGIN + '/v1/chat/completions'),
    suspect: () => post(ORIGIN.replace('127.0.0.1', '127.0.0.2') + '/v1/chat/completions').catch(() => undefined),
    foreign: () =>
      new Promise((resolve) => {
        request(ORIGIN + '/v1/chat/completions', { method: 'POST' }, (response) => {
          response.resume().on('end', resolve);
        }).end(body);
      }),
    get: () => fetch(ORIGIN + '/v1/chat/completions'),
    elsewhere: () => post(ORIGIN + '/elsewhere'),
    odd: () => fetch({ get url() { throw new Error('odd'); } }).catch(() => undefined),
  };
  if (OWN !== undefined) {
    const own = await initMonitoring({ serviceVersion: 'own', metrics: { port: 0 } });
    if (OWN === 'ended') await own.shutdown();
  }
  await calls[CALL]();
  // The call has started it, if anything has.
  const running = await globalThis[Symbol.for('llm-edge-monitoring.init.v1')].running?.ready;
  const page = (await running?.metricsText())?.body ?? 'not started';
  const counts = /^(?:not started|llm_edge_requests_total.*|llm_edge_monitoring_unrecognised_requests_total.*)$/gm;
  console.log(globalThis.fetch.name, running?.config.serviceVersion ?? '', ...(page.match(counts) ?? []));
  `,
);

async function runThread(call: string, env: Readonly<Record<string, string>> = {}) {
  const { code, stdout, stderr } = await preload
    .runText(MAIN, {
      THREAD,
      CALL: call,
      ORIGIN: `http://${host}`,
      LLM_EDGE_HOSTS: `${host}=openai`,
      ...env,
    })
    .ended();
  return [code, stdout.trim(), stderr];
}

const COUNTED = 'llm_edge_requests_total{provider="openai",model="gpt-4o",status="success"} 1';

describe('the preload in a worker thread', () => {
  it('starts with the first call to a model, and counts it', async () => {
    expect(await runThread('model')).toEqual([0, `instrumentedFetch  ${COUNTED}`, '']);
  });

  it.each([
    ['suspect', /unrecognised_requests_total{.*seen_by="fetch".*} 1$/],
    ['foreign', /unrecognised_requests_total{.*seen_by="http".*} 1$/],
  ])('starts with the first %s call', async (call, counted) => {
    const [code, stdout] = await runThread(call);
    expect([code, stdout]).toEqual([0, expect.stringMatching(counted)]);
  });

  it.each(['none', 'get', 'elsewhere', 'odd'])('does not start with %s', async (call) => {
    expect(await runThread(call)).toEqual([0, 'instrumentedFetch  not started', '']);
  });

  it.each<[string, string, string]>([
    ['leaves monitoring to a thread that starts it', 'running', `own ${COUNTED}`],
    ['does not restart what the thread has ended', 'ended', ' not started'],
  ])('%s', async (_, own, expected) => {
    expect(await runThread('model', { OWN: own })).toEqual([0, `instrumentedFetch ${expected}`, '']);
  });

  it('observes nothing with `false`, and says nothing', async () => {
    const env = { LLM_EDGE_WORKER_THREADS: 'False' };
    expect(await runThread('model', env)).toEqual([0, 'fetch  not started', '']);
  });

  it('starts at once with `true`', async () => {
    const [, stdout, stderr] = await runThread('none', { LLM_EDGE_WORKER_THREADS: 'true' });
    expect([stdout, stderr]).toEqual(['instrumentedFetch', '']);
  });
});
