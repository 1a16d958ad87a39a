import { execFileSync } from 'node:child_process';
import type { Browser } from 'playwright-core';
import {
  initMonitoring,
  type Monitoring,
  type MonitoringOptions,
  recordCost,
  recordRequestFailure,
  recordRequestSuccess,
} from '../../lib/index.js';
import { HOSTILE } from '../support/status-fixture.js';
import {
  accessibilityFindings,
  keepScreenshot,
  openPage,
  startBrowser,
  type WatchedPage,
} from './support/browser.js';

let browser: Browser;
let monitoring: Monitoring | undefined;
let tab: WatchedPage | undefined;

beforeAll(async () => {
  execFileSync(process.execPath, ['scripts/build-status-page.mjs']);
  browser = await startBrowser();
});

afterAll(() => browser?.close());

afterEach(async () => {
  await tab?.page.context().close();
  await monitoring?.shutdown();
});

/** Opens the page of this process. */
async function open(options: MonitoringOptions): Promise<WatchedPage> {
  monitoring = await initMonitoring({
    serviceName: 'gateway',
    metrics: { port: 0 },
    traces: { exporter: 'none' },
    providers: { openai: [] },
    ...options,
  });
  tab = await openPage(browser);
  await tab.page.goto(new URL('/', monitoring.metricsUrl).href);
  return tab;
}

describe('the status page of a process', () => {
  it('goes from what to do to the picture of what was recorded, without a reload', async () => {
    const { page, problems } = await open({});
    await page.getByRole('heading', { name: 'Nothing was recorded yet' }).waitFor();
    expect(await page.locator('h3:visible').count()).toBe(0);
    recordRequestSuccess('openai', 'gpt-4o', 420);
    await page.getByRole('heading', { name: 'Requests', exact: true }).waitFor();
    expect(await page.getByRole('heading', { name: 'Nothing was recorded yet' }).isVisible()).toBe(false);
    expect(await page.title()).toContain(`gateway · `);
    expect(problems).toEqual([]);
  });

  it('stays whole with 10,000 series and a model that is named like markup', async () => {
    const { page, problems, requests } = await open({ limits: { models: 20_000 } });
    for (let model = 0; model < 10_000; model += 1) recordCost('openai', `${HOSTILE}${model}`, 0.01);
    recordRequestFailure('openai', HOSTILE, 'timeout', 30_000);
    await page.getByRole('table', { name: 'Last failures' }).getByText(HOSTILE, { exact: true }).waitFor();
    const asked = requests.length;
    await page.waitForRequest(/since=/);
    await keepScreenshot(page, 'process');
    expect(await accessibilityFindings(page)).toEqual([]);
    expect(await page.locator('img').count()).toBe(0);
    expect(requests.length).toBeGreaterThan(asked);
    expect(
      requests.filter((url) => !url.startsWith('http://localhost:') && !url.startsWith('http://127.0.0.1:')),
    ).toEqual([]);
    expect(problems).toEqual([]);
  });

  it('asks for the token that the process demands', async () => {
    const { page } = await open({ statusPage: { authorization: 'Bearer s3cret' } });
    await page.getByLabel('Token').fill('guess');
    await page.getByRole('button', { name: 'Show' }).click();
    await page.getByRole('alert').filter({ hasText: 'The server refuses this token.' }).waitFor();
    await page.getByLabel('Token').fill('s3cret');
    await page.getByRole('button', { name: 'Show' }).click();
    await page.getByRole('heading', { name: 'Nothing was recorded yet' }).waitFor();
  });
});
