// Runs the server of a framework from source, with nothing built before: `node examples/server.mjs express`.
import { fileURLToPath } from 'node:url';
import { register as registerCommonJs } from 'tsx/cjs/api';
import { register } from 'tsx/esm/api';

register({ tsconfig: fileURLToPath(new URL('../tsconfig.spec.json', import.meta.url)) });
registerCommonJs();
await import(`./${process.argv[2]}/server.ts`);
