import { inspect } from 'node:util';
import { trace } from '@opentelemetry/api';
import fc from 'fast-check';
import { instrumentFetch } from '../../lib/fetch.js';
import { initMonitoring, type MonitoringOptions, resolveConfig } from '../../lib/index.js';
import { captureEverything } from '../support/captured-output.js';
import { documentedOptions } from '../support/documented-options.js';
import { withEnv } from '../support/with-env.js';

const OPTIONS = documentedOptions();
const VARIABLES = [...OPTIONS.flatMap(({ variables }) => variables), 'LLM_EDGE_PRICES_FILE'];
/** What a start needs to leave nothing behind and to reach nobody. */
const QUIET = { OTEL_EXPORTER_PROMETHEUS_PORT: '0', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' };

/** Keys and passwords as people have them. */
const secrets = fc.oneof(
  fc.constantFrom(
    'sk-proj-9fK2mX7qLw4TzR1v',
    'ghp_16C7e42F292c6912E7710c838347Ae178B4a',
    'AKIA4EXAMPLE7QRSTUVW',
    'hunter2hunter2',
    'correct horse battery staple',
    'correcthorsebatterystaple',
    'xoxb-17653672481-19874698323-pdFZKVeTuE8sk7oOHcbrzqgy',
    'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJjYW5hcnkifQ.c2lnbmF0dXJl',
  ),
  fc.stringMatching(/^[A-Za-z]{6,10}[0-9]{3}[A-Za-z]{10,20}$/),
);

/** A text that a secret is in, in the ways in which it comes into a configuration. */
const TEXTS: readonly ((secret: string) => string)[] = [
  (secret) => secret,
  (secret) => ` ${secret}\n`,
  (secret) => `http://user:${secret}@collector:4317`,
  (secret) => `htp://${secret}@collector:4317`,
  (secret) => `user:${secret}@collector:4317`,
  (secret) => `http://user:pa/${secret}@collector:4317`,
  (secret) => `http://user:12/${secret}@collector:99999`,
  (secret) => `https://collector:4317/v1/${secret}?token=${secret}#${secret}`,
  (secret) => `collector:4317/?token=${secret}`,
  (secret) => `authorization=Bearer ${secret}`,
  (secret) => `authorization=Bearer%20${secret},x y=${secret}`,
  (secret) => `Bearer  ${secret} ${secret}`,
  (secret) => `team=edge,password=${secret}%`,
  (secret) => `-----BEGIN PRIVATE KEY-----\n${secret}\n-----END PRIVATE KEY-----`,
  (secret) => `/run/secrets/${secret}`,
  (secret) => JSON.stringify({ apiKey: secret }),
  (secret) => `x=1, ${secret}`,
];

/** A value that a text is in, as a value or as the name of a member. */
const VALUES: readonly ((text: string) => unknown)[] = [
  (text) => text,
  (text) => [text],
  (text) => ({ apiKey: text }),
  (text) => ({ [text]: 1 }),
  (text) => ({ [text]: { [text]: text } }),
  (text) => [{ apiKey: text, [text]: text }],
  (text) => ({ nested: { deep: [{ apiKey: text }] } }),
  (text) => new Map([[text, text]]),
  (text) => new Error(text),
  (text) => Symbol(text),
  (text) => () => text,
];

const PRICE = { input: 1, output: 2 };
/** Where a value may be put, beside the documented options. */
const PLACES: readonly ((value: unknown) => object)[] = [
  (value) => ({ apiKey: value }),
  (value) => value as object,
  (value) => ({ metrics: value }),
  (value) => ({ traces: { batch: value } }),
  (value) => ({ metrics: { apiKey: value } }),
  (value) => ({ budgets: value }),
  (value) => ({ budgets: [value] }),
  (value) => ({ budgets: [{ name: value, limitUsd: value, window: value, thresholds: value }] }),
  (value) => ({ budgets: [{ name: 'a', limitUsd: 1, window: 'day', match: value, onThreshold: value }] }),
  (value) => ({
    budgets: [{ name: 'a', limitUsd: 1, window: 'day', apiKey: value, match: { model: value } }],
  }),
  (value) => ({ pricing: value }),
  (value) => ({ pricing: { apiKey: value, overrides: value } }),
  (value) => ({ pricing: { overrides: { openai: value, azure: { 'gpt-4o': value } } } }),
  (value) => ({
    pricing: { overrides: { openai: { 'gpt-4o': { ...PRICE, tiers: value, apiKey: value } } } },
  }),
  (value) => ({ pricing: { overrides: { openai: { 'gpt-4o': { ...PRICE, serviceTiers: value } } } } }),
  (value) => ({ pricing: { overrides: { m: { litellm_provider: 'openai', input_cost_per_token: value } } } }),
  (value) => ({ pricing: { deployments: value, serviceTiers: value } }),
  (value) => ({ pricing: { deployments: { mine: value }, serviceTiers: [value] } }),
  (value) => ({
    pricing: { serviceTiers: [{ provider: value, model: value, tier: value, multiplier: value }] },
  }),
  (value) => ({
    get serviceName() {
      throw value;
    },
  }),
  ...OPTIONS.map(({ option }) => (value: unknown) => {
    const [head = '', ...rest] = option.split('.');
    return { [head]: rest.reduceRight<unknown>((inner, name) => ({ [name]: inner }), value) };
  }),
];

function told(error: unknown): string {
  const { message, stack, problems } = error as Error & { readonly problems?: unknown };
  return [message, stack, JSON.stringify(problems), inspect(error, { depth: null, showHidden: true })].join(
    '\n',
  );
}

/** All that is told when monitoring starts with options and an environment, in errors, warnings and logs. */
async function everythingToldBy(options: object, env: Readonly<Record<string, string>>): Promise<string> {
  const output = captureEverything();
  try {
    return await withEnv({ ...QUIET, ...env }, async () => {
      const texts: string[] = [];
      const resolved = resolveConfig(options);
      texts.push(resolved.ok ? JSON.stringify(resolved.value.warnings) : told(resolved.error));
      await initMonitoring(options).then(
        (monitoring) => monitoring.shutdown().catch((error: unknown) => texts.push(told(error))),
        (error: unknown) => texts.push(told(error)),
      );
      return [...texts, ...output.lines].join('\n');
    });
  } finally {
    output.release();
  }
}

describe('what is told of a configuration', () => {
  it('has no secret that was put in the wrong place of the options', async () => {
    await fc.assert(
      fc.asyncProperty(
        secrets,
        fc.constantFrom(...TEXTS),
        fc.constantFrom(...VALUES),
        fc.constantFrom(...PLACES),
        fc.constantFrom('grpc', 'http/protobuf'),
        async (secret, text, value, place, protocol) => {
          const env = { OTEL_EXPORTER_OTLP_PROTOCOL: protocol };
          const everything = await everythingToldBy(place(value(text(secret))) ?? {}, env);
          expect(everything).not.toContain(secret);
        },
      ),
      { numRuns: 600 },
    );
  }, 60_000);

  it('has no secret that was put in the wrong variable', async () => {
    await fc.assert(
      fc.asyncProperty(
        secrets,
        fc.constantFrom(...TEXTS),
        fc.subarray(VARIABLES, { minLength: 1, maxLength: 3 }),
        async (secret, text, variables) => {
          const env = Object.fromEntries(variables.map((variable) => [variable, text(secret)]));
          const everything = await everythingToldBy({}, { OTEL_METRICS_EXPORTER: 'prometheus,otlp', ...env });
          expect(everything).not.toContain(secret);
        },
      ),
      { numRuns: 200 },
    );
  }, 60_000);

  it('has no secret that instrumentFetch is called with', () => {
    const places: readonly ((value: unknown) => readonly unknown[])[] = [
      (value) => [value],
      (value) => [fetch, value],
      (value) => [fetch, { apiKey: value, propagate: value, includeStreamUsage: value }],
      (value) => [fetch, { hosts: value }],
      (value) => [fetch, { hosts: { 'localhost:8000': value } }],
      (value) => [fetch, { hosts: { 'localhost:8000': { provider: value, api: value, apiKey: value } } }],
    ];
    fc.assert(
      fc.property(
        secrets,
        fc.constantFrom(...TEXTS),
        fc.constantFrom(...VALUES),
        fc.constantFrom(...places),
        (secret, text, value, place) => {
          const output = captureEverything();
          try {
            instrumentFetch(...(place(value(text(secret))) as Parameters<typeof instrumentFetch>));
          } catch (error) {
            expect(told(error)).not.toContain(secret);
          } finally {
            output.release();
          }
          expect(output.lines.join('\n')).not.toContain(secret);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('has no secret of a connection that fails, and says where it went', async () => {
    const secret = 'sk-proj-9fK2mX7qLw4TzR1v';
    const endpoint = `http://user:${secret}@127.0.0.1:1/${secret}?token=${secret}`;
    const headers = { authorization: `Bearer ${secret}` };
    const output = captureEverything();
    const errors: string[] = [];
    try {
      await withEnv({ OTEL_EXPORTER_OTLP_HEADERS: `x-key=${secret}` }, async () => {
        const monitoring = await initMonitoring({
          metrics: {
            port: 0,
            exporters: ['prometheus', 'otlp'],
            endpoint,
            headers,
            authorization: `Bearer ${secret}`,
          },
          traces: { endpoint, headers },
          shutdownTimeoutMillis: 2000,
        });
        for (const printed of [monitoring, monitoring.config]) {
          expect(inspect(printed, { depth: null, showHidden: true })).not.toContain(secret);
          expect(JSON.stringify(printed)).not.toContain(secret);
        }
        expect(monitoring.config.metrics.authorization).toBe(`Bearer ${secret}`);
        trace.getTracer('spec').startSpan('lost').end();
        await monitoring.forceFlush().catch((error: unknown) => errors.push(told(error)));
        await monitoring.shutdown().catch((error: unknown) => errors.push(told(error)));
        await expect(initMonitoring({ metrics: { port: 0, host: secret } })).rejects.toMatchObject({
          code: 'ERR_LISTEN_FAILED',
        });
        await initMonitoring({ metrics: { port: 0, host: secret } }).catch((error) =>
          errors.push(told(error)),
        );
      });
    } finally {
      output.release();
    }
    expect(errors).toHaveLength(3);
    expect(errors[1]).toContain('http://127.0.0.1:1');
    expect([...errors, ...output.lines].join('\n')).not.toContain(secret);
  });

  it.each<[MonitoringOptions, string]>([
    [{ traces: { endpoint: 'htp://user:pw@collector:4317/v1?key=1' } }, 'a string of 37 characters'],
    [{ traces: { endpoint: 'htp://collector:4317/v1?key=1' } }, '"htp://collector:4317/…"'],
    [{ traces: { endpoint: 'collector:4317' } }, '"collector:4317"'],
    [{ traces: { sampler: 'alway_on' as never } }, '"alway_on"'],
    [{ metrics: { port: 70_000 } }, '70000'],
    [{ metrics: { port: '9464' as never } }, '"9464"'],
    [{ traces: { certificateFile: '/etc/ssl/absent.pem' } }, '"/etc/ssl/absent.pem"'],
    [{ enabled: 'yes' as never }, '"yes"'],
    [{ resourceAttributes: { a: 1 } as never }, 'an object with 1 member'],
  ])('still says what was written where it is harmless: %j', (options, seen) => {
    const result = resolveConfig(options, {});
    expect(result.ok ? [] : result.error.problems.map((problem) => problem.seen)).toEqual([seen]);
  });
});
