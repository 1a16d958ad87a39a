import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { type Browser, chromium, type Page } from 'playwright-core';

/** A chromium without a window. */
export async function launchChromium(): Promise<Browser> {
  const executablePath = process.env['CHROMIUM_PATH'] || '/usr/bin/chromium';
  if (!existsSync(executablePath)) {
    throw new Error(`No browser at ${executablePath}: apt-get install chromium, or set CHROMIUM_PATH.`);
  }
  return chromium.launch({ executablePath, args: ['--no-sandbox'] });
}

/** Opens an empty page that can draw dashboards and terminals. */
export async function openDrawingPage(browser: Browser, width: number): Promise<Page> {
  const page = await browser.newPage({ viewport: { width, height: 400 } });
  await page.setContent(
    '<!doctype html><html lang="en"><head><meta charset="utf-8"></head><body></body></html>',
  );
  await page.addStyleTag({ content: readStyle('uplot/dist/uPlot.min.css') });
  await page.addStyleTag({ content: readFileSync(new URL('page/page.css', import.meta.url), 'utf8') });
  await page.addScriptTag({ content: await bundlePage() });
  return page;
}

function readStyle(path: string): string {
  return readFileSync(new URL(`../../node_modules/${path}`, import.meta.url), 'utf8');
}

async function bundlePage(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('page/main.ts', import.meta.url))],
    bundle: true,
    format: 'iife',
    write: false,
    logLevel: 'warning',
  });
  return outputFiles[0]?.text ?? '';
}
