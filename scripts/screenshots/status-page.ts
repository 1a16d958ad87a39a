import type { Browser } from 'playwright-core';

const DRAWN_WITHIN_MS = 20_000;

/** How to take a picture of the status page. */
export interface StatusPageOptions {
  readonly colorScheme: 'light' | 'dark';
  readonly width: number;
}

/** Looks at the status page for as long as the tab is open: a process that is looked at keeps a finer history. */
export async function watchStatusPage(browser: Browser, url: string): Promise<void> {
  const page = await browser.newPage();
  await page.goto(url);
}

/** Takes a picture of the status page that a process serves on its scrape port. */
export async function shootStatusPage(
  browser: Browser,
  url: string,
  { colorScheme, width }: StatusPageOptions,
): Promise<Uint8Array> {
  const page = await browser.newPage({
    viewport: { width, height: 800 },
    colorScheme,
    timezoneId: 'Etc/UTC',
  });
  try {
    const answer = await page.goto(url);
    const type = answer?.headers()['content-type'] ?? '';
    if (answer?.ok() !== true || !type.startsWith('text/html')) {
      throw new Error(`${url} serves no status page: ${answer?.status()} ${type}`);
    }
    // The page has its first document when it draws a chart.
    await page.locator('canvas').first().waitFor({ timeout: DRAWN_WITHIN_MS });
    return await page.screenshot({ fullPage: true });
  } finally {
    await page.close();
  }
}
