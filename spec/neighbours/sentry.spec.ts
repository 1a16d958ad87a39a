import { runScript } from '../support/run-script.js';

/** A server that starts monitoring and Sentry as `start` says, and is asked by two users at once. */
const program = (start: string, options: string): string => `
  import { createServer, get } from 'node:http';
  import { diag, trace } from '@opentelemetry/api';
  import { InMemorySpanExporter } from '@opentelemetry/sdk-trace';
  import * as Sentry from '@sentry/node';
  import { initMonitoring, observeOperation, observeRequest } from '#lib/index.js';

  const warnings = [];
  const ignore = () => undefined;
  diag.setLogger({ warn: (...line) => warnings.push(line.join(' ')), error: ignore, info: ignore, debug: ignore, verbose: ignore });

  const errors = {};
  const transactions = [];
  const exporter = new InMemorySpanExporter();
  let monitoring;
  const options = ${options};
  const startOurs = async () => {
    monitoring = await initMonitoring({ serviceName: 'node', metrics: { exporters: [] }, ...options });
  };
  const startSentry = () =>
    Sentry.init({
      dsn: 'https://key@sentry.invalid/1',
      tracesSampleRate: 1,
      transport: () => ({ send: async () => ({ statusCode: 200 }), flush: async () => true }),
      beforeSend: (event) => {
        errors[event.exception.values[0].value] = event.user?.id;
        return null;
      },
      beforeSendTransaction: ({ contexts, spans }) => {
        const all = [contexts.trace, ...spans];
        transactions.push(...all.map(({ description, parent_span_id: parent }) => [description ?? 'GET', all.find((other) => other.span_id === parent)?.description ?? '']));
        return null;
      },
    });
  const observed = () =>
    observeRequest({ provider: 'openai', model: 'gpt-4o' }, () => new Promise((resolve) => setImmediate(resolve, 'answer')));
  ${start}

  // Every step waits for both requests, so that they are always between each other.
  const meetings = [];
  const meet = (step) => {
    meetings[step] ??= Promise.withResolvers?.() ?? (() => { const d = {}; d.promise = new Promise((resolve) => { d.resolve = resolve; }); return d; })();
    const meeting = meetings[step];
    meeting.count = (meeting.count ?? 0) + 1;
    if (meeting.count === 2) meeting.resolve();
    return meeting.promise;
  };
  const serve = (user) =>
    observeOperation({ name: 'serve ' + user }, async () => {
      await meet(0);
      Sentry.setUser({ id: user });
      await meet(1);
      await observed();
      await meet(2);
      Sentry.captureException(new Error('error of ' + user));
      await meet(3);
    });
  const server = createServer(async (request, response) => {
    await serve(request.url.slice(1));
    response.end('done');
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const ask = (user) =>
    new Promise((resolve) => get({ port: server.address().port, host: '127.0.0.1', path: '/' + user, agent: false }, (response) => response.resume().on('end', resolve)));
  await Promise.all([ask('alice'), ask('bob')]);
  server.close();
  await Sentry.flush();
  await monitoring.forceFlush();
  const spans = exporter.getFinishedSpans();
  const parents = spans
    .map((span) => [span.name, spans.find((other) => other.spanContext().spanId === span.parentSpanContext?.spanId)?.name ?? '']);
  process.stdout.write(JSON.stringify({ errors, warnings, parents, transactions }), () => process.exit());
`;

interface Outcome {
  /** The user that Sentry reported each error with. */
  readonly errors: Readonly<Record<string, string>>;
  readonly warnings: readonly string[];
  /** Each span of ours that was exported to memory, with the one that it is within. */
  readonly parents: readonly (readonly [string, string])[];
  /** Each span that Sentry sent, with the one that it is within. */
  readonly transactions: readonly (readonly [string, string])[];
}

/** The spans of this package are exported to memory. */
const OWN = `{ openTelemetry: 'own', traces: { spanExporter: exporter } }`;

async function outcomeOf(start: string, options = `{ traces: { exporter: 'none' } }`): Promise<Outcome> {
  const { stdout, stderr } = await runScript(program(start, options)).end();
  if (!stdout.startsWith('{')) throw new Error(stderr);
  return JSON.parse(stdout) as Outcome;
}

/** Each request is within the operation of its user. */
const SPANS = ['chat gpt-4o < serve alice', 'chat gpt-4o < serve bob', 'serve alice < ', 'serve bob < '];

const linesOf = (spans: Outcome['parents']): readonly string[] =>
  spans.map(([name, parent]) => `${name} < ${parent}`).sort();

const OWN_USERS = { 'error of alice': 'alice', 'error of bob': 'bob' };

describe('beside Sentry', () => {
  it.each(['startOurs(); startSentry();', 'startSentry(); await startOurs();'])(
    'leaves each error its own user, and exports its own spans with openTelemetry: own: %s',
    async (start) => {
      const { errors, warnings, parents, transactions } = await outcomeOf(start, OWN);
      expect([errors, warnings]).toEqual([OWN_USERS, []]);
      expect(linesOf(parents)).toEqual(SPANS);
      expect(linesOf(transactions)).toEqual(['GET < ', 'GET < ']);
    },
  );

  it.each(['await startOurs(); startSentry();', 'startSentry(); await startOurs();'])(
    'leaves each error its own user, and has the spans of this package in the transactions of Sentry: %s',
    async (start) => {
      const { errors, warnings, transactions } = await outcomeOf(start);
      expect([errors, warnings]).toEqual([OWN_USERS, []]);
      expect(linesOf(transactions)).toEqual(['GET < ', 'GET < ', ...SPANS].sort());
    },
  );

  it('leaves each error its own user where something is observed after both have started', async () => {
    const { errors, warnings } = await outcomeOf(`await startOurs(); startSentry(); await observed();`);
    expect([errors, warnings]).toEqual([OWN_USERS, []]);
  });

  it('says once, and how to cure it, where something was observed before Sentry started', async () => {
    const { errors, warnings } = await outcomeOf(`await startOurs(); await observed(); startSentry();`);
    // What the warning speaks of: both errors are reported with one user.
    expect(new Set(Object.values(errors)).size).toBe(1);
    expect(warnings).toEqual([
      expect.stringMatching(
        /^llm-edge-monitoring .*the context manager and the propagator .* were refused.*Sentry\.init\(\).* first/,
      ),
    ]);
  });
});
