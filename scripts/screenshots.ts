/**
 * Takes the pictures of docs/pictures/ from the running example, a Collector and a Prometheus with the rules of this
 * repository: the status page, `top`, and each Grafana dashboard, drawn from its JSON. Names as arguments choose some.
 *
 * With `--check` it takes them after a shorter run into a temporary folder, and fails when one cannot be taken as it
 * should be.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { EMPTY_WHEN_HEALTHY } from './dashboards/empty-when-healthy.js';
import { launchChromium } from './screenshots/browser.js';
import { allPictures, type Picture, statusUrl } from './screenshots/pictures.js';
import { savePng } from './screenshots/save-png.js';
import { openStage } from './screenshots/stage.js';
import { watchStatusPage } from './screenshots/status-page.js';

const RUN_SECONDS = 300;
const CHECK_SECONDS = 25;
/** The first rates need a few scrapes. */
const WARM_UP_SECONDS = 20;
const HEIGHT_MIN = 200;
/** A slow machine may need longer until every panel has data. */
const PATIENCE = 3;
const PAUSE_MS = 15_000;

const { values, positionals } = parseArgs({
  options: { check: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const unknown = positionals.filter((name) => allPictures().every((picture) => picture.name !== name));
if (unknown.length > 0) {
  console.error(`No picture is called ${unknown.join(', ')}.`);
  process.exit(2);
}
const wanted = allPictures().filter(({ name }) => positionals.length === 0 || positionals.includes(name));
const folder = values.check ? mkdtempSync(join(tmpdir(), 'llm-edge-pictures-')) : resolve('docs/pictures');
const seconds = values.check ? CHECK_SECONDS : RUN_SECONDS;

mkdirSync(folder, { recursive: true });
const [stage, browser] = await Promise.all([openStage(), launchChromium()]);
try {
  await watchStatusPage(browser, statusUrl(stage));
  const from = Date.now() / 1000 + WARM_UP_SECONDS;
  console.log(`Taking ${wanted.length} pictures after ${WARM_UP_SECONDS + seconds} s of traffic ...`);
  await sleep((WARM_UP_SECONDS + seconds) * 1000);
  for (const picture of wanted) {
    const take = () => {
      const range = { from, to: Date.now() / 1000 };
      return takeBestEffort(picture, { stage, browser, range }, join(folder, `${picture.name}.png`));
    };
    let problems = await take();
    for (let patience = PATIENCE; problems.length > 0 && patience > 0; patience -= 1) {
      await sleep(PAUSE_MS);
      problems = await take();
    }
    for (const problem of problems) console.error(`${picture.name}: ${problem}`);
    if (problems.length > 0) process.exitCode = 1;
    else console.log(`${picture.name}.png`);
  }
} finally {
  await browser.close();
  await stage.close();
  if (values.check) rmSync(folder, { recursive: true, force: true });
}

/** Takes a picture, and says what is wrong with it: one that fails must not keep the others from being taken. */
async function takeBestEffort(
  { name, width, take }: Picture,
  scene: Parameters<Picture['take']>[0],
  file: string,
): Promise<string[]> {
  try {
    const { png, problems } = await take(scene);
    const size = await savePng(png, file);
    const isSized = size.width === width && size.height >= HEIGHT_MIN;
    return [
      ...problems
        .filter(({ title, problem }) => problem !== 'empty' || !EMPTY_WHEN_HEALTHY[name]?.includes(title))
        .map(({ title, problem }) => `"${title}": ${problem}`),
      ...(isSized ? [] : [`${size.width} by ${size.height} pixels`]),
    ];
  } catch (error) {
    return [(error as Error).message];
  }
}
