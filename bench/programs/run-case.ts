import { EFFORT, type RunCase } from '../measurement.js';

const [name] = process.argv.slice(2);
const { run } = (await import(`../cases/${name}.js`)) as { run: RunCase };
const measurements = await run(EFFORT);
process.send?.(measurements, () => process.exit(0));
