import { execFileSync } from 'node:child_process';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { emptyStatusFixture, HOSTILE, largePanels, statusFixture } from '../support/status-fixture.js';
import {
  type StatusAnswer,
  type StatusPageServer,
  startStatusPageServer,
  tailOf,
} from '../support/status-page-server.js';
import {
  accessibilityFindings,
  keepScreenshot,
  openPage,
  startBrowser,
  type WatchedPage,
} from './support/browser.js';

/** Seconds since 1970 of the first document; that of each later one is a second later. */
const NOW = 1_790_000_000;
const PHONE = { width: 360, height: 740 };
const TOKEN = 'Bearer s3cret';

const clock = new Intl.DateTimeFormat('en-GB', { timeZone: 'Europe/Berlin', timeStyle: 'medium' });
const clockOf = (time: number): string => clock.format(time * 1000);

let browser: Browser;
let server: StatusPageServer;
/** What the server answers at a time; a spec may change it. */
let answer: (time: number) => StatusAnswer;
let token: string | undefined;
let time: number;
const tabs: WatchedPage[] = [];

beforeAll(async () => {
  execFileSync(process.execPath, ['scripts/build-status-page.mjs']);
  browser = await startBrowser();
});

afterAll(() => browser?.close());

beforeEach(async () => {
  [time, token] = [NOW, undefined];
  answer = (lastTime) => statusFixture({ lastTime });
  server = await startStatusPageServer(({ since, authorization }) => {
    if (token !== undefined && authorization !== token) return 401;
    const found = answer(time);
    time += 1;
    return typeof found === 'number' ? found : tailOf(found, since);
  });
});

afterEach(async () => {
  for (const { page } of tabs.splice(0)) await page.context().close();
  await server.close();
});

/** Opens the page with a clock that only the spec moves. */
async function open(options: BrowserContextOptions = {}): Promise<WatchedPage> {
  const tab = await openPage(browser, options);
  tabs.push(tab);
  await tab.page.clock.install({ time: NOW * 1000 });
  await tab.page.clock.pauseAt(NOW * 1000 + 1000);
  await tab.page.goto(server.origin);
  await tab.page
    .locator('#connection:not([data-tone="unknown"]), #token-form:not([hidden])')
    .first()
    .waitFor();
  return tab;
}

/** Lets a second pass, and waits until the page shows the document that it brings. */
async function tick(page: Page): Promise<void> {
  await page.clock.runFor(1000);
  await page.locator('#updated', { hasText: clockOf(time - 1) }).waitFor();
}

async function enterToken(page: Page, text: string): Promise<void> {
  await page.getByLabel('Token').fill(text);
  await page.getByRole('button', { name: 'Show' }).click();
}

const texts = (page: Page, selector: string) => page.locator(selector).allInnerTexts();
const widths = (page: Page) =>
  page.evaluate<[number, number]>('[document.documentElement.scrollWidth, window.innerWidth]');

/** Browsers write a line for each answer with an error status, which no page can prevent. */
const ownProblems = ({ problems }: WatchedPage) =>
  problems.filter((text) => !text.includes('Failed to load resource'));

describe('the status page', () => {
  it('draws the panels of the document, and asks nobody else for anything', async () => {
    const { page, problems, requests } = await open();
    const { title, panels } = statusFixture({ lastTime: NOW });
    expect([await page.title(), await texts(page, 'h1')]).toEqual([title, [title]]);
    expect(await texts(page, 'h3')).toEqual(panels.map((panel) => panel.title));
    expect(await page.locator('#charts canvas').count()).toBe(8);
    expect(requests.filter((url) => !url.startsWith(`${server.origin}/`))).toEqual([]);
    expect(problems).toEqual([]);
  });

  it('asks for later points only, and moves on with each answer', async () => {
    const { page, problems } = await open();
    const before = await texts(page, '#charts .value');
    await tick(page);
    await tick(page);
    expect(server.asked.map(({ search }) => search)).toEqual(['', `?since=${NOW}`, `?since=${NOW + 1}`]);
    expect(await texts(page, '#charts .value')).not.toEqual(before);
    expect(problems).toEqual([]);
  });

  it('takes every name from outside as text', async () => {
    const kept = new Set(['kind', 'unit', 'tone', 'id', 'instanceId']);
    answer = (lastTime) => {
      const hints = emptyStatusFixture(lastTime).hints;
      const plain = JSON.stringify(statusFixture({ lastTime, members: { hints, hasRecorded: false } }));
      return JSON.parse(plain, (key, value) =>
        typeof value === 'string' && !kept.has(key) ? `${HOSTILE}${value}` : value,
      );
    };
    const { page, problems } = await open();
    await tick(page);
    expect(await page.title()).toMatch(HOSTILE);
    const parts = [
      'h1',
      '#facts',
      'h3',
      'th',
      'tbody .text',
      'tbody .state',
      '.legend .name',
      '#hints pre',
      '.tiles .name',
    ];
    for (const part of parts)
      expect([part, (await texts(page, part)).join('\n')]).toEqual([part, expect.stringContaining(HOSTILE)]);
    expect([await page.locator('img').count(), problems]).toEqual([0, []]);
  });

  it('shows the values under the cursor of one chart in all of them', async () => {
    const { page } = await open();
    await page
      .locator('.u-over')
      .first()
      .hover({ position: { x: 100, y: 40 } });
    await page.clock.runFor(100);
    const shown = new Set(await texts(page, '#charts .aside'));
    expect([shown.size, [...shown][0]]).toEqual([1, expect.stringMatching(/^\d\d:\d\d:\d\d$/)]);
    await page.mouse.move(0, 0);
    await page.clock.runFor(100);
    expect(new Set(await texts(page, '#charts .aside'))).toEqual(new Set(['']));
  });

  it('cuts charts with many lines and tables with many rows, and says how many there are more', async () => {
    answer = (lastTime) => {
      const status = statusFixture({ lastTime });
      return { ...status, panels: largePanels(status.times, 200, 500) };
    };
    const { page, problems } = await open();
    expect(await texts(page, '.more')).toEqual(['and 190 more', 'and 450 more']);
    expect([await page.locator('.legend .name').count(), await page.locator('tbody tr').count()]).toEqual([
      10, 50,
    ]);
    await tick(page);
    await keepScreenshot(page, 'large');
    expect(problems).toEqual([]);
  });

  it('says so where a chart has nothing, in place of an axis of made-up values', async () => {
    answer = (lastTime) => ({ ...emptyStatusFixture(lastTime), hasRecorded: true, hints: [] });
    const { page, problems } = await open();
    const shown = async () => [
      await page.locator('.chart .uplot:visible').count(),
      await page.getByText('nothing in this period').locator('visible=true').count(),
      await page.getByRole('img', { name: 'nothing in this period' }).count(),
    ];
    expect(await shown()).toEqual([0, 8, 8]);
    await keepScreenshot(page, 'nothing');
    answer = (lastTime) => statusFixture({ lastTime });
    await tick(page);
    expect([await shown(), problems]).toEqual([[8, 0, 0], []]);
  });

  it('asks for nothing while the tab is hidden, and at once when it is seen again', async () => {
    const { page } = await open();
    const setHidden = (isHidden: boolean) =>
      page.evaluate(
        `Object.defineProperty(document, 'hidden', { configurable: true, get: () => ${isHidden} });
         document.dispatchEvent(new Event('visibilitychange'));`,
      );
    await setHidden(true);
    await page.clock.runFor(30_000);
    expect(server.asked).toHaveLength(1);
    await setHidden(false);
    await page.locator('#updated', { hasText: clockOf(NOW + 1) }).waitFor();
    expect(server.asked.map(({ search }) => search)).toEqual(['', `?since=${NOW}`]);
  });

  it('starts anew with another process at the same address', async () => {
    const { page } = await open();
    answer = (lastTime) => {
      const { process, ...status } = statusFixture({ lastTime, points: 5 });
      return { ...status, title: 'restarted', process: { ...process, startedAt: (NOW - 3) * 1000 } };
    };
    await page.clock.runFor(1000);
    await page.locator('h1', { hasText: 'restarted' }).waitFor();
    expect(server.asked.map(({ search }) => search)).toEqual(['', `?since=${NOW}`, '']);
  });

  it('announces changes of the connection, and no values', async () => {
    const { page } = await open();
    await page.evaluate(
      `globalThis.changes = 0;
       for (const region of document.querySelectorAll('[role=status], [role=alert], [aria-live]')) {
         const count = (found) => { globalThis.changes += found.length; };
         new MutationObserver(count).observe(region, { subtree: true, childList: true, characterData: true });
       }`,
    );
    for (let second = 0; second < 3; second += 1) await tick(page);
    expect(await page.evaluate('globalThis.changes')).toBe(0);
    answer = () => 503;
    await page.clock.runFor(1000);
    await page.getByRole('status').filter({ hasText: 'No status since' }).waitFor();
    expect(await page.evaluate('globalThis.changes')).toBeGreaterThan(0);
  });
});

describe('the status page, where a token is needed', () => {
  beforeEach(() => {
    token = TOKEN;
  });

  it('has no data, asks for the token, and says when it is wrong', async () => {
    const tab = await open();
    expect(await texts(tab.page, 'h1, h2:visible')).toEqual([
      'llm-edge-monitoring',
      'This page needs a token',
    ]);
    expect(await tab.page.evaluate('document.activeElement.id')).toBe('token');
    await tab.page.clock.runFor(5000);
    expect(server.asked).toHaveLength(1);

    await enterToken(tab.page, 'guess');
    await tab.page.clock.runFor(1000);
    await tab.page.getByRole('alert').filter({ hasText: 'The server refuses this token.' }).waitFor();
    expect(await tab.page.getByLabel('Token').getAttribute('aria-invalid')).toBe('true');
    expect(await tab.page.evaluate('document.activeElement.id')).toBe('token');
    expect(ownProblems(tab)).toEqual([]);
  });

  it.each(['s3cret', ' Bearer s3cret '])(
    'takes the token as %j and keeps it in memory only',
    async (text) => {
      const { page } = await open();
      await enterToken(page, text);
      await page.getByRole('heading', { name: 'Requests', exact: true }).waitFor();
      expect(await page.locator('#token-form').isVisible()).toBe(false);
      expect(server.asked.map(({ authorization }) => authorization)).toEqual([undefined, TOKEN]);
      const kept = 'JSON.stringify([localStorage, sessionStorage, document.cookie, location.href])';
      expect(await page.evaluate(kept)).toBe(JSON.stringify([{}, {}, '', `${server.origin}/`]));
      expect(await page.locator('#token').inputValue()).toBe('');
      await page.reload();
      await page.getByLabel('Token').waitFor();
    },
  );

  it('says of a token that no header can carry that it is wrong', async () => {
    const { page } = await open();
    await enterToken(page, 'tökén – ✓');
    await page.clock.runFor(1000);
    await page.getByRole('alert').filter({ hasText: 'The server refuses this token.' }).waitFor();
  });
});

describe('the status page, when the server is gone', () => {
  it('says so and since when, keeps the last picture, and goes on by itself', async () => {
    const tab = await open();
    const { page } = tab;
    const picture = await texts(page, '#charts .value');
    const { port } = server;
    await server.close();
    await page.clock.runFor(1000);
    await page
      .locator('#notice', { hasText: `The server does not answer (since ${clockOf(NOW + 2)})` })
      .waitFor();
    expect(await texts(page, '#charts .value')).toEqual(picture);

    server = await startStatusPageServer(
      ({ since }) => tailOf(statusFixture({ lastTime: NOW + 9 }), since),
      port,
    );
    await page.clock.runFor(6000);
    await page.locator('#updated', { hasText: clockOf(NOW + 9) }).waitFor();
    expect([await page.locator('#notice').isVisible(), await texts(page, '#connection-text')]).toEqual([
      false,
      ['Live'],
    ]);
    expect(ownProblems(tab)).toEqual([]);
  });

  it.each([
    ['a status of an error', 503, 'The server answers with status 503'],
    [
      'a later document',
      { ...statusFixture({ lastTime: NOW }), schemaVersion: 2 },
      'a format that this page does not know',
    ],
  ])('says so of %s', async (_, found, text) => {
    answer = () => found as StatusAnswer;
    const { page } = await open();
    await page.locator('#notice', { hasText: text }).waitFor();
  });
});

/** The page in every state that looks different. */
const STATES: Readonly<
  Record<string, { options?: BrowserContextOptions; prepare?: (page: Page) => Promise<void> }>
> = {
  light: {},
  dark: { options: { colorScheme: 'dark' } },
  phone: { options: { viewport: PHONE } },
  'phone-dark': { options: { viewport: PHONE, colorScheme: 'dark' } },
  large: {},
  empty: {},
  'empty-phone-dark': { options: { viewport: PHONE, colorScheme: 'dark' } },
  token: {},
  'token-phone-dark': { options: { viewport: PHONE, colorScheme: 'dark' } },
  'token-wrong': {
    async prepare(page) {
      await enterToken(page, 'with spaces');
      await page.getByRole('alert').filter({ hasText: 'refuses' }).waitFor();
    },
  },
  gone: {
    async prepare(page) {
      answer = () => 503;
      await page.clock.runFor(1000);
      await page.locator('#notice:visible').waitFor();
    },
  },
  'gone-phone-dark': {
    options: { viewport: PHONE, colorScheme: 'dark' },
    async prepare(page) {
      answer = () => 503;
      await page.clock.runFor(1000);
      await page.locator('#notice:visible').waitFor();
    },
  },
};

describe.each(Object.entries(STATES))('the status page, %s', (name, { options, prepare }) => {
  it('is accessible by axe-core, never wider than the window, and without errors', async () => {
    if (name.startsWith('token')) token = TOKEN;
    if (name.startsWith('empty')) answer = emptyStatusFixture;
    if (name === 'large') {
      answer = (lastTime) => {
        const status = statusFixture({ lastTime });
        return { ...status, panels: [...status.panels, ...largePanels(status.times, 200, 500)] };
      };
    }
    const tab = await open(options);
    await prepare?.(tab.page);
    await keepScreenshot(tab.page, name);
    const [content, window] = await widths(tab.page);
    // axe-core waits by timers.
    await tab.page.clock.resume();
    expect([await accessibilityFindings(tab.page), content - window, ownProblems(tab)]).toEqual([[], 0, []]);
  });
});

describe('the status page, by keyboard', () => {
  it.each([1280, 360])('reaches what can be used in the order of the page, %i pixels wide', async (width) => {
    const { page } = await open({ viewport: { width, height: 740 } });
    const names = (selector: string) =>
      page.evaluate<string[]>(
        `[...document.querySelectorAll('${selector}')].map((one) => one.getAttribute('aria-label') ?? one.className + ' ' + one.getAttribute('aria-labelledby'))`,
      );
    const expected = await names('main summary, main [tabindex="0"]');
    expect(expected.length).toBeGreaterThanOrEqual(14);
    const reached: string[] = [];
    for (let step = 0; step < expected.length; step += 1) {
      await page.keyboard.press('Tab');
      reached.push(...(await names(':focus')));
      expect(await page.evaluate('getComputedStyle(document.activeElement).outlineStyle')).toBe('solid');
    }
    expect(reached).toEqual(expected);
  });

  it('scrolls every table that is wider than its place', async () => {
    const { page } = await open({ viewport: PHONE });
    const scrolling = `[...document.querySelectorAll('.scroll')].filter((box) => box.scrollWidth > box.clientWidth)`;
    expect(await page.evaluate(`${scrolling}.length`)).toBeGreaterThan(0);
    expect(await page.evaluate(`${scrolling}.filter((box) => box.tabIndex !== 0).length`)).toBe(0);
  });

  it('shows what a panel is about', async () => {
    const { page } = await open();
    const help = page.getByText('Requests to providers per second, by outcome', { exact: false });
    expect(await help.isVisible()).toBe(false);
    await page.locator('summary[aria-label="About Requests"]').press('Enter');
    expect(await help.isVisible()).toBe(true);
  });

  it('moves nothing for those who want no motion', async () => {
    const { page } = await open({ reducedMotion: 'reduce' });
    const moving = `[...document.querySelectorAll('*')].filter((one) => getComputedStyle(one).transitionDuration !== '0s')`;
    expect(await page.evaluate(`${moving}.length`)).toBe(0);
  });
});
