import { createServer, type RequestListener } from 'node:http';
import { type Printed, runCommand } from '../support/cli-terminal.js';
import { listenOnLoopback } from '../support/listen-on-loopback.js';

interface Report {
  readonly services: readonly string[];
  readonly findings: readonly {
    readonly id: string;
    readonly severity: string;
    readonly text: string;
    readonly remedy: string;
  }[];
}

const INFO = 'target_info{service_name="gw",service_instance_id="1"} 1\n';
const COUNTED = 'llm_edge_requests_total{provider="openai",model="m",status="success"} 5\n';
const page = (samples: string): string => `# TYPE llm_edge_requests_total counter\n${INFO}${samples}`;

async function examine(
  listener: RequestListener,
  args: readonly string[] = [],
  path = '',
): Promise<Printed & { readonly report: Report }> {
  const { origin, close } = await listenOnLoopback(createServer(listener));
  const printed = await runCommand('doctor', [`${origin}${path}`, '--json', ...args]);
  await close();
  return { ...printed, report: JSON.parse(printed.stdout) as Report };
}

/** Answers scrapes with a page, and the status API with nothing. */
const answering =
  (text: string): RequestListener =>
  ({ url }, response) =>
    url === '/metrics' ? response.end(text) : response.writeHead(404).end();

const idsOf = ({ findings }: Report): readonly string[] => findings.map(({ id }) => id);

describe('the command doctor', () => {
  it('finds nothing where requests are counted', async () => {
    const { code, report } = await examine(answering(page(COUNTED)), ['--service', 'gw']);
    expect(report.findings).toEqual([]);
    expect(report.services).toEqual(['gw']);
    expect(code).toBe(0);
  });

  it.each<readonly [string, string]>([
    ['nothing_recorded', ''],
    ['nothing_recorded', 'llm_edge_requests_total{provider="p",model="m",status="success"} 0\n'],
    ['operations_only', 'llm_edge_operations_total{status="success"} 3\n'],
    ['requests_hang', 'llm_edge_active_requests 2\n'],
    [
      'unrecognised',
      `${COUNTED}llm_edge_monitoring_unrecognised_requests_total{host="llm.corp",seen_by="fetch"} 3\n`,
    ],
    ['dropped', `${COUNTED}llm_edge_monitoring_dropped_total{reason="invalid_name"} 1\n`],
    [
      'unpriced',
      `${COUNTED}llm_edge_unpriced_requests_total{provider="p",model="m",reason="unknown_model"} 1\n`,
    ],
    [
      'usage_missing',
      `${COUNTED}llm_edge_usage_missing_total{provider="p",model="m",reason="not_asked"} 1\n`,
    ],
    ['folded', `${COUNTED}llm_edge_monitoring_series_overflow_total{label="model"} 1\n`],
    ['spans_dropped', `${COUNTED}llm_edge_monitoring_spans_dropped_total{reason="export_failed"} 1\n`],
    ['pushes_failed', `${COUNTED}llm_edge_monitoring_pushes_total{outcome="failed"} 1\n`],
    ['scrapes_failed', `${COUNTED}llm_edge_monitoring_scrapes_total{outcome="timeout"} 1\n`],
    ['price_list', `${COUNTED}llm_edge_price_list_last_reload_successful 0\n`],
  ])('finds %s', async (id, samples) => {
    const { code, report } = await examine(answering(page(samples)));
    expect(idsOf(report)).toEqual([id]);
    expect(code).toBe(1);
  });

  it.each<readonly [string, string]>([
    ['usage_cut_off', 'llm_edge_usage_missing_total{provider="p",model="m",reason="cut_off"} 1\n'],
    ['price_list_old', 'llm_edge_price_list_timestamp_seconds 1000000000\n'],
  ])('notes %s, which is no problem', async (id, samples) => {
    const { code, report } = await examine(answering(page(COUNTED + samples)));
    expect(report.findings.map((finding) => [finding.id, finding.severity])).toEqual([[id, 'note']]);
    expect(code).toBe(0);
  });

  it('takes a few scrapes that a viewer ended for no problem', async () => {
    const scrapes = (outcome: string, count: number): string =>
      `llm_edge_monitoring_scrapes_total{outcome="${outcome}"} ${count}\n`;
    const { code, report } = await examine(
      answering(page(COUNTED + scrapes('success', 95) + scrapes('failed', 5))),
    );
    expect([code, report.findings]).toEqual([0, []]);
  });

  it('says first that nothing is wrong, and then what is worth knowing', async () => {
    const text = page(`${COUNTED}llm_edge_price_list_timestamp_seconds 1000000000\n`);
    const { origin, close } = await listenOnLoopback(createServer(answering(text)));
    const { stdout } = await runCommand('doctor', [origin]);
    await close();
    expect(stdout).toMatch(
      /\n\nNothing is wrong: 5 requests were counted\.\n\nNote: The price list is \d+ days/,
    );
  });

  it('notes that the status page hides the settings', async () => {
    const { code, report } = await examine(({ url }, response) =>
      url === '/metrics' ? response.end(page(COUNTED)) : response.writeHead(401).end(),
    );
    expect([code, idsOf(report)]).toEqual([0, ['status_hidden']]);
  });

  it('finds another service, a clock that is wrong, and several processes behind one port', async () => {
    let reads = 0;
    const { report } = await examine(
      (_, response) => {
        reads += 1;
        response.setHeader('date', new Date(0).toUTCString());
        response.end(page(COUNTED).replace('instance_id="1"', `instance_id="${reads % 2}"`));
      },
      ['--service', 'other'],
    );
    expect(idsOf(report)).toEqual(['other_service', 'several_processes', 'clock']);
  });

  it('reads what the status server says of settings and of the group', async () => {
    const warning = {
      option: 'metrics.port',
      variable: 'OTEL_X',
      seen: '"y"',
      effect: 'off',
      remedy: 'write',
    };
    const answers: Readonly<Record<string, object>> = {
      '/api/v1/config': { schemaVersion: 1, settings: [{ option: 'metrics.port', warnings: [warning] }] },
      '/api/v1/status': { schemaVersion: 1, process: { shown: 1, members: 4 } },
    };
    const { report } = await examine(
      ({ url = '', headers }, response) => {
        if (url === '/metrics') response.end(page(COUNTED));
        else if (headers.authorization !== 'Bearer st') response.writeHead(401).end();
        else response.end(JSON.stringify(answers[url]));
      },
      ['--status-authorization', 'Bearer st'],
    );
    expect(report.findings.map(({ text }) => text)).toEqual([
      'A setting is not used: OTEL_X: "y"; off; write.',
      'The page covers 1 of 4 processes.',
    ]);
  });

  it.each<readonly [string, number, string]>([
    ['unauthorized', 401, ''],
    ['forbidden', 403, ''],
    ['wrong_path', 404, ''],
    ['page_failed', 503, ''],
    ['page_failed', 302, ''],
    ['not_our_page', 200, '<html>hello</html>'],
    ['not_our_page', 200, '# TYPE up gauge\nup 1\n'],
  ])('finds %s at status %d', async (id, status, body) => {
    const { report } = await examine((_, response) => response.writeHead(status).end(body));
    expect(idsOf(report)).toEqual([id]);
  });

  it('finds the page at its usual path', async () => {
    const { report } = await examine(answering(page(COUNTED)), [], '/other');
    expect(idsOf(report)).toEqual(['page_elsewhere', 'wrong_path']);
  });

  it('finds that nothing answers, and what in this shell may be the cause', async () => {
    const { origin, close } = await listenOnLoopback(createServer());
    await close();
    const env = { OTEL_SDK_DISABLED: 'true', OTEL_METRICS_EXPORTER: 'otlp' };
    const { code, stdout } = await runCommand('doctor', [origin, '--json'], env);
    const ids = idsOf(JSON.parse(stdout) as Report).filter((id) => id !== 'page_elsewhere');
    expect(ids).toEqual(['sdk_disabled', 'no_prometheus_exporter', 'no_answer']);
    expect(code).toBe(1);
  });

  it('prints findings one by one, each with what to do, without control characters', async () => {
    const evil = page('llm_edge_monitoring_unrecognised_requests_total{host="\u001b[2J",seen_by="http"} 1\n');
    const { origin, close } = await listenOnLoopback(createServer(answering(evil)));
    const { stdout } = await runCommand('doctor', [origin]);
    await close();
    expect(stdout).toContain(
      '1. Calls that look like calls to a model are not observed: ?[2J http 1. [unrecognised]\n',
    );
    // Nothing is recorded because of that, which need not be said.
    expect(stdout).not.toContain('2. ');
    expect(stdout).not.toContain('\u001b');
  });

  it.each([[['a', 'b']], [['ftp://x']], [['--nope']]])('refuses %j with the usage', async (args) => {
    const { code, stderr } = await runCommand('doctor', args);
    expect(code).toBe(2);
    expect(stderr).toContain('Usage: ');
  });
});
