import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Browser } from 'playwright-core';
import { openDrawingPage } from './browser.js';
import type { DashboardJson, PanelProblem } from './dashboard-json.js';
import './page-drawing.js';
import { queryDashboard, type TimeRange } from './query-panels.js';
import type { Stage } from './stage.js';
import { shootStatusPage } from './status-page.js';
import { readTopFrame, TOP_COMMAND } from './top-frame.js';

const DASHBOARDS = resolve('grafana/dashboards');
const DASHBOARD_WIDTH = 1280;
const TERMINAL_WIDTH = 1000;

/** A picture as it was taken, and which of its panels are not as they should be. */
export interface Shot {
  readonly png: Uint8Array;
  readonly problems: readonly PanelProblem[];
}

/** One of the pictures of the documentation. */
export interface Picture {
  readonly name: string;
  /** In pixels of the file. */
  readonly width: number;
  take(scene: Scene): Promise<Shot>;
}

/** What pictures are taken of, and with. */
export interface Scene {
  readonly stage: Stage;
  readonly browser: Browser;
  readonly range: TimeRange;
}

/** Where the example serves its status page. */
export function statusUrl({ gateway }: Stage): string {
  return new URL('/', gateway.metricsUrl).href;
}

/** All of them: the status page, the terminal, and each dashboard. */
export function allPictures(): Picture[] {
  return [
    statusPicture('status', 'light'),
    statusPicture('status-dark', 'dark'),
    {
      name: 'top',
      width: TERMINAL_WIDTH,
      async take({ stage, browser }) {
        const runs = await readTopFrame(stage.gateway.metricsUrl);
        const page = await openDrawingPage(browser, TERMINAL_WIDTH);
        await page.evaluate(([command, text]) => globalThis.drawing.drawTerminal(command, text), [
          TOP_COMMAND,
          runs,
        ] as const);
        const png = await page.screenshot({ fullPage: true });
        await page.close();
        return { png, problems: [] };
      },
    },
    ...readdirSync(DASHBOARDS).map((file) => dashboardPicture(file)),
  ];
}

function statusPicture(name: string, colorScheme: 'light' | 'dark'): Picture {
  return {
    name,
    width: DASHBOARD_WIDTH,
    async take({ stage, browser }) {
      const png = await shootStatusPage(browser, statusUrl(stage), {
        colorScheme,
        width: DASHBOARD_WIDTH,
      });
      return { png, problems: [] };
    },
  };
}

function dashboardPicture(file: string): Picture {
  return {
    name: file.replace('.json', ''),
    width: DASHBOARD_WIDTH,
    async take({ stage, browser, range }) {
      const dashboard = JSON.parse(readFileSync(resolve(DASHBOARDS, file), 'utf8')) as DashboardJson;
      const caption = `Rendered from grafana/dashboards/${file}`;
      const picture = await queryDashboard(stage.prometheus.url, dashboard, caption, range);
      const page = await openDrawingPage(browser, DASHBOARD_WIDTH);
      const problems = await page.evaluate((data) => globalThis.drawing.drawDashboard(data), picture);
      const png = await page.screenshot({ fullPage: true });
      await page.close();
      return { png, problems };
    },
  };
}
