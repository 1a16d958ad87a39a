// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of Grafana.
import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type MigrateRun, migrateFolder, SOURCES } from '../support/migrate-harness.js';

const fixture = (...path: readonly string[]): string => readFileSync(join(__dirname, ...path), 'utf8');

/** The lines of two texts that differ, ours behind. */
function changes(before: string, after: string): readonly (readonly [string, string])[] {
  const [old, made] = [before, after].map((text) => text.split('\n'));
  expect(made?.length).toBe(old?.length);
  return (old ?? []).flatMap((line, index) => {
    const other = made?.[index] ?? '';
    return line === other ? [] : [[line.trim().replace(/,$/, ''), other.trim().replace(/,$/, '')] as const];
  });
}

/** Migrates a dashboard of a product and prints it. */
async function migrated(
  name: string,
): Promise<{ before: string; run: MigrateRun; changed: readonly string[] }> {
  const before = fixture('dashboards', `${name}.json`);
  const run = await migrateFolder({ 'd.json': before }).run('d.json', '--from', name);
  return { before, run, changed: changes(before, run.stdout).map(([, after]) => after) };
}

const RULES = `groups:
  - name: a
    rules:
      - alert: Slow
        expr: sum(rate(bifrost_cost_total[5m])) > 1
`;
const MIGRATED_RULES = RULES.replace('bifrost_cost_total', 'llm_edge_cost_usd_total');

describe('migrate', () => {
  describe('with a dashboard', () => {
    it('rewrites queries, variables, legends, annotations, overrides and columns, and nothing else', async () => {
      const { changed } = await migrated('litellm');
      expect(changed).toEqual([
        '"expr": "llm_edge_circuit_breaker_state == 2"',
        '"titleFormat": "{{provider}} is out"',
        '"tagKeys": "provider"',
        '"definition": "label_values(llm_edge_requests_total, provider)"',
        '"query": "label_values(llm_edge_requests_total, provider)"',
        '"definition": "label_values(llm_edge_cost_usd_total{provider=~\\"$provider\\"}, model)"',
        '"query": "label_values(llm_edge_cost_usd_total{provider=~\\"$provider\\"}, model)"',
        '"expr": "sum by (provider, model) (rate(llm_edge_requests_total{provider=~\\"$provider\\"}[$__rate_interval]))"',
        '"legendFormat": "{{provider}} {{model}}"',
        '"expr": "sum by (error_type) (rate(llm_edge_requests_total{status=\\"error\\"}[$__rate_interval]))"',
        '"legendFormat": "{{ error_type }}"',
        '"expr": "sum(rate(llm_edge_operations_total{status=\\"error\\"}[$__rate_interval]))\\n/\\nsum(rate(llm_edge_operations_total[$__rate_interval]))"',
        '"expr": "histogram_quantile(0.95, sum by (le, model) (rate(llm_edge_request_duration_ms_bucket[$__rate_interval]))) / 1000"',
        '"expr": "histogram_quantile(0.9, sum by (le) (rate(llm_edge_time_to_first_token_ms_bucket{model=~\\"${model:regex}\\"}[[[window]]]))) / 1000"',
        '"options": "provider"',
        '"url": "/d/x?var-provider=${__field.labels.provider}"',
        '"expr": "sum by (provider) (increase(llm_edge_cost_usd_total[$__range]))"',
        '"provider": "Provider"',
      ]);
    });

    it('lists what has no counterpart by panel and reason, leaves it, and ends with 1', async () => {
      const { run } = await migrated('litellm');
      expect(run.code).toBe(1);
      expect(run.stderr.split('\n').slice(0, 3)).toEqual([
        'd.json: 9 rewritten, 1 left, 2 without such names',
        '  left: panel Spend by team A: sum by (team) (increase(litellm_spend_metric_total[$__range]))',
        '    llm_edge_cost_usd_total has no counterpart of the label team of litellm_spend_metric_total',
      ]);
      expect(run.stdout).toContain('sum by (team) (increase(litellm_spend_metric_total[$__range]))');
    });

    it.each(SOURCES.map(({ name }) => name))(
      'brings a dashboard of %s back to where it was',
      async (name) => {
        const { before, run } = await migrated(name);
        const back = await migrateFolder({ 'd.json': run.stdout }).run('d.json', '--to', name);
        const odd = changes(before, back.stdout);
        // Several names of theirs are one here, and sums over their labels stay.
        const allowed = /litellm_model_name|gen_ai_response_model|without|\\\\\\\\./;
        expect(odd.filter(([, line]) => !allowed.test(line))).toEqual([]);
      },
    );

    it("reads dashboards of this package, and knows a product's names for most of their queries", async () => {
      const dashboards = join(__dirname, '..', '..', 'grafana', 'dashboards');
      const files = readdirSync(dashboards).filter((file) => file.endsWith('.json'));
      expect(files.length).toBeGreaterThan(0);
      for (const file of files) {
        const work = migrateFolder({ [file]: readFileSync(join(dashboards, file), 'utf8') });
        const { stdout } = await work.run(file, '--to', 'litellm', '--json');
        const [report] = (JSON.parse(stdout) as { files: { queries: { outcome: string }[] }[] }).files;
        expect(report?.queries.length).toBeGreaterThan(0);
      }
    });
  });

  describe('with parts of Grafana', () => {
    const run = async (dashboard: object, from = 'litellm'): Promise<unknown> => {
      const work = migrateFolder({ 'd.json': JSON.stringify(dashboard) });
      const { stdout } = await work.run('d.json', '--from', from);
      return JSON.parse(stdout);
    };

    it('leaves queries of Loki alone', async () => {
      const target = { datasource: { type: 'loki' }, expr: '{app="litellm_proxy"} |= "litellm_x"' };
      expect(await run({ panels: [{ targets: [target] }] })).toEqual({ panels: [{ targets: [target] }] });
    });

    it.each([{ datasource: { type: 'loki' } }, { datasource: '${DS_LOKI}' }])(
      'leaves queries of a panel of Loki alone: %j',
      async (panel) => {
        const targets = [{ expr: 'sum(rate({app="a"} |= "litellm_x" [5m]))' }];
        const text = JSON.stringify({ panels: [{ ...panel, targets }] });
        const { code, stdout } = await migrateFolder({ 'd.json': text }).run('d.json', '--from', 'litellm');
        expect([code, stdout]).toEqual([0, text]);
      },
    );

    it('says that the values of a variable are names, and what to do', async () => {
      const list = [{ type: 'custom', name: 'm', query: 'litellm_spend_metric_total,up' }];
      const text = JSON.stringify({ templating: { list } });
      const { code, stderr } = await migrateFolder({ 'd.json': text }).run('d.json', '--from', 'litellm');
      expect(code).toBe(1);
      expect(stderr).toContain('left: variable $m: litellm_spend_metric_total,up\n    its values are names');
      expect(stderr).toContain('Queries that are left keep the old names.');
    });

    it('reads variables of the newer schema, and other functions of variables', async () => {
      const variable = (query: string): object => ({
        kind: 'QueryVariable',
        spec: { name: 'v', query: { kind: 'prometheus', spec: { query } } },
      });
      const variables = [
        [
          'label_values(litellm_spend_metric_total, api_provider)',
          'label_values(llm_edge_cost_usd_total, provider)',
        ],
        ['label_values(api_provider)', 'label_values(provider)'],
        ['label_values(job)', 'label_values(job)'],
        [
          'query_result(sum by (api_provider) (litellm_spend_metric_total))',
          'query_result(sum by (provider) (llm_edge_cost_usd_total))',
        ],
        ['metrics(litellm_.*)', 'metrics(litellm_.*)'],
      ] as const;
      expect(await run({ variables: variables.map(([before]) => variable(before)) })).toEqual({
        variables: variables.map(([, after]) => variable(after)),
      });
    });

    it('says that bounds of a heatmap have another unit, and that a maximum is over other series', async () => {
      const targets = [
        { expr: 'sum by (le) (increase(litellm_llm_api_latency_metric_bucket[5m]))' },
        { expr: 'max(rate(litellm_spend_metric_total[5m]))' },
      ];
      const work = migrateFolder({
        'd.json': JSON.stringify({ title: 'a', panels: [{ title: 'b', targets }] }),
      });
      const { code, stderr } = await work.run('d.json', '--from', 'litellm');
      expect(code).toBe(0);
      expect(stderr).toContain(
        'note: The bounds le of llm_edge_request_duration_ms_bucket are in another unit: 1000 times the former ones. (panel b)',
      );
      expect(stderr).toContain('note: max() is taken over the series of llm_edge_cost_usd_total');
    });

    it('reads a file with a byte order mark', async () => {
      const text = '\uFEFF{"expr":"sum(bifrost_cost_total)"}';
      const { stdout } = await migrateFolder({ 'd.json': text }).run('d.json', '--from', 'bifrost');
      expect(stdout).toBe(text.replace('bifrost_cost_total', 'llm_edge_cost_usd_total'));
    });
  });

  describe('with files', () => {
    it('prints one, and leaves it as it is', async () => {
      const work = migrateFolder({ 'a.yml': RULES });
      expect(await work.run('a.yml', '--from', 'bifrost')).toEqual({
        code: 0,
        stdout: MIGRATED_RULES,
        stderr: 'a.yml: 1 rewritten, 0 left, 0 without such names\n',
      });
      expect(work.read('a.yml')).toBe(RULES);
    });

    it('replaces them with --write, keeps their mode, and leaves no other file', async () => {
      const work = migrateFolder({ 'a.yml': RULES, 'b.yml': RULES });
      const { mode } = statSync(join(work.path, 'a.yml'));
      const { code, stdout } = await work.run('a.yml', 'b.yml', '--from', 'bifrost', '--write');
      expect([code, stdout, work.read('a.yml'), work.read('b.yml')]).toEqual([
        0,
        '',
        MIGRATED_RULES,
        MIGRATED_RULES,
      ]);
      expect(statSync(join(work.path, 'a.yml')).mode).toBe(mode);
      expect(readdirSync(work.path)).toEqual(['a.yml', 'b.yml']);
    });

    it('writes through no link', async () => {
      const work = migrateFolder({ 'a.yml': RULES, 'b.yml': RULES });
      symlinkSync('a.yml', join(work.path, 'link.yml'));
      const { code, stderr } = await work.run('b.yml', 'link.yml', '--from', 'bifrost', '--write');
      expect([code, stderr]).toEqual([1, 'link.yml: it is a link, and only files are replaced\n']);
      expect([work.read('a.yml'), work.read('b.yml')]).toEqual([RULES, RULES]);
    });

    it('writes them into the folder of --out, over nothing', async () => {
      const work = migrateFolder({ 'a.yml': RULES });
      expect((await work.run('a.yml', '--from', 'bifrost', '--out', 'x/y')).code).toBe(0);
      expect(work.read('x/y/a.yml')).toBe(MIGRATED_RULES);
      writeFileSync(join(work.path, 'x/y/a.yml'), 'mine');
      const { code, stderr } = await work.run('a.yml', '--from', 'bifrost', '--out', 'x/y');
      expect([code, work.read('x/y/a.yml')]).toEqual([1, 'mine']);
      expect(stderr).toContain('it already exists');
    });

    it('keeps two files of one name apart', async () => {
      const work = migrateFolder({ 'a.yml': RULES });
      mkdirSync(join(work.path, 'b'));
      writeFileSync(join(work.path, 'b', 'a.yml'), RULES);
      const { code } = await work.run('a.yml', 'b/a.yml', '--from', 'bifrost', '--out', 'x');
      expect(code).toBe(1);
    });

    it('reports as JSON, and then writes nothing', async () => {
      const work = migrateFolder({ 'a.yml': RULES });
      const { stdout, stderr } = await work.run('a.yml', '--from', 'bifrost', '--json');
      expect([JSON.parse(stdout), stderr, work.read('a.yml')]).toEqual([
        {
          files: [
            {
              file: 'a.yml',
              queries: [
                {
                  where: 'alert Slow',
                  query: 'sum(rate(bifrost_cost_total[5m])) > 1',
                  outcome: 'rewritten',
                  rewritten: 'sum(rate(llm_edge_cost_usd_total[5m])) > 1',
                  reasons: [],
                  notes: [],
                },
              ],
            },
          ],
        },
        '',
        RULES,
      ]);
    });

    it('follows series that rules in another file record', async () => {
      const work = migrateFolder({
        'rules.yml': `groups: [{name: a, rules: [{record: "p:cost", expr: "sum by (api_provider) (litellm_spend_metric_total)"}]}]`,
        'd.json':
          '{"panels":[{"targets":[{"expr":"max by (api_provider) (p:cost{api_provider=\\"gemini\\"})"}]}]}',
      });
      expect((await work.run('d.json', 'rules.yml', '--from', 'litellm', '--write')).code).toBe(0);
      expect(work.read('d.json')).toContain('max by (provider) (p:cost{provider=\\"google\\"})');
    });

    it('leaves a query of a label that a recorded series loses', async () => {
      const work = migrateFolder({
        'rules.yml': `groups: [{name: a, rules: [{record: "p:cost", expr: "max_over_time(litellm_spend_metric_total[1h:])"}, {record: "p:user", expr: "sum by (end_user) (p:cost)"}]}]`,
      });
      const { code, stderr } = await work.run('rules.yml', '--from', 'litellm');
      expect(code).toBe(1);
      expect(stderr).toContain('p:cost no longer has the label end_user');
    });
  });

  describe('with a wrong command line', () => {
    it.each([
      [['a.yml'], 'Give one of --from and --to.'],
      [['a.yml', '--from', 'bifrost', '--to', 'bifrost'], 'Give one of --from and --to.'],
      [['a.yml', '--from', '\u001b[31mx'], '?[31mx is not a product'],
      [['a.yml', '--from', 'constructor'], 'constructor is not a product that this command knows.'],
      [['--from', 'bifrost'], 'Name at least one file.'],
      [['a.yml', 'b.yml', '--from', 'bifrost'], 'Only one file can be printed'],
      [['a.yml', '--from', 'bifrost', '--write', '--out', 'x'], 'Give only one of --write and --out.'],
      [['a.yml', '--form', 'bifrost'], "Unknown option '--form'"],
    ])('refuses %j', async (args, problem) => {
      const { code, stdout, stderr } = await migrateFolder({ 'a.yml': RULES }).run(...args);
      expect([code, stdout]).toEqual([2, '']);
      expect(stderr).toContain(problem);
      expect(stderr).toContain('Usage: npx llm-edge-monitoring migrate');
    });
  });

  describe('with a hostile file', () => {
    const bomb = `a: &a [x, x, x, x, x, x, x, x, x]\n${[...'bcdefghi']
      .map((name, index) => `${name}: &${name} [${Array(9).fill(`*${'abcdefgh'[index]}`).join(', ')}]\n`)
      .join('')}`;

    const mapsIn = (depth: number): string =>
      Array.from(
        { length: depth },
        (_, index) => `${' '.repeat(index)}a:${index + 1 === depth ? ' x' : ''}\n`,
      ).join('');

    it('reads YAML that is as deep as allowed', async () => {
      const { stderr } = await migrateFolder({ 'a.yml': mapsIn(100) }).run('a.yml', '--from', 'litellm');
      expect(stderr).toBe('a.yml: 0 rewritten, 0 left, 0 without such names\n');
    });

    it.each([
      ['not JSON', 'a.json', '{"expr": ', 'it is not JSON'],
      ['not YAML', 'a.yml', 'groups: [', 'it is not YAML'],
      ['deep JSON', 'a.json', `${'['.repeat(50_000)}${']'.repeat(50_000)}`, 'nested too deeply'],
      ['deep YAML', 'a.yml', `${'['.repeat(100_000)}${']'.repeat(100_000)}`, 'nested too deeply'],
      ['deep lists in one line', 'a.yml', `${'- '.repeat(60_000)}x`, 'nested too deeply'],
      ['deep maps', 'a.yml', mapsIn(101), 'nested too deeply'],
      ['bytes that are not UTF-8', 'a.yml', Buffer.from('e: \xe9', 'latin1'), 'it is not encoded in UTF-8'],
      ['another kind of file', 'a.txt', '', 'only .json, .yml and .yaml are read'],
      ['too many bytes', 'a.json', `"${' '.repeat(16 * 1024 * 1024)}"`, 'it is larger than'],
    ])('says what is wrong with %s', async (_, name, text, problem) => {
      const { code, stdout, stderr } = await migrateFolder({ [name]: text }).run(name, '--from', 'litellm');
      expect([code, stdout]).toEqual([1, '']);
      expect(stderr).toContain(problem);
      expect(stderr.split('\n')).toHaveLength(2);
    });

    it('names a file that is not there', async () => {
      const { code, stderr } = await migrateFolder({}).run('no.json', '--from', 'litellm');
      expect(code).toBe(1);
      expect(stderr).toMatch(/^no\.json: .*no such file/);
    });

    it('expands no aliases', async () => {
      const { code, stdout } = await migrateFolder({ 'a.yml': bomb }).run('a.yml', '--from', 'litellm');
      expect([code, stdout]).toEqual([0, bomb]);
    });

    it('lists a query that is an alias', async () => {
      const text = `x: &q sum(litellm_spend_metric_total)\ngroups:\n  - rules:\n      - { alert: A, expr: *q }\n`;
      const { code, stdout, stderr } = await migrateFolder({ 'a.yml': text }).run(
        'a.yml',
        '--from',
        'litellm',
      );
      expect([code, stdout]).toEqual([1, text]);
      expect(stderr).toContain('left: alert A: ');
    });

    it('keeps keys such as __proto__, and the escapes of strings', async () => {
      const text = `{"__proto__": {"expr": "sum(bifrost_cost_total{model=\\"\\u0061\\/b\\"})", "constructor": 1}, "title": "\\ud83d\\ude00"}`;
      const { stdout } = await migrateFolder({ 'a.json': text }).run('a.json', '--from', 'bifrost');
      expect(stdout).toBe(text.replace('bifrost_cost_total', 'llm_edge_cost_usd_total'));
    });

    it('prints no control characters of a file to the terminal', async () => {
      const text = JSON.stringify({
        title: '\u001b[2J',
        targets: [{ expr: 'litellm_teams_count > \u001b]0;x' }],
      });
      const { stderr } = await migrateFolder({ 'a.json': text }).run('a.json', '--from', 'litellm');
      expect(stderr).toContain('left: ');
      expect(stderr).not.toContain('\u001b');
    });
  });
});
