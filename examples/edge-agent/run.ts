import { once } from 'node:events';
import { type Agent, startAgent } from './agent.js';
import type { Arguments } from './arguments.js';
import { PROVIDERS } from './chat.js';
import { createDisplay } from './display.js';
import { explain } from './explain.js';
import { listenToKeys, OUTAGES_PATH } from './outages.js';
import { toLogLine, toTable, type View } from './table.js';
import { detail, summarize } from './totals.js';
import { startTraffic } from './traffic.js';

const REFRESH_MS = 500;
const LOG_LINE_MS = 5000;
const STATUS_OFF = 'off; beyond this machine it needs LLM_EDGE_STATUS_AUTHORIZATION';

/** Runs the example to its end. Returns the exit code of the process. */
export async function run(args: Arguments): Promise<0 | 1> {
  const interrupted = untilInterrupted();
  let agent: Agent;
  try {
    agent = await startAgent(args);
  } catch (error) {
    console.error(explain(error, args));
    return 1;
  }
  const hasKeys = process.stdin.isTTY && process.stdout.isTTY && !args.isJson && !args.isUntilEof;
  if (!args.isJson) console.log(introduction(agent, args, hasKeys));
  const stopListening = hasKeys ? listenToKeys(process.stdin, agent.outages) : undefined;

  const startedAt = performance.now();
  const traffic = startTraffic({ ...args, url: agent.chatUrl });
  let endedAt: number | undefined;
  const elapsedMs = () => (endedAt ?? performance.now()) - startedAt;
  const stopShowing = args.isJson ? undefined : startShowing(() => ({ ...agent, elapsedMs: elapsedMs() }));

  const told = args.isUntilEof ? Promise.race([interrupted, untilInputEnds()]) : interrupted;
  await Promise.race([traffic.done, told.then(() => traffic.stop())]);
  await traffic.done;
  stopListening?.();
  // Otherwise an input that has not ended would keep the process up.
  process.stdin.pause();
  endedAt = performance.now();
  stopShowing?.();
  if (args.isJson) console.log(toJson(agent, args.isDetailed));
  if (args.isHeld) {
    if (!args.isJson) console.log(`\nDone. ${agent.statusUrl ?? 'The gateway'} stays up until Ctrl-C.`);
    await interrupted;
  }
  try {
    await agent.stop();
  } catch (error) {
    // What the run was for has been shown; spans that no Collector takes are no failure of it.
    console.error(`Not everything could be sent: ${(error as Error).message}`);
  }
  return 0;
}

/** Resolves at the first Ctrl-C or SIGTERM; the second Ctrl-C ends the process at once. */
function untilInterrupted(): Promise<void> {
  return new Promise((resolve) => {
    let interruptedAt: number | undefined;
    const interrupt = () => {
      // The terminal and npm may both pass the same Ctrl-C on to us.
      if (interruptedAt !== undefined && performance.now() - interruptedAt > 300) process.exit(130);
      interruptedAt ??= performance.now();
      resolve();
    };
    process.on('SIGINT', interrupt);
    process.on('SIGTERM', interrupt);
  });
}

/** Resolves once whoever started us has closed standard input. What is written to it is thrown away. */
async function untilInputEnds(): Promise<void> {
  await once(process.stdin.resume(), 'end');
}

/** Shows the state until it is told to stop: a table in place on a terminal, a line now and then elsewhere. */
function startShowing(viewNow: () => View): () => void {
  if (!process.stdout.isTTY || process.env['TERM'] === 'dumb') {
    const timer = setInterval(() => console.log(toLogLine(viewNow())), LOG_LINE_MS);
    return () => {
      clearInterval(timer);
      console.log(['', ...toTable(viewNow())].join('\n'));
    };
  }
  const display = createDisplay(process.stdout);
  const show = () => display.show(toTable(viewNow()));
  const timer = setInterval(show, REFRESH_MS);
  process.once('exit', () => display.end());
  show();
  return () => {
    clearInterval(timer);
    show();
    display.end();
  };
}

function introduction(agent: Agent, { requests, rate, seed, isFaulty }: Arguments, hasKeys: boolean): string {
  const amount = requests === undefined ? 'calls until Ctrl-C' : `${requests} calls`;
  const pace = rate === 'max' ? 'as fast as they can' : `about ${rate} a second`;
  const { metricsUrl, statusUrl } = agent;
  const down = PROVIDERS.filter((provider) => agent.outages.isDown(provider));
  const outageUrl = new URL(`${OUTAGES_PATH}anthropic`, agent.chatUrl);
  return [
    'LLM gateway, monitored by llm-edge-monitoring. Its two providers are simulated:',
    `${isFaulty ? 'now and then they throttle, fail or go down. Tokens' : 'tokens'} are invented, prices are real.`,
    '',
    `status     ${statusUrl === undefined ? STATUS_OFF : `${statusUrl}  <- open it in a browser`}`,
    `gateway    ${agent.chatUrl}`,
    `metrics    ${metricsUrl ?? 'off'}`,
    ...(metricsUrl === undefined ? [] : [`           curl -s ${metricsUrl} | grep ^llm_edge`]),
    `tracing    ${agent.tracing}`,
    `callers    ${amount}, ${pace}, seed ${seed}`,
    `outage     ${down.length === 0 ? 'none' : `${down.join(', ')}, from the start`}`,
    ...(hasKeys ? ['           press o (openai) or a (anthropic) to begin or end one'] : []),
    `           curl -X PUT ${outageUrl}  (-X DELETE ends it)`,
    '',
  ].join('\n');
}

/** The totals in the fixed form of `--json`, and with `--details` what that leaves out. */
function toJson({ totals, metricsUrl }: Agent, isDetailed: boolean): string {
  const { cacheHits, cacheMisses, failovers } = totals;
  return JSON.stringify({
    ...summarize(totals),
    cacheHits,
    cacheMisses,
    failovers,
    metricsUrl: metricsUrl ?? null,
    ...(isDetailed ? detail(totals) : {}),
  });
}
