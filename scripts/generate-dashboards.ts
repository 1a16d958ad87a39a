/**
 * Writes grafana/dashboards/*.json. With `--check` it writes nothing and fails when a file is out of date.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { allDashboards, renderDashboard } from './dashboards/dashboards.js';

const folder = fileURLToPath(new URL('../grafana/dashboards/', import.meta.url));
const dashboards = allDashboards();

mkdirSync(folder, { recursive: true });
const unknown = readdirSync(folder).filter((file) => !dashboards.has(file));
const changed = [...dashboards].filter(([file, dashboard]) => {
  const path = join(folder, file);
  return !existsSync(path) || readFileSync(path, 'utf8') !== renderDashboard(dashboard);
});

if (process.argv.includes('--check')) {
  for (const file of [...unknown, ...changed.map(([name]) => name)]) {
    console.error(`grafana/dashboards/${file} is out of date: run npm run dashboards`);
    process.exitCode = 1;
  }
} else {
  for (const file of unknown) rmSync(join(folder, file));
  for (const [file, dashboard] of changed) writeFileSync(join(folder, file), renderDashboard(dashboard));
  console.log(`${changed.length} of ${dashboards.size} dashboards written`);
}
