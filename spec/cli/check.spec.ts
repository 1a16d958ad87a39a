import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Certificates, createCertificates } from '../support/certificates.js';
import { describedSettings } from '../support/describe-settings.js';
import { listenOnLoopback } from '../support/listen-on-loopback.js';
import { runCommand } from '../support/run-command.js';

interface Report {
  readonly ok: boolean;
  readonly settings: readonly { readonly option: string; readonly value: unknown; readonly origin: string }[];
  readonly warnings: readonly { readonly variable?: string; readonly remedy: string }[];
  readonly unread: readonly string[];
  readonly trials: readonly { readonly subject: string; readonly state: string; readonly text: string }[];
}

/** Nothing is tried but what a case sets. */
const QUIET = { OTEL_TRACES_EXPORTER: 'none', LLM_EDGE_METRICS_PORT: 'none' };

const folder = mkdtempSync(join(tmpdir(), 'check-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const closing: (() => Promise<unknown>)[] = [];
afterEach(() => Promise.all(closing.splice(0).map((close) => close())));

async function serve(listener: RequestListener) {
  const server = await listenOnLoopback(createServer(listener));
  closing.push(server.close);
  return server;
}

function fileOf(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

async function check(env: Readonly<Record<string, string>>) {
  const { code, stdout } = await runCommand('check', ['--json'], { ...QUIET, ...env });
  const report = JSON.parse(stdout) as Report;
  const trial = (subject: string) => {
    const { state, text } = report.trials.find((each) => each.subject === subject) ?? {};
    return [state, text];
  };
  return { code, report, trial };
}

describe('check', () => {
  it('prints every setting with its value and its origin', async () => {
    const { code, stdout, stderr } = await runCommand('check', [], { ...QUIET, OTEL_SERVICE_NAME: 'gw' });
    expect(stdout).toMatch(/^ {2}serviceName +gw +OTEL_SERVICE_NAME$/m);
    expect(stdout).toMatch(/^ {2}traces\.sampler +parentbased_always_on +OTEL_TRACES_SAMPLER$/m);
    const missing = [...describedSettings({}, {}).keys()].filter(
      (option) => !stdout.includes(`  ${option} `),
    );
    expect(missing).toEqual([]);
    expect(stdout.indexOf('Defaults')).toBeLessThan(stdout.indexOf('Set in this shell'));
    expect([code, stderr, stdout.endsWith('Nothing is wrong.\n')]).toEqual([0, '', true]);
  });

  it('reports what is not supported, and which variables are misspelt or unknown', async () => {
    const { code, report } = await check({
      LLM_EDGE_LIMIT_MODELS: 'many',
      LLM_EDGE_ESTIMATE_USAGE: 'perhaps',
      LLM_EDGE_METRICS_PROT: '1',
      OTEL_TRACES_SAMPLER_ARGS: '0.1',
      OTEL_LOGS_EXPORTER: 'otlp',
      LLM_EDGE_SOMETHING_ELSE: '1',
    });
    expect(report.warnings.map(({ variable, remedy }) => [variable, remedy])).toEqual([
      ['LLM_EDGE_METRICS_PROT', 'there is no such variable; did you mean LLM_EDGE_METRICS_PORT?'],
      ['LLM_EDGE_LIMIT_MODELS', 'write a whole number from 1 to 100000'],
      ['LLM_EDGE_ESTIMATE_USAGE', 'write true or false'],
      ['OTEL_TRACES_SAMPLER_ARGS', 'there is no such variable; did you mean OTEL_TRACES_SAMPLER_ARG?'],
    ]);
    expect(report.unread).toEqual(['LLM_EDGE_SOMETHING_ELSE']);
    expect([code, report.ok]).toEqual([1, false]);
  });

  it('shows no secret and no control character', async () => {
    const secret = 'sk-proj-9fK2mX7qLw4TzR1v';
    const { stdout } = await runCommand('check', [], {
      ...QUIET,
      LLM_EDGE_METRICS_AUTHORIZATION: `Bearer ${secret}`,
      OTEL_EXPORTER_OTLP_HEADERS: `x-api-key=${secret}`,
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://user:${secret}@localhost:4318/${secret}`,
      OTEL_SERVICE_NAME: 'gw\u001b[31m\nWrong',
    });
    expect(stdout).toMatch(/^ {2}metrics\.authorization +\(hidden\) +LLM_EDGE_METRICS_AUTHORIZATION$/m);
    expect(stdout).toContain('gw?[31m?Wrong');
    expect(stdout).not.toContain(secret);
  });

  it('tries nothing where monitoring is disabled', async () => {
    const { code, report } = await check({ OTEL_SDK_DISABLED: 'true', OTEL_TRACES_EXPORTER: 'otlp' });
    expect([code, report.trials]).toEqual([
      0,
      [{ subject: 'monitoring', state: 'skipped', text: 'it is disabled' }],
    ]);
  });

  it.each([
    [['--frobnicate'], "Unknown option '--frobnicate'"],
    [['a', 'b'], 'check takes one URL.'],
    [['http://user:pw@localhost:9464'], 'Write a URL such as'],
    [['ftp://localhost'], 'Write a URL such as'],
  ])('refuses %j', async (args, problem) => {
    const { code, stdout, stderr } = await runCommand('check', args);
    expect([code, stdout, stderr]).toEqual([2, '', expect.stringContaining(problem)]);
    expect(stderr).toContain('Usage: npx llm-edge-monitoring check');
    expect(stderr).not.toContain('user:pw');
  });
});

describe('check of the scrape port', () => {
  const at = (port: number | string) => ({
    LLM_EDGE_METRICS_PORT: String(port),
    OTEL_EXPORTER_PROMETHEUS_HOST: '127.0.0.1',
  });

  it('finds it free', async () => {
    const { port, close } = await listenOnLoopback(createServer());
    await close();
    expect((await check(at(port))).trial('port')).toEqual(['ok', `127.0.0.1:${port} is free`]);
    expect((await check(at('auto'))).trial('port')[0]).toBe('ok');
  });

  it('finds it taken by another program, which is wrong', async () => {
    const { port } = await serve((_, response) => response.writeHead(404).end());
    const { code, trial } = await check(at(port));
    expect([code, ...trial('port')]).toEqual([
      1,
      'wrong',
      `127.0.0.1:${port} is in use by another program, which answers /metrics with HTTP 404; set LLM_EDGE_METRICS_PORT to another port, or to auto for the first free one`,
    ]);
  });

  it('finds it taken by a monitored process, which is not', async () => {
    const { port } = await serve((_, response) =>
      response.end('target_info{service_name="gw"} 1\nllm_edge_active_requests 0\n'),
    );
    const { code, trial } = await check(at(port));
    expect([code, ...trial('port')]).toEqual([
      0,
      'ok',
      `127.0.0.1:${port} is in use by gw, a monitored process; see its settings with: npx llm-edge-monitoring check http://127.0.0.1:${port}`,
    ]);
  });

  it('finds that the address is not of this machine', async () => {
    const env = { ...at(1), OTEL_EXPORTER_PROMETHEUS_HOST: '192.0.2.1' };
    expect((await check(env)).trial('port')).toEqual([
      'wrong',
      '192.0.2.1:1 cannot be opened (EADDRNOTAVAIL): check OTEL_EXPORTER_PROMETHEUS_HOST',
    ]);
  });
});

describe('check of files', () => {
  it('counts the prices of the price file, and says what is wrong with them', async () => {
    const right = fileOf('prices.json', '{ "openai": { "gpt-4o": { "input": 2.5, "output": 10 } } }');
    expect((await check({ LLM_EDGE_PRICES_FILE: right })).trial('price file')).toEqual(['ok', '1 price']);
    const wrong = fileOf('wrong.json', '{ "openai": { "gpt-4o": { "input": "a lot" } } }');
    const { code, report, trial } = await check({ LLM_EDGE_PRICES_FILE: wrong });
    expect([code, trial('price file')[0], report.warnings.length > 0]).toEqual([1, 'wrong', true]);
  });

  it('reads the price list of a file or a URL', async () => {
    const list =
      '[{ "id": "acme", "models": [{ "id": "m", "match": { "equals": "m" }, "prices": { "input_mtok": 1 } }] }]';
    const path = fileOf('list.json', list);
    expect((await check({ LLM_EDGE_PRICE_LIST: path })).trial('price list')).toEqual([
      'ok',
      `${path} has 1 model`,
    ]);
    const { origin } = await serve(({ url }, response) => {
      response.writeHead(url === '/list.json' ? 200 : 404).end(list);
    });
    expect((await check({ LLM_EDGE_PRICE_LIST: `${origin}/list.json` })).trial('price list')).toEqual([
      'ok',
      `${origin}/… has 1 model`,
    ]);
    expect((await check({ LLM_EDGE_PRICE_LIST: `${origin}/none` })).trial('price list')).toEqual([
      'wrong',
      `${origin}/…: the server answered with 404`,
    ]);
    const digest = { LLM_EDGE_PRICE_LIST: path, LLM_EDGE_PRICE_LIST_DIGEST: 'a'.repeat(64) };
    expect((await check(digest)).trial('price list')[1]).toContain(
      'not the one of LLM_EDGE_PRICE_LIST_DIGEST',
    );
  });

  describe('with certificates', () => {
    let certificates: Certificates;
    beforeAll(() => {
      certificates = createCertificates();
    });
    afterAll(() => certificates.remove());

    it('reads them, and says which key does not belong', async () => {
      const { authorityFile, certificateFile, keyFile } = certificates;
      const right = await check({
        OTEL_EXPORTER_OTLP_CERTIFICATE: authorityFile,
        OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: certificateFile,
        OTEL_EXPORTER_OTLP_CLIENT_KEY: keyFile,
      });
      const certificateTrials = right.report.trials.filter(({ subject }) => subject === 'certificates');
      expect(certificateTrials.map(({ state }) => state)).toEqual(['ok', 'ok']);
      const wrong = await check({
        OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: authorityFile,
        OTEL_EXPORTER_OTLP_CLIENT_KEY: keyFile,
      });
      expect(wrong.trial('certificates')).toEqual(['wrong', `${keyFile} is not the key of ${authorityFile}`]);
      const none = await check({ OTEL_EXPORTER_OTLP_CERTIFICATE: keyFile });
      expect(none.trial('certificates')).toEqual([
        'wrong',
        expect.stringMatching(/is not a PEM certificate/),
      ]);
    });
  });
});

describe('check of a running process', () => {
  const settings = [
    {
      option: 'metrics.port',
      variables: ['A'],
      value: 9464,
      origin: 'option',
      isSecret: false,
      warnings: [],
    },
  ];

  it('prints what its API answers, with the authorization of the status page', async () => {
    const seen: unknown[] = [];
    const { host, origin } = await serve(({ url, headers }, response) => {
      seen.push([url, headers.authorization]);
      response.end(JSON.stringify({ schemaVersion: 1, settings }));
    });
    const [variable] = describedSettings({}, {}).get('statusPage.authorization')?.variables ?? [];
    const env = variable === undefined ? {} : { [variable]: 'Bearer a' };
    const { code, stdout } = await runCommand('check', [host], env);
    expect([code, stdout]).toEqual([
      0,
      'Set in the process\n  metrics.port  9464  option\n\nNothing is wrong.\n',
    ]);
    await runCommand('check', [`${origin}/metrics`, '--authorization', 'Bearer b', '--json']);
    expect(seen).toEqual([
      ['/api/v1/config', variable && 'Bearer a'],
      ['/api/v1/config', 'Bearer b'],
    ]);
  });

  it('ends with 1 where the process warns', async () => {
    const warnings = [{ option: 'metrics.port', seen: 'x', effect: 'y', remedy: 'z' }];
    const { origin } = await serve((_, response) => {
      response.end(JSON.stringify({ settings: [{ ...settings[0], warnings }] }));
    });
    const { code, stdout } = await runCommand('check', [origin]);
    expect([code, stdout]).toEqual([
      1,
      expect.stringContaining('  metrics.port: saw x; y; z\n\n1 thing is wrong.'),
    ]);
  });

  it.each([
    [401, '', 'it requires the header of statusPage.authorization: pass it with --authorization'],
    [404, '', 'it has no /api/v1/config: the status page is off, or needs statusPage.authorization'],
    [500, '', 'it answers with HTTP 500'],
    [200, '<html>', 'its answer does not come from llm-edge-monitoring'],
    [200, '{"settings":[{"option":1}]}', 'its answer does not come from llm-edge-monitoring'],
  ])('says in one line what a %i with %j means', async (status, body, problem) => {
    const { origin } = await serve((_, response) => response.writeHead(status).end(body));
    const { code, stdout, stderr } = await runCommand('check', [origin]);
    expect([code, stdout, stderr.trim().split('\n').length]).toEqual([1, '', 1]);
    expect(stderr).toContain(`${origin}: ${problem}`);
  });
});
