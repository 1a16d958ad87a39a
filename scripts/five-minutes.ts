// Goes the way of a newcomer by the clock: from the npm tarball alone, in an empty folder, to the picture of that folder's
// own request on the status page in a real browser. The code and the commands are those of the README's quick start, with
// the demo's gateway in place of an account. Fails beyond five minutes.
import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Page } from 'playwright-core';

const LIMIT_SECONDS = 300;
/** A program that prints nothing of what is awaited has failed. */
const START_MILLIS = 60_000;
const CHROMIUM = process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium';

const folder = mkdtempSync(join(tmpdir(), 'five-minutes-'));
const programs: ChildProcess[] = [];
let startedAt = performance.now();

function report(step: string): void {
  console.log(`${((performance.now() - startedAt) / 1000).toFixed(1).padStart(6)} s  ${step}`);
}

function run(command: string, args: readonly string[], cwd = folder): string {
  return execFileSync(command, args, {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: LIMIT_SECONDS * 1000,
  });
}

/** Starts a program that keeps running. Resolves with the first group of the pattern once its output has that. */
function start(command: string, args: readonly string[], pattern: RegExp, env = {}): Promise<string> {
  // A group of processes, since npx starts the program as a child.
  const program = spawn(command, args, { cwd: folder, env: { ...process.env, ...env }, detached: true });
  programs.push(program);
  let output = '';
  return new Promise((resolve, reject) => {
    const read = (chunk: Buffer): void => {
      output += chunk.toString();
      const [, found] = pattern.exec(output) ?? [];
      if (found !== undefined) resolve(found);
    };
    program.stdout.on('data', read);
    program.stderr.on('data', read);
    const fail = (how: string): void => reject(new Error(`${command} ${args.join(' ')} ${how}:\n${output}`));
    program.once('error', reject);
    program.once('exit', (code) => fail(`ended (${code})`));
    setTimeout(() => fail(`did not print ${pattern}`), START_MILLIS).unref();
  });
}

function stopAll(): void {
  for (const { pid } of programs) {
    try {
      if (pid !== undefined) process.kill(-pid, 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
  }
  rmSync(folder, { recursive: true, force: true });
}

/** The code of an example in the README of the tarball. */
function exampleOf(readme: string, path: string): string {
  const [, code] = readme.split(`<!-- ${path} -->`);
  const [, text] = /```ts\n([\s\S]*?)```/.exec(code ?? '') ?? [];
  assert.ok(text, `the README includes ${path}`);
  return text;
}

/** The picture is complete when the request of this folder has a row: model, provider, one request. */
async function see(page: Page, url: string): Promise<void> {
  await page.goto(url);
  await page.getByRole('row', { name: /^gpt-4o-mini openai 1 / }).waitFor();
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    stopAll();
    process.exit(1);
  });
}

try {
  // npm builds what it packs.
  const [packed] = JSON.parse(
    run('npm', ['pack', '--json', '--pack-destination', folder], process.cwd()),
  ) as [{ readonly filename: string }];
  startedAt = performance.now();
  run('npm', ['init', '-y']);
  run('npm', ['install', `./${packed.filename}`, '@opentelemetry/api', 'openai']);
  report('installed');

  const commands = [...run('npx', ['llm-edge-monitoring', '--help']).matchAll(/^ {2}(\w+) {2}/gm)];
  assert.ok(commands.length > 5, 'the command line lists its commands');
  for (const [, name = ''] of commands) {
    assert.match(run('npx', ['llm-edge-monitoring', name, '--help']), /^Usage: npx llm-edge-monitoring/);
  }
  report('every command shows its flags');

  const readme = readFileSync(join(folder, 'node_modules/llm-edge-monitoring/README.md'), 'utf8');
  writeFileSync(join(folder, 'quick-start.mjs'), exampleOf(readme, 'examples/readme/quick-start.ts'));
  const gateway = await start(
    'npx',
    ['llm-edge-monitoring', 'demo', '--port', '0', '--metrics-port', '0'],
    /gateway +(http:\S+?)\/chat\/completions/,
  );
  report(`the demo answers at ${gateway}`);

  const statusUrl = await start(
    'node',
    ['quick-start.mjs'],
    /^llm_edge_requests_total\{.*\} 1\n[\s\S]*^Open (http\S+)/m,
    {
      OPENAI_BASE_URL: gateway,
      OPENAI_API_KEY: 'none',
      LLM_EDGE_HOSTS: `${new URL(gateway).host}=openai`,
    },
  );
  report(`the quick start has printed its numbers and ${statusUrl}`);

  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
  try {
    await see(await browser.newPage(), statusUrl);
  } finally {
    await browser.close();
  }
  report('the page shows its request');

  const seconds = (performance.now() - startedAt) / 1000;
  assert.ok(seconds < LIMIT_SECONDS, `it took ${seconds} seconds, more than five minutes`);
} finally {
  stopAll();
}
