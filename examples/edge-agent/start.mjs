// Runs main.ts from source, with nothing built before. One process only: the `tsx` command would put another one
// above it, which passes Ctrl-C on and kills what has not answered within 60 ms.
import { fileURLToPath } from 'node:url';
import { register } from 'tsx/esm/api';

register({ tsconfig: fileURLToPath(new URL('../../tsconfig.spec.json', import.meta.url)) });
await import('./main.ts');
