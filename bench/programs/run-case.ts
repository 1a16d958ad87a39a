import { effortOf } from '../cases.js';
import type { RunCase } from '../measurement.js';

const [name, effort] = process.argv.slice(2);
const { run } = (await import(`../cases/${name}.js`)) as { run: RunCase };
const measurements = await run(effortOf(effort));
process.send?.(measurements, () => process.exit(0));
