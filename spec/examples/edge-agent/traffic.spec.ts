import { type Listening, listen, readJson } from '../../../examples/edge-agent/http.js';
import type { Prompt } from '../../../examples/edge-agent/prompts.js';
import { countTokens } from '../../../examples/edge-agent/providers/answers.js';
import { ANTHROPIC_DIALECT } from '../../../examples/edge-agent/providers/anthropic-server.js';
import { OPENAI_DIALECT } from '../../../examples/edge-agent/providers/openai-server.js';
import { startTraffic, type Traffic } from '../../../examples/edge-agent/traffic.js';

let server: Listening | undefined;
afterEach(() => server?.close());

/** A gateway that answers as it is told and remembers what it was sent. */
async function start(answer: (prompts: Prompt[], traffic: () => Traffic) => Promise<void> | void = () => {}) {
  const prompts: Prompt[] = [];
  const load = { now: 0, most: 0 };
  let traffic: Traffic | undefined;
  server = await listen(async (request, response) => {
    load.now += 1;
    load.most = Math.max(load.most, load.now);
    prompts.push((await readJson(request)) as Prompt);
    if (traffic !== undefined) await answer(prompts, () => traffic as Traffic);
    load.now -= 1;
    response.end('{}');
  }, 0);
  const url = `http://127.0.0.1:${server.port}`;
  const run = (options: Partial<Parameters<typeof startTraffic>[0]>) => {
    traffic = startTraffic({ url, requests: 40, rate: 'max', concurrency: 4, seed: 1, ...options });
    return traffic.done;
  };
  return { prompts, load, run };
}

describe('startTraffic()', () => {
  it('sends as many prompts as asked for, never more at once than there are callers', async () => {
    const { prompts, load, run } = await start();
    await run({});
    expect(prompts).toHaveLength(40);
    expect(load.most).toBeLessThanOrEqual(4);
  });

  it('sends the same prompts for the same seed', async () => {
    const { prompts, run } = await start();
    await run({ concurrency: 1 });
    await run({ concurrency: 1 });
    await run({ concurrency: 1, seed: 2 });
    expect(prompts.slice(40, 80)).toEqual(prompts.slice(0, 40));
    expect(prompts.slice(80)).not.toEqual(prompts.slice(0, 40));
  });

  it('asks some questions again and again, streamed and not, of every model', async () => {
    const { prompts, run } = await start();
    await run({ requests: 300 });
    const questions = prompts.map(({ model, messages }) => `${model} ${messages.at(-1)?.content}`);
    const models = new Set(prompts.map(({ model }) => model));
    const streamed = prompts.filter(({ stream }) => stream).length;
    expect([...models].sort()).toEqual(['claude-sonnet-4-6', 'gpt-4o-mini', 'gpt-5-mini']);
    expect(new Set(questions).size).toBeGreaterThan(80);
    expect(new Set(questions).size).toBeLessThan(250);
    expect(streamed).toBeGreaterThan(100);
    expect(streamed).toBeLessThan(250);
  });

  it('gives instructions that are long enough for the prompt caches of both providers', async () => {
    const { prompts, run } = await start();
    await run({ requests: 1 });
    const instructions = countTokens(prompts[0]?.messages[0]?.content ?? '');
    expect(instructions).toBeGreaterThanOrEqual(
      Math.max(OPENAI_DIALECT.cachedTokensMin, ANTHROPIC_DIALECT.cachedTokensMin),
    );
  });

  it('sends nothing more once stopped, and reads what is on its way to the end', async () => {
    const { prompts, load, run } = await start((seen, traffic) => {
      if (seen.length === 10) traffic().stop();
    });
    await run({ requests: undefined, concurrency: 1 });
    expect([prompts.length, load.now]).toEqual([10, 0]);
  });

  it('puts up with a gateway that is not there', async () => {
    const { prompts, run } = await start();
    await run({ url: 'http://127.0.0.1:1' });
    expect(prompts).toEqual([]);
  });
});
