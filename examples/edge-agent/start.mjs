// Runs main.ts from source, with nothing built before. One process only: the `tsx` command would put another one
// above it, which passes Ctrl-C on and kills what has not answered within 60 ms.
import { fileURLToPath } from 'node:url';
import { register as registerCommonJs } from 'tsx/cjs/api';
import { register } from 'tsx/esm/api';
import { buildStatusPage } from '../../scripts/build-status-page.mjs';

register({ tsconfig: fileURLToPath(new URL('../../tsconfig.spec.json', import.meta.url)) });
// The package loads some of its halves with `require`.
registerCommonJs();
// A browser takes no TypeScript.
buildStatusPage();
await import('./main.ts');
